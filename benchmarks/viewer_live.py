"""The window beside a run: how fast it is drawn, and what that costs the recording."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any, Final

from calm import calmly
from limits import camera_frames, write_directly
from runs import LivecareRun, Setting
from table import Bar, Figure
from viewer_beside import TAKER, WINDOW, Span, ViewerBeside, rate, rates, rings_folder, within

from livecare.link.telemetry import Telemetry

MEGABYTE: Final = 1e6
TICKS_HZ: Final = 1e3 / 33
"""Pictures that the window can show, 1/s: it looks for new ones every 33 ms."""
BLOCK_S: Final = 30.0
"""Time of which memory and processor time are compared, seconds."""
PLAIN_S: Final = 4.0
"""Of the camera's frames, seconds of them are written plainly: disks pause for tenths of one."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    side : int
        Rows and columns of the frames, pixels.
    rate_hz : float
        Of the camera.
    seconds : float
        How long.
    every_s : float
        Time between two looks at the viewer, seconds.
    engine : str
        What restores meanwhile.
    viewers : int
        How many, where there are many.
    """

    side: int
    rate_hz: float
    seconds: float
    every_s: float = 5.0
    engine: str = "auto"
    viewers: int = 1

    @property
    def setting(self) -> Setting:
        """The run."""
        return Setting(self.side, self.rate_hz, round(self.seconds * self.rate_hz), self.engine)

    @property
    def bytes_per_s(self) -> float:
        """What the camera gives, uint16."""
        return 2 * self.side**2 * self.rate_hz

    @property
    def words(self) -> str:
        """What it is, for people."""
        return f"{self.side}² at {self.rate_hz:.0f} Hz"


@dataclass(frozen=True, slots=True)
class LookedAt(Setting):
    """A run that nobody records: its frames are only looked at."""

    def as_toml(self, store: Path, preview: str, telemetry: str) -> str:
        """Write its configuration."""
        text = super(LookedAt, self).as_toml(store, preview, telemetry)
        return text.replace("[store]\n", '[store]\nrecord = "when-asked"\n')


@dataclass(frozen=True, slots=True)
class Watched:
    """A run with viewers beside it.

    Attributes
    ----------
    span : Span
        When frames came.
    last : Telemetry
        What it said of itself last while they did.
    report : dict
        What it said at its end.
    viewers : list of list of dict
        What each viewer said while frames came.
    """

    span: Span
    last: Telemetry
    report: dict[str, Any]
    viewers: list[list[dict[str, Any]]]

    def missing(self, frames: int) -> int:
        """Return how many of the camera's frames were not recorded."""
        return frames - int(self.report["ledger"]["recorded"])


def watch(folder: Path, setting: Setting, viewers: Sequence[Path], every_s: float) -> Watched:
    """Run to the end with these viewers (the script of each) beside; they are there first."""
    with rings_folder(str(time.perf_counter_ns())) as rings, ExitStack() as stack:
        beside = [
            stack.enter_context(
                ViewerBeside(
                    folder / f"viewer-{n}.jsonl",
                    script,
                    *("--directory", str(rings), "--every-s", str(every_s)),
                )
            )
            for n, script in enumerate(viewers)
        ]
        run = stack.enter_context(LivecareRun(folder, replace(setting, rings=str(rings))))
        span, last = follow(run)
        report = run.report()
        said = [within(each.lines(), span) for each in beside]
    return Watched(span, last, report, said)


def follow(run: LivecareRun, at_times: Callable[[], None] | None = None) -> tuple[Span, Telemetry]:
    """Follow a run to its end; return when frames came, and what it said last while they did."""
    began_s = ended_s = 0.0
    last: Telemetry | None = None
    for snapshot in run.snapshots():
        if snapshot.stage == "acquiring" and snapshot.ledger.acquired:
            ended_s = time.perf_counter()
            began_s = began_s or ended_s
            last = snapshot
            if at_times is not None:
                at_times()
    assert last is not None, "the run was over before it could be looked at"
    return Span(began_s, ended_s), last


def measure_live(folder: Path, effort: Effort) -> list[Figure]:
    """Record with the window beside, and without; write plainly before, between and after."""
    setting, frames = effort.setting, effort.setting.frames
    plain = [_plain_rate(folder, effort)]

    def both() -> tuple[Watched, Watched]:
        alone = watch(folder, setting, [], effort.every_s)
        plain.append(_plain_rate(folder, effort))
        return alone, watch(folder, setting, [WINDOW], effort.every_s)

    once = calmly(both, 1)
    plain.append(_plain_rate(folder, effort))
    alone, beside = once.taken[0]
    return [
        *_display(effort.words, beside, setting, once.note),
        Figure(
            f"{effort.words}, not recorded beside the window",
            "frames",
            "without it",
            [(beside.missing(frames), alone.missing(frames))],
            Bar("measured", "<=", 0),
            f"of {frames} frames in {effort.seconds:.0f} s",
        ),
        Figure(
            f"{effort.words}, what the camera gives",
            "MB/s",
            "the disk alone at its slowest",
            [(effort.bytes_per_s / MEGABYTE, min(plain) / MEGABYTE)],
            note=f"written plainly: {', '.join(f'{each / MEGABYTE:.0f}' for each in plain)} MB/s",
        ),
        *(
            Figure(
                f"{effort.words}, frame recorded {name}",
                "ms",
                "without a viewer",
                [tuple(each.report["stages_ms"]["recorded"][name] for each in (beside, alone))],
            )
            for name in ("p50", "p99")
        ),
        Figure(
            f"{effort.words}, restored live",
            "fps",
            "without a viewer",
            [tuple(each.report["rates_hz"]["restored_live"] for each in (beside, alone))],
        ),
    ]


def _plain_rate(folder: Path, effort: Effort) -> float:
    """Return how fast the disk writes such frames by itself, bytes per second."""
    frames = camera_frames(effort.side)
    count = round(PLAIN_S * effort.rate_hz)
    return count * frames[0].nbytes / write_directly(folder, frames, count)


def _display(words: str, watched: Watched, setting: Setting, note: str) -> list[Figure]:
    """Say how fast the window was drawn, and what it took."""
    lines = watched.viewers[0]
    assert len(lines) > 1, "the viewer was not looked at twice: a longer run is needed"
    raw, restored = (rate(lines, f"painted_{lane}") for lane in ("raw", "restored"))
    lowest = min(rates(lines, "painted_raw"))
    limit_hz = min(TICKS_HZ, setting.rate_hz)
    name = "the window's looks"
    ages = [line["shown_age_p50_ms"] for line in lines if line["shown_age_p50_ms"] is not None]
    return [
        Figure(f"{words}, raw painted", "fps", name, [(raw, limit_hz)], _LEAST_HZ, note),
        Figure(f"{words}, raw painted at worst", "fps", name, [(lowest, limit_hz)], _LEAST_HZ),
        Figure(f"{words}, restored painted", "fps", name, [(restored, limit_hz)]),
        Figure(
            f"{words}, raw side goes back in time",
            "times/s",
            "painted",
            [(rate(lines, "went_back"), raw)],
            Bar("measured", "<=", 0),
        ),
        Figure(f"{words}, camera to window p50", "ms", "a look", [(median(ages), 33.0)]),
        Figure(
            f"{words}, the viewer's processor time",
            "cores",
            "one core",
            [(rate(lines, "cpu_s"), 1.0)],
        ),
    ]


_LEAST_HZ: Final = Bar("measured", ">=", 20.0)


def measure_flat(folder: Path, effort: Effort) -> list[Figure]:
    """Look for minutes: nobody records, as no disk here holds the frames of ten of them."""
    setting = effort.setting
    looked_at = LookedAt(setting.side, setting.rate_hz, setting.frames, setting.engine)
    watched = watch(folder, looked_at, [WINDOW], effort.every_s)
    blocks = _blocks(watched.viewers[0], watched.span, min(BLOCK_S, effort.seconds / 4))
    sizes = [median(line["own"] for line in block) / MEGABYTE for block in blocks]
    shares = [rate(block, "cpu_s") for block in blocks]
    drawn = [rate(block, "painted_raw") for block in blocks]
    minutes = [block[0]["at_s"] / 60 for block in blocks]
    words = f"{effort.words} for {effort.seconds / 60:.3g} min"
    lost = watched.last.ledger.lost
    note = "only looked at: ten minutes of it would be 500 GB on the disk"
    return [
        Figure(
            f"{words}, the viewer's memory, first block to last",
            "MB",
            "in the first",
            [(sizes[-1] - sizes[0], sizes[0])],
            Bar("measured", "<=", 10.0),
            note,
        ),
        Figure(f"{words}, its slope", "MB/min", "MB", [(_slope(minutes, sizes), sizes[0])]),
        Figure(
            f"{words}, processor time, last block",
            "cores",
            "the first",
            [(shares[-1], shares[0])],
            Bar("ratio", "<=", 1.1),
        ),
        Figure(f"{words}, raw painted, worst block", "fps", "best", [(min(drawn), max(drawn))]),
        Figure(f"{words}, lost", "frames", "acquired", [(lost, setting.frames)], _NONE),
    ]


_NONE: Final = Bar("measured", "<=", 0)


def _blocks(lines: list[dict[str, Any]], span: Span, block_s: float) -> list[list[dict[str, Any]]]:
    """Cut what was said into blocks of the same length, each with two lines at least."""
    found: dict[int, list[dict[str, Any]]] = {}
    for line in lines:
        found.setdefault(int((line["at_s"] - span.began_s) / block_s), []).append(line)
    blocks = [block for _, block in sorted(found.items()) if len(block) > 1]
    assert len(blocks) > 1, "the viewer was not looked at often enough: a longer run is needed"
    return blocks


def _slope(at: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope of the straight line through values, least squares."""
    middle, mean = sum(at) / len(at), sum(values) / len(values)
    above = sum((x - middle) * (y - mean) for x, y in zip(at, values, strict=True))
    return above / sum((x - middle) ** 2 for x in at)


def measure_many(folder: Path, effort: Effort) -> list[Figure]:
    """Record with many viewers beside, and with none."""
    setting, frames = effort.setting, effort.setting.frames
    repeats = calmly(
        lambda: (
            watch(folder, setting, [], effort.every_s),
            watch(folder, setting, [TAKER] * effort.viewers, effort.every_s),
        ),
        2,
    )
    words = f"{effort.words}, {effort.viewers} viewers"
    times = [
        Figure(
            f"{words}, frame recorded {name}",
            "ms",
            "none",
            [
                tuple(each.report["stages_ms"]["recorded"][name] for each in (beside, alone))
                for alone, beside in repeats.taken
            ],
            note=repeats.note,
        )
        for name in ("p50", "p99")
    ]
    every = repeats.every
    missing = max(beside.missing(frames) for _, beside in every)
    least = [min(rate(each, "raw_taken") for each in beside.viewers) for _, beside in repeats.taken]
    limit_hz = min(TICKS_HZ, effort.rate_hz)
    return [
        Figure(
            f"{words}, not recorded",
            "frames",
            "none",
            [(missing, max(alone.missing(frames) for alone, _ in every))],
            _NONE,
        ),
        *times,
        Figure(
            f"{words}, pictures of the one with fewest",
            "fps",
            "its looks",
            [(each, limit_hz) for each in least],
        ),
    ]
