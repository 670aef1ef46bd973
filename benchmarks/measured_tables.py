"""The tables of docs/performance.md: which figures each has, and what is said without any."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from measured import Document, Measured, absent, markdown, number, origin_of, scored

HEADINGS: Final = ("figure", "measured", "limit", "of the limit", "bar", "met")
"""Of a table of figures."""
FIGURES: Final = {
    "store": ("store", ".*"),
    "transport": ("transport", ".*"),
    "rate": (
        "end_to_end",
        r"\d+², restored live( without guards)?",
        ".*engine at work",
        ".*, added p.*",
    ),
    "load": ("end_to_end", ".*of the engine's rate.*"),
    "memory": ("end_to_end", ".*growth over frames.*"),
    "subscriber": ("end_to_end", ".*subscriber stopped.*"),
    "camera": ("end_to_end", ".*no loss", ".*restored live meanwhile"),
    "window": ("viewer", ".*uint16.*CPU", ".*uint8.*", ".*float32.*", ".*first paint"),
    "beside": ("viewer", "2048² at 100 Hz,.*", "2048² at 100 Hz for.*", ".*10 viewers.*"),
    "remote": ("viewer", ".* over .*"),
    "curve": ("curve", ".*"),
    "bridge": ("bridge", ".*, age .*", ".*growth.*"),
    "hook": ("hook", ".*"),
}
"""Tables that are figures: of which benchmark, and which, by their names."""


def figure_table(measured: Measured, benchmark: str, *patterns: str) -> str:
    """Return figures, each beside its limit, the spread of the ratio in brackets."""
    found = [_figure_line(figure) for figure in measured.figures(benchmark, *patterns)]
    return markdown([HEADINGS, *found]) if found else absent(f"{benchmark}.py")


def _figure_line(figure: Document) -> tuple[str, ...]:
    unit, ratios = figure["unit"], figure["ratios"]
    spread = f" ({min(ratios):.2f} to {max(ratios):.2f})" if len(ratios) > 1 else ""
    return (
        figure["what"],
        f"{number(figure['measured'])} {unit}",
        f"{number(figure['limit'])} {unit}, {figure['limit_name']}",
        f"{figure['ratio']:.2f}{spread}" if ratios else "",
        figure["bar"] or "",
        _met(figure["met"]),
    )


def _met(met: bool | None) -> str:  # noqa: FBT001 a fact
    return {None: "", True: "yes", False: "**no**"}[met]


def peers_table(measured: Measured) -> str:
    """Return one network in every program that runs it."""
    rows = [("what runs it", "p50 ms", "p99 ms", "of CSBDeep's predict")]
    for row in measured.rows("peers"):
        if row.get("p50_ms"):
            times = f"{row['times_as_fast']:.2f} ×"
            rows.append((row["name"], number(row["p50_ms"]), number(row["p99_ms"]), times))
        else:
            rows.append((row["name"], _reason(row), "", ""))
    return markdown(rows) if rows[1:] else absent("peers.py")


def _reason(row: Document) -> str:
    return f"refused: {row['refused'].removeprefix('EngineError: ').split(':')[0]}"


def engines_table(measured: Measured) -> str:
    """Return p50 of each engine, precision and model, by frame size, batch 1."""
    rows = [row for row in measured.rows("engines") if row["batch"] == 1]
    sides = sorted({row["side"] for row in rows})
    cells: dict[tuple[str, str, str], dict[int, str]] = {}
    for row in rows:
        share = "" if row["share"] is None else f" ({row['share']:.2f})"
        said = "refused" if row["refused"] else f"{number(row['p50_ms'])}{share}"
        cells.setdefault((row["model"], row["engine"], row["precision"]), {})[row["side"]] = said
    table = [("model", "engine", "precision", *(f"{side}²" for side in sides))]
    for key, by_side in cells.items():
        if set(by_side.values()) != {"refused"}:
            table.append((*key, *(by_side.get(side, "") for side in sides)))
    return markdown(table) if rows else absent("engines.py")


def suite_table(measured: Measured) -> str:
    """Return the PSNR of each restoration on each set with a truth, and its time."""
    document = measured.document("suite")
    if document is None or "contestants" not in document["sets"][0]:
        return absent("suite.py")
    sets = [each for each in document["sets"] if scored(each, "raw")]
    heads = [f"{each['name']}, {each['pixels'].replace(' ', '')}" for each in sets]
    labels = dict.fromkeys(
        each["label"]
        for one in sets
        for each in one["contestants"]
        if scored(one, each["label"]) is not None
    )
    rows = [(name, *(_psnr_and_time(scored(each, name)) for each in sets)) for name in labels]
    return markdown([("restoration", *heads), *rows])


def _psnr_and_time(scores: Document | None) -> str:
    if scores is None:
        return ""
    return f"{scores['psnr_db']:.2f} dB, {number(1e3 * scores['seconds_per_frame'])} ms"


def training_table(measured: Measured) -> str:
    """Return what each training reached in the same minutes, by method."""
    document = measured.document("training")
    if document is None or "methods" not in document:
        return absent("training.py")
    methods = document["methods"]
    names = dict.fromkeys(each["name"] for scores in methods.values() for each in scores)
    table = [(f"{document['minutes']:g} minutes of {document['threads']} cores", *methods)]
    for name in names:
        by_method = {
            method: each["psnr_db"]
            for method, scores in methods.items()
            for each in scores
            if each["name"] == name
        }
        table.append((name, *(f"{by_method[m]:.2f} dB" if m in by_method else "" for m in methods)))
    return markdown(table)


def hot_swap_table(measured: Measured) -> str:
    """Return what a run with five changes of model and engine kept."""
    document = measured.document("hot_swap")
    if document is None:
        return absent("hot_swap.py")
    skipped = ("benchmark", "commit", "date", "machine", "settings", "blocks")
    rows = [(name, _plain(value)) for name, value in document.items() if name not in skipped]
    return markdown([("10,000 frames, five changes", "found"), *rows])


def _plain(value: Any) -> str:  # noqa: ANN401 JSON
    if isinstance(value, bool):
        return "yes" if value else "**no**"
    return number(value) if isinstance(value, int | float) else str(value)


def soak_table(measured: Measured) -> str:
    """Return what the soak was judged by."""
    document = measured.document("soak")
    if document is None:
        return absent("soak.py")
    minutes = document["settings"]["seconds"] / 60
    rows = [
        (each["what"], each["found"], each["bar"], _met(each["met"]))
        for each in document["verdicts"]
    ]
    return markdown(
        [(f"{minutes:g} minutes, {len(document['faults'])} faults", "found", "bar", "met"), *rows]
    )


def onlookers_table(measured: Measured) -> str:
    """Return what those who look at restored frames cost beside the engine."""
    document = measured.document("guards", "cost")
    if document is None:
        return absent("guards.py")
    rows = [("frames", "engine, ms a frame", "guards, light, predicted errors", "of the engine")]
    for each in document["cost"]:
        live = each["live_ms"]
        share = f"{live['onlookers'] / live['engine']:.2f}"
        rows.append((f"{each['side']}²", number(live["engine"]), number(live["onlookers"]), share))
    return markdown(rows)


def origins_table(measured: Measured) -> str:
    """Return which figures are of which machine, commit and day."""
    names = sorted({each["benchmark"] for each in measured.documents if "benchmark" in each})
    rows = [("benchmark", "measured on", "processes that wanted a core before")]
    for name in names:
        shown = [each for of, *patterns in FIGURES.values() if of == name for each in patterns]
        for document in measured.sources(name, *shown):
            load = number(document["machine"]["load_before"])
            rows.append((f"`{name}.py`", origin_of(document), load))
    return markdown(rows)


Table = Callable[[Measured], str]
TABLES: Final[dict[str, Table]] = {
    "peers": peers_table,
    "engines": engines_table,
    "suite": suite_table,
    "training": training_table,
    "hot_swap": hot_swap_table,
    "soak": soak_table,
    "onlookers": onlookers_table,
    "origins": origins_table,
}
"""The other tables."""


def table_of(name: str, measured: Measured) -> str:
    """Return a table of docs/performance.md by its name. Raises KeyError where there is none."""
    if name in FIGURES:
        return figure_table(measured, *FIGURES[name])
    return TABLES[name](measured)


def names() -> Sequence[str]:
    """List all tables."""
    return (*FIGURES, *TABLES)
