"""The README and docs/performance.md say what the results say."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))

import changed
import measured_plots
import tables
from measured import Measured, number
from measured_readme import readme_table
from measured_tables import names, table_of

MACHINE = {"cpu": "a cpu", "cores": 2, "kernel": "Linux 6.1-x", "load_before": 0.0}


def figure(what: str, measured: float, limit: float = 10.0, **more: object) -> dict[str, Any]:
    told = {"what": what, "unit": "ms", "measured": measured, "limit": limit, "limit_name": "copy"}
    ratio = measured / limit
    return told | {"ratio": ratio, "ratios": [ratio], "bar": None, "met": None, "note": ""} | more


def keep(folder: Path, name: str, day: int, benchmark: str, **parts: object) -> None:
    commit = {"hash": "0123456789abcdef", "dirty": False}
    told = {"benchmark": benchmark, "commit": commit, "date": f"2026-01-0{day}T00:00:00+00:00"}
    text = json.dumps(told | {"machine": MACHINE} | parts)
    (folder / f"{name}.json").write_text(text, encoding="utf-8")


def test_every_page_and_picture_says_what_the_results_say() -> None:
    old = [
        path.relative_to(ROOT).as_posix()
        for path, text in tables.made(ROOT, ROOT / "benchmarks" / "results").items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    assert not old, "python benchmarks/tables.py"


def test_every_table_has_its_place_in_the_docs() -> None:
    pages = [ROOT / "docs" / name for name in ("performance.md", "training.md")]
    text = "".join(page.read_text(encoding="utf-8") for page in pages)
    placed = {match[2] for match in tables.BLOCK.finditer(text)}
    plots = {f"plot-{name}" for name in measured_plots.PLOTS}
    assert placed == {*names(), *plots}


def test_a_block_is_replaced_and_the_rest_of_the_page_is_kept(tmp_path: Path) -> None:
    keep(tmp_path, "hook", 1, "hook", figures=[figure("acquired", 4.0)])
    page = "before\n<!-- measured: begin hook -->\nold\n<!-- measured: end -->\nafter\n"
    filled = tables.fill(page, Measured.read(tmp_path), {})
    assert filled.startswith("before\n<!-- measured: begin hook -->\n| figure ")
    assert filled.endswith("<!-- measured: end -->\nafter\n")
    assert "| acquired | 4 ms | 10 ms, copy | 0.40 |" in filled
    assert "old" not in filled
    assert tables.fill(filled, Measured.read(tmp_path), {}) == filled


def test_a_table_without_results_says_what_measures_it(tmp_path: Path) -> None:
    said = {table_of(name, Measured.read(tmp_path)) for name in names() if name != "origins"}
    assert all(each.startswith("Not measured in this form yet: `python benchm") for each in said)
    assert all(each.endswith(".py`.") for each in said), "only a whole run fills a table"


def test_the_newest_document_counts_and_smoke_runs_do_not(tmp_path: Path) -> None:
    keep(tmp_path, "a", 1, "hook", figures=[figure("acquired", 1.0), figure("lost", 5.0)])
    keep(tmp_path, "b", 2, "hook", figures=[figure("acquired", 2.0)])
    keep(tmp_path, "c", 3, "hook", figures=[figure("acquired", 3.0)], quick=True)
    found = Measured.read(tmp_path)
    assert [each["measured"] for each in found.figures("hook", "acquired", "lost")] == [2.0, 5.0]
    assert [each["measured"] for each in found.figures("hook", ".*")] == [2.0]


def test_origins_are_those_of_the_documents_that_figures_are_taken_from(tmp_path: Path) -> None:
    """One part is measured anew: what is said of it must not be said of the others."""
    of = "512² at 17 Hz, added {}"
    added = [figure(of.format(p), 1.0) for p in ("p50", "p99")]
    stopped = figure("512² at 100 Hz, subscriber stopped 10 s, recorded p99", 1.0)
    busy = MACHINE | {"cpu": "another", "load_before": 3.4}
    keep(tmp_path, "end_to_end", 2, "end_to_end", figures=[*added, stopped], machine=busy)
    keep(tmp_path, "older", 1, "end_to_end", figures=[*added, stopped])
    keep(tmp_path, "added", 3, "end_to_end", figures=added)
    found = Measured.read(tmp_path)
    table = table_of("origins", found)
    assert table.count("`end_to_end.py`") == 2
    assert "2026-01-02 | 3.4 |" in table
    assert "2026-01-03 | 0 |" in table
    said = readme_table(found).rpartition("\n")[2]
    assert said.count("`end_to_end`: ") == 2
    assert "2026-01-01" not in said


def test_a_missed_bar_is_seen(tmp_path: Path) -> None:
    missed = figure("acquired", 20.0, bar="ratio <= 1.05", met=False)
    keep(tmp_path, "hook", 1, "hook", figures=[missed])
    assert "| ratio <= 1.05 | **no** |" in table_of("hook", Measured.read(tmp_path))


def test_the_readme_names_machine_commit_and_day(tmp_path: Path) -> None:
    added = [figure(f"512² at 17 Hz, added {p}", t) for p, t in (("p50", 1.0), ("p99", 2.0))]
    keep(tmp_path, "end_to_end", 1, "end_to_end", figures=added)
    said = readme_table(Measured.read(tmp_path))
    assert "| 1 ms p50, 2 ms p99 | 10 / 10 ms, the engine | 0.10 / 0.20 |" in said
    assert said.endswith("Measured on a cpu, 2 cores, Linux 6.1, commit 0123456789, 2026-01-01.")


def test_latency_is_drawn_against_load(tmp_path: Path) -> None:
    name = "512², camera at {} of the engine's rate, camera to restored {}"
    loads = [figure(name.format(x, p), t) for x in (0.5, 1) for p, t in (("p50", 9), ("p99", 30))]
    assert measured_plots.latency(Measured.read(tmp_path)) is None
    keep(tmp_path, "end_to_end", 1, "end_to_end", figures=loads)
    svg = measured_plots.latency(Measured.read(tmp_path))
    assert svg is not None
    assert "From camera to restored, 512²" in svg
    assert svg.count("<polyline") == 4
    assert svg.count("<circle") == 4  # the engine's own lines have no dots


def test_quality_is_drawn_against_time_and_raw_is_left_out(tmp_path: Path) -> None:
    scores = {"psnr_db": 30.0, "seconds_per_frame": 0.02}
    told = {"status": "done", "frames": 1}
    contestants = [
        told | {"label": label, "kind": kind, "scores": scores}
        for label, kind in (("raw", "raw"), ("best median", "baseline"), ("default", "model"))
    ]
    sets = [{"name": "fmd", "pixels": "512 × 512", "contestants": contestants}]
    keep(tmp_path, "suite", 1, "suite", sets=sets)
    found = Measured.read(tmp_path)
    svg = measured_plots.quality(found)
    assert svg is not None
    assert svg.count("<circle") == 2
    assert "best median" in svg
    assert "| default | 30.00 dB, 20 ms |" in table_of("suite", found)


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (10477.8, "10478"), (24.66, "24.7"), (4.0, "4"), (0.9312, "0.931"), (-3.0, "-3")],
)
def test_numbers_have_about_three_digits(value: float, words: str) -> None:
    assert number(value) == words


def test_only_ratios_that_moved_are_told() -> None:
    before = [{"benchmark": "hook", "figures": [figure("a", 4.0), figure("b", 4.0)]}]
    now = [{"benchmark": "hook", "figures": [figure("a", 4.4), figure("b", 8.0), figure("c", 1.0)]}]
    assert list(changed.changes(before, now, 1.2)) == [("hook: b / copy", "0.400", "0.800", "2.00")]
