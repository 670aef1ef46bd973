"""The README's table of figures: which they are, and what they are compared with."""

from dataclasses import dataclass
from typing import Final

from measured import Document, Measured, markdown, number, origin_words

HEADINGS: Final = ("what", "livecare", "limit", "of the limit")
"""Of the table."""
SIDE: Final = 512
"""Of the frames that engines are shown with, pixels."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line made of figures of one benchmark.

    Attributes
    ----------
    what : str
        For people.
    benchmark : str
        Whose figures.
    patterns : tuple of str
        Of the names of the figures, side by side in the line.
    limit : str
        What they are compared with, for people.
    labels : tuple of str
        Of the figures, where there are several of one kind.
    beside : str
        Name of the limit, where a figure has several.
    """

    what: str
    benchmark: str
    patterns: tuple[str, ...]
    limit: str
    labels: tuple[str, ...] = ()
    beside: str = ""

    def cells(self, measured: Measured) -> tuple[str, ...] | None:
        """Return its cells; None where it was not measured."""
        found = [
            figure
            for figure in measured.figures(self.benchmark, *self.patterns)
            if self.beside in figure["limit_name"]
        ]
        if len(found) != len(self.patterns):
            return None
        unit = found[0]["unit"]
        limits = _joined([figure["limit"] for figure in found], unit, ())
        return (
            self.what,
            _joined([figure["measured"] for figure in found], unit, self.labels),
            f"{limits}, {self.limit}",
            " / ".join(f"{figure['ratio']:.2f}" for figure in found),
        )


def _joined(values: list[float], unit: str, labels: tuple[str, ...]) -> str:
    if not labels:
        return f"{' / '.join(map(number, values))} {unit}"
    return ", ".join(
        f"{number(value)} {unit} {label}" for value, label in zip(values, labels, strict=True)
    )


PERCENTILES: Final = ("p50", "p99")
"""Of times that are shown twice."""
LINES: Final = (
    *(
        Line(
            f"recorder, camera → ring → disk, {side}²",
            "store",
            (rf"{side}², whole recorder.*",),
            "plain write + fsync",
            beside="write()",
        )
        for side in (512, 2048)
    ),
    Line(
        "restored live, 512², camera faster than the engine",
        "end_to_end",
        ("512², restored live",),
        "the bare engine in a loop",
    ),
    Line(
        "the same, without guards",
        "end_to_end",
        ("512², restored live without guards",),
        "the bare engine in a loop",
    ),
    Line(
        "time added to the engine's own, 512²",
        "end_to_end",
        ("512² at .* Hz, added p50", "512² at .* Hz, added p99"),
        "the engine",
        PERCENTILES,
    ),
    Line(
        "camera to restored, 512², camera at 0.7 of the engine's rate",
        "end_to_end",
        (".* at 0.7 of .*, camera to restored p50", ".* at 0.7 of .*, camera to restored p99"),
        "the engine",
        PERCENTILES,
    ),
    Line(
        "time added, 2048², an engine that changes nothing",
        "end_to_end",
        ("2048², identity at .*, added p50", "2048², identity at .*, added p99"),
        "that engine",
        PERCENTILES,
    ),
    Line(
        "growth of all processes, frame 1,000 to 10,500",
        "end_to_end",
        ("256², onnxruntime, growth .*",),
        "at frame 1,000",
    ),
    Line(
        "time to record a frame, p99, while a subscriber is stopped",
        "end_to_end",
        ("512² at 100 Hz, subscriber stopped 10 s, recorded p99",),
        "never stopped",
    ),
    Line(
        "a new 2048² pair in the window, 1280×800 / 3840×2160",
        "viewer",
        (
            "2048² uint16, side by side, 1280×800, CPU",
            "2048² uint16, side by side, 3840×2160, CPU",
        ),
        "two bare ImageItems of pyqtgraph",
    ),
    Line(
        "growth of the window's memory, 10 min of 2048² at 100 Hz",
        "viewer",
        ("2048² at 100 Hz for 10 min, the viewer's memory.*",),
        "in the first half minute",
    ),
    Line(
        "pictures painted meanwhile, fewest",
        "viewer",
        ("2048² at 100 Hz for 10 min, raw painted, worst block",),
        "the most",
    ),
    Line(
        "time to record a frame, p50, ten viewers, 512² at 50 Hz",
        "viewer",
        ("512² at 50 Hz, 10 viewers, frame recorded p50",),
        "no viewer",
    ),
)
"""What the table has beside engines and peers, in its order."""


def readme_table(measured: Measured) -> str:
    """Return the table, and what it was measured on."""
    filled = [(line, cells) for line in LINES if (cells := line.cells(measured))]
    lines = [cells for _, cells in filled]
    table = markdown([HEADINGS, *_peers(measured), *_engines(measured), *lines])
    shown: dict[str, list[str]] = {"peers": [], "engines": []}
    for line, _ in filled:
        shown.setdefault(line.benchmark, []).extend(line.patterns)
    return f"{table}\n\n{origin_words(measured, shown)}"


def _peers(measured: Measured) -> list[tuple[str, ...]]:
    """Return CARE's network here, beside what else runs it."""
    rows = {row["name"]: row for row in measured.rows("peers") if row.get("p50_ms")}
    found: list[tuple[str, ...]] = []
    for name, words, peers in (
        ("openvino fp32", "OpenVINO, fp32", {"CSBDeep, CARE.predict": "CSBDeep's predict"}),
        (
            "onnxruntime fp32",
            "ONNX Runtime, fp32",
            {
                "torch, compile, channels_last": "torch.compile",
                "CAREamics, predict": "CAREamics' predict",
            },
        ),
        ("openvino int8", "OpenVINO, int8", {"CSBDeep, CARE.predict": "CSBDeep's predict"}),
    ):
        ours = rows.get(f"livecare, {name}")
        there = {words: rows[peer] for peer, words in peers.items() if peer in rows}
        if ours and there:
            limits = [f"{number(each['p50_ms'])} ms, {of}" for of, each in there.items()]
            factors = [ours["times_as_fast"] / each["times_as_fast"] for each in there.values()]
            faster = ", ".join(f"{each:.1f} ×" for each in factors) + " as fast"
            what = f"CARE's U-Net (k3), 512², {words}"
            found.append((what, f"{number(ours['p50_ms'])} ms", "; ".join(limits), faster))
    return found


def _engines(measured: Measured) -> list[tuple[str, ...]]:
    """Return the bundled networks beside what the processor can do at most."""
    rows = [row for row in measured.rows("engines") if row["share"] and row["side"] == SIDE]
    return [
        _engine_line(row)
        for model in ("default-fast", "default")
        for precision in ("fp32", "int8")
        for row in rows
        if (row["model"], row["precision"], row["batch"]) == (model, precision, 1)
    ]


def _engine_line(row: Document) -> tuple[str, ...]:
    engine = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}.get(
        row["engine"], row["engine"]
    )
    return (
        f"`{row['model']}`, {SIDE}², {row['precision']}, {engine}",
        f"{number(row['p50_ms'])} ms",
        f"{number(row['floor_ms'])} ms, the processor's matrix and copy rates",
        f"{row['share']:.2f}",
    )
