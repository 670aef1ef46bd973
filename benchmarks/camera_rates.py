"""The fastest camera that loses nothing, beside what memory and disk allow."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from limits import camera_frames, memory_copies_hz, settle, write_plainly
from runs import Setting, report_of
from table import Figure

WRITTEN_BYTES: Final = 256 << 20
"""Bytes that the disk's limit is measured with."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    sides : tuple of int
        Rows and columns of the frames, pixels.
    seconds : float
        Of each run's acquisition.
    engines : tuple of str
        Recorded only ("") and restored with what engine.
    shares : tuple of float
        Shares of the rate at which a camera that waits is read; they are tried in turn.
    """

    sides: tuple[int, ...]
    seconds: float
    engines: tuple[str, ...] = ("", "identity")
    shares: tuple[float, ...] = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2)


def measure(folder: Path, effort: Effort) -> list[Figure]:
    """Find each size's rate, recording only and with an engine that changes nothing."""
    figures: list[Figure] = []
    for side in effort.sides:
        frames = camera_frames(side)
        count = max(20, WRITTEN_BYTES // frames[0].nbytes)
        for engine in effort.engines:
            copies_hz = memory_copies_hz(frames, min(1.0, effort.seconds))
            settle()
            written_hz = count / write_plainly(folder, frames, count)
            rate_hz, report = _sustained(folder, side, engine, effort)
            what = f"{side}², {'restored by identity' if engine else 'recorded only'}, no loss"
            share = report["rates_hz"]["restored_live"] / report["rates_hz"]["acquired"]
            disk_hz = written_hz / (1 + share)
            figures += [
                Figure(what, "fps", "memcpy", [(rate_hz, copies_hz)]),
                Figure(what, "fps", "write() + fsync of the same", [(rate_hz, disk_hz)]),
            ]
            if engine:
                live_hz = report["rates_hz"]["restored_live"]
                live = f"{side}², restored live meanwhile"
                figures.append(Figure(live, "fps", "camera", [(live_hz, rate_hz)]))
    return figures


def _sustained(
    folder: Path, side: int, engine: str, effort: Effort
) -> tuple[float, dict[str, Any]]:
    """Return the highest rate tried that lost nothing, and its report."""
    waiting = report_of(folder, Setting(side, 0.0, _frames(side, 200.0, effort.seconds), engine))
    fastest_hz = waiting["rates_hz"]["acquired"]
    for share in effort.shares:
        rate_hz = share * fastest_hz
        settle()
        report = report_of(folder, Setting(side, rate_hz, round(rate_hz * effort.seconds), engine))
        if _nothing_lost(report):
            return report["rates_hz"]["acquired"], report
    raise RuntimeError(f"{side}²: frames are lost at every rate tried")


def _frames(side: int, rate_hz_at_1024: float, seconds: float) -> int:
    return max(20, round(rate_hz_at_1024 * (1024 / side) ** 2 * seconds))


def _nothing_lost(report: dict[str, Any]) -> bool:
    return bool(report["complete"]) and report["ledger"]["lost"] == 0
