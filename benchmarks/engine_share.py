"""How much of the engine a run delivers, and how much time livecare adds to the engine's."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from bare_engine import bare_rate_hz
from calm import Calm, calmly
from runs import LivecareRun, Setting, report_of
from table import Bar, Figure

from livecare.sinks.reader import StoreReader

REAL: Final = "onnxruntime"
"""The engine: that of the bare loop, on any machine."""
BEHIND: Final = 1.3
"""Camera rate ÷ engine rate at which the engine is always behind, and must choose."""
FOLLOWING: Final = 0.6
"""Camera rate ÷ engine rate at which the engine follows easily."""
LARGE_HZ: Final = 20.0
"""Camera rate of the large frames."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    side : int
        Rows and columns of the frames for the engine, pixels.
    large_side : int
        The same for the engine that changes nothing.
    seconds : float
        Of each run's acquisition; the bare engine is timed before and after, half as long.
    repeats : int
        Runs of each kind.
    """

    side: int
    large_side: int
    seconds: float
    repeats: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a run delivered of its engine.

    Attributes
    ----------
    live_hz, bare_hz : float
        Frames per second, restored live and by the bare engine before and after.
    engine_s, restoring_s : float
        Time that the engine worked, and from its first frame to its last.
    """

    live_hz: float
    bare_hz: float
    engine_s: float
    restoring_s: float


def measure_rate(folder: Path, effort: Effort) -> list[Figure]:
    """Compare the rate of restored frames, live, with the engine's own."""
    figures = []
    for guards, which in ((True, "restored live"), (False, "restored live without guards")):
        calm = calmly(partial(_deliver, folder, effort, guards=guards), effort.repeats)
        rates = [(each.live_hz, each.bare_hz) for each in calm.taken]
        shares = [(each.engine_s, each.restoring_s) for each in calm.taken]
        what = f"{effort.side}², {which}"
        figures += [
            Figure(what, "fps", "bare engine", rates, Bar("ratio", ">=", 0.85), calm.note),
            Figure(f"{what}, engine at work", "s", "whole time", shares, note=calm.note),
        ]
    return figures


def measure_added(folder: Path, effort: Effort) -> list[Figure]:
    """Measure the time from camera to restored that is not the engine's."""
    rate_hz = FOLLOWING * bare_rate_hz(effort.side, effort.seconds / 2)
    setting = Setting(effort.side, rate_hz, max(20, round(rate_hz * effort.seconds)), REAL)
    return _added(f"{effort.side}²", folder, setting, effort.repeats, (2.0, 10.0))


def measure_added_large(folder: Path, effort: Effort) -> list[Figure]:
    """Measure the same for large frames through an engine that changes nothing."""
    frames = max(20, round(LARGE_HZ * effort.seconds))
    setting = Setting(effort.large_side, LARGE_HZ, frames, "identity")
    return _added(f"{effort.large_side}², identity", folder, setting, effort.repeats, (8.0, None))


def _deliver(folder: Path, effort: Effort, *, guards: bool) -> Delivery:
    before_hz = bare_rate_hz(effort.side, effort.seconds / 2)
    rate_hz = BEHIND * before_hz
    frames = max(20, round(rate_hz * effort.seconds))
    setting = Setting(effort.side, rate_hz, frames, REAL, guards=guards)
    with LivecareRun(folder, setting) as run:
        report = run.report()
        engine_s, restoring_s = _engine_at_work(run.store)
    after_hz = bare_rate_hz(effort.side, effort.seconds / 2)
    live_hz = report["rates_hz"]["restored_live"]
    return Delivery(live_hz, (before_hz + after_hz) / 2, engine_s, restoring_s)


def _engine_at_work(store: Path) -> tuple[float, float]:
    """Return how long a run's engine worked, and from its first frame to its last, seconds."""
    made = [line.provenance or {} for line in StoreReader(store).lines("restored")]
    batches = {each["taken_ns"]: each["engine_ns"] for each in made}
    ended_ns = max(each["published_ns"] for each in made)
    return sum(batches.values()) / 1e9, (ended_ns - min(batches)) / 1e9


def _added(
    what: str,
    folder: Path,
    setting: Setting,
    repeats: int,
    bars_ms: tuple[float | None, float | None],
) -> list[Figure]:
    calm: Calm[dict[str, Any]] = calmly(lambda: report_of(folder, setting), repeats)
    stages = [report["stages_ms"] for report in calm.taken]
    figures = []
    for percentile, bar_ms in zip(("p50", "p99"), bars_ms, strict=True):
        pairs = [(stage["added"][percentile], stage["engine"][percentile]) for stage in stages]
        bar = None if bar_ms is None else Bar("measured", "<=", bar_ms)
        name = f"{what} at {setting.rate_hz:.0f} Hz, added {percentile}"
        figures.append(Figure(name, "ms", f"engine {percentile}", pairs, bar, calm.note))
    return figures
