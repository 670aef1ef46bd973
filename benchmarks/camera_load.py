"""How long a restored frame takes from the camera, as the camera comes nearer to the engine's rate.

Up to the engine's own rate nothing is skipped; above it the newest frame counts, and the others
wait for the end of the acquisition.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bare_engine import bare_rate_hz
from calm import calmly
from runs import Setting, report_of
from table import Figure

REAL: Final = "onnxruntime"
"""The engine: that of the bare loop, on any machine."""
PERCENTILES: Final = ("p50", "p99")
"""Of the times; the longest is an accident of the machine."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    side : int
        Rows and columns of the frames, pixels.
    shares : tuple of float
        Camera rates, as shares of what the bare engine restores.
    seconds : float
        Of each run's acquisition.
    repeats : int
        Runs at each rate.
    """

    side: int
    shares: tuple[float, ...]
    seconds: float
    repeats: int


def measure(folder: Path, effort: Effort) -> list[Figure]:
    """Run at each rate; the bare engine is timed before each run, as the machine changes."""
    return [figure for share in effort.shares for figure in _at(share, folder, effort)]


def _at(share: float, folder: Path, effort: Effort) -> list[Figure]:
    calm = calmly(lambda: _run(share, folder, effort), effort.repeats)
    name = f"{effort.side}², camera at {share:g} of the engine's rate"
    figures = [
        Figure(
            f"{name}, camera to restored {percentile}",
            "ms",
            f"engine {percentile}",
            [
                (report["latency_ms"][percentile], report["stages_ms"]["engine"][percentile])
                for report in calm.taken
            ],
            note=calm.note,
        )
        for percentile in PERCENTILES
    ]
    rates = [
        (report["rates_hz"]["restored_live"], report["rates_hz"]["acquired"])
        for report in calm.taken
    ]
    return [*figures, Figure(f"{name}, restored live", "fps", "camera", rates, note=calm.note)]


def _run(share: float, folder: Path, effort: Effort) -> dict[str, Any]:
    rate_hz = share * bare_rate_hz(effort.side, effort.seconds / 4)
    frames = max(20, round(rate_hz * effort.seconds))
    return report_of(folder, Setting(effort.side, rate_hz, frames, REAL))
