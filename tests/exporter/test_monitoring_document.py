"""Document, dashboard and alerts speak of the metrics that there are, and of all of them."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

pytest.importorskip("prometheus_client", reason="the extra 'metrics' is missing")

from exported import SPEC, view

from livecare.config import make_config
from livecare.config.metrics_section import OWN_LABELS
from livecare.exporter.exposition import families
from livecare.exporter.family import Family
from livecare.exporter.run_metrics import RESTORER_STATES, STAGES
from livecare.link.telemetry import RestorerState

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "monitoring.md").read_text(encoding="utf-8")
DASHBOARD = json.loads((ROOT / "config" / "grafana" / "livecare.json").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((ROOT / "config" / "grafana" / "alerts.yml").read_text(encoding="utf-8"))
SERVED = {each.name: each for each in families(view(), SPEC)}
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
FOREIGN = {"up", "node_textfile_mtime_seconds"}
"""What alerts take from Prometheus and from node_exporter."""
WORDS = {"and", "by", "on", "le", "or", "unless", "ignoring", "without", "group_left"}
FUNCTIONS = {"increase", "rate", "sum", "histogram_quantile", "time", "label_values"}
FROM_PROMETHEUS = {"instance", "job", "file"}


def labels_of(family: Family) -> set[str]:
    if family.kind == "histogram":
        return {"le"}
    return {label for labels, _ in family.samples for label in labels}


def sample_names(family: Family) -> set[str]:
    if family.kind != "histogram":
        return {family.name}
    return {f"{family.name}_{end}" for end in ("bucket", "sum", "count")}


SAMPLES = {name: family for family in SERVED.values() for name in sample_names(family)}


def test_the_document_lists_every_metric_with_its_kind_and_labels() -> None:
    rows = re.findall(r"^\| `(livecare_\w+)` \| (\w+) \|([^|]*)\|", DOCUMENT, re.MULTILINE)
    told = {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}
    assert told == {each.name: (each.kind, labels_of(each)) for each in SERVED.values()}


def test_the_document_names_every_state() -> None:
    row = {
        name: line for line in DOCUMENT.splitlines() for name in SERVED if f"| `{name}` |" in line
    }
    assert [each for each in STAGES if f"`{each}`" not in row["livecare_stage"]] == []
    states = row["livecare_restorer_state"]
    assert [each for each in get_args(RestorerState) if f"`{each}`" not in states] == []
    assert get_args(RestorerState) == RESTORER_STATES


def test_names_keep_to_prometheus_customs() -> None:
    for family in SERVED.values():
        assert family.name.endswith("_total") == (family.kind == "counter"), family.name
        assert not re.search(r"_(ms|minutes|percent|hz)\b", family.name)
        assert family.words.endswith(".")


def test_no_label_can_be_taken_twice() -> None:
    own = {label for each in SERVED.values() for label in labels_of(each)}
    assert own | {"instance", "job"} <= OWN_LABELS


def exprs_of(found: Any) -> list[str]:  # noqa: ANN401 - any JSON
    """Return every PromQL expression, wherever it stands."""
    if isinstance(found, dict):
        own = [found["expr"]] if "expr" in found else []
        own += [found["definition"]] if "definition" in found else []
        return own + [expr for each in found.values() for expr in exprs_of(each)]
    return [expr for each in found for expr in exprs_of(each)] if isinstance(found, list) else []


def check(expr: str) -> set[str]:
    """Check that an expression names what there is; return the metrics' names."""
    for opening, closing in ("()", "{}", "[]"):
        assert expr.count(opening) == expr.count(closing), expr
    named = set()
    for name, selector in re.findall(r"([a-z_]+)\{([^}]*)\}", expr):
        if name in FOREIGN:
            continue
        family = SAMPLES[name]
        for label, operator, wanted in re.findall(r'(\w+)(=~|!=|!~|=)"([^"]*)"', selector):
            if label in FROM_PROMETHEUS:
                continue
            assert label in labels_of(family), f"{name} has no label {label}: {expr}"
            there = {labels[label] for labels, _ in family.samples}
            for each in wanted.split("|") if operator == "=~" else [wanted]:
                assert each in there, f"{name} is never of {label} {each}: {expr}"
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|\boffset \d+[smh]', "", expr)
    for word in NAME.findall(re.sub(r"\{[^}]*\}|\b(by|on|ignoring|without) ?\([^)]*\)", "", bare)):
        if word in SAMPLES:
            named.add(SAMPLES[word].name)
        else:
            assert word in FOREIGN | WORDS | FUNCTIONS | FROM_PROMETHEUS, f"{word} in {expr}"
    for grouped in re.findall(r"\b(?:by|on) ?\(([^)]*)\)", expr):
        known = FROM_PROMETHEUS | {label for each in SERVED.values() for label in labels_of(each)}
        assert {each.strip() for each in grouped.split(",")} <= known, expr
    return named


def test_the_dashboard_shows_what_there_is_and_all_of_it() -> None:
    exprs = exprs_of(DASHBOARD)
    assert len(exprs) > 30
    shown = {name for expr in exprs for name in check(expr)}
    assert shown == set(SERVED)


def test_the_dashboard_can_be_imported() -> None:
    panels = DASHBOARD["panels"]
    assert DASHBOARD["schemaVersion"] >= 39
    assert len({each["id"] for each in panels}) == len(panels)
    places = [each["gridPos"] for each in panels]
    cells = [
        (x, y)
        for at in places
        for x in range(at["x"], at["x"] + at["w"])
        for y in range(at["y"], at["y"] + at["h"])
    ]
    assert len(set(cells)) == len(cells), "panels lie over each other"
    assert max(x for x, _ in cells) < 24


def test_alerts_are_of_what_there_is() -> None:
    rules = [rule for group in ALERTS["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 5
    for rule in rules:
        check(rule["expr"])
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("critical", "warning")


@pytest.mark.parametrize("what", ["Lost", "NotRecorded", "NotRestored"])
def test_frames_that_were_lost_before_the_first_question_alert_too(what: str) -> None:
    """`increase` is nought for a series that begins at five."""
    [expr] = (
        rule["expr"]
        for group in ALERTS["groups"]
        for rule in group["rules"]
        if rule["alert"] == f"LivecareFrames{what}"
    )
    counter, span = re.findall(r"increase\((.*)\[(\w+)\]\)", expr)[0]
    new = f"({counter} > 0 unless {counter} offset {span})"
    assert expr == f"increase({counter}[{span}]) > 0 or {new}"


@pytest.mark.parametrize(
    "wrong",
    [
        "rate(livecare_frame_total[5m])",
        'livecare_frames_total{outcome="vanished"}',
        'livecare_frames_total{stage="lost"}',
        "rate(livecare_up[5m]",
        "sum by (nonsense) (livecare_up)",
    ],
)
def test_a_wrong_expression_is_found(wrong: str) -> None:
    with pytest.raises((AssertionError, KeyError)):
        check(wrong)


def test_settings_in_the_document_can_be_set() -> None:
    [block] = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    config = make_config(tomllib.loads(block), "docs/monitoring.md")
    assert config.metrics.wanted
    assert config.metrics.labels == {"microscope": "spinning disk"}
