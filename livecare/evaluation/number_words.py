"""Numbers as the table and the report write them: the same everywhere."""

import math
from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class Column:
    """A score in a table.

    Attributes
    ----------
    score : str
        Name in `livecare.evaluation.results.Scores`.
    head : str
        Words above it.
    digits : int
        After the point.
    best : {"high", "low", ""}
        What is marked as best; "" for nothing.
    """

    score: str
    head: str
    digits: int
    best: Literal["high", "low", ""] = ""


COLUMNS: Final = (
    Column("psnr_db", "PSNR, dB", 2, "high"),
    Column("ssim", "SSIM", 3, "high"),
    Column("nrmse", "NRMSE", 3, "low"),
    Column("photon_factor", "photon factor", 2, "high"),
    Column("intensity_ratio", "intensity", 3),
    Column("residual_variance", "residual variance", 2),
    Column("residual_correlation", "residual correlation", 3),
    Column("coverage_90", "90 % interval holds", 3),
    Column("flicker_ratio", "flicker", 2),
    Column("trace_correlation", "time courses", 3),
    Column("seconds_per_frame", "s per frame", 3),
)
"""Columns of a set's table; those that no contestant has are left out."""


def number(value: float | None, digits: int) -> str:
    """Return a number with so many digits after the point; "–" for none."""
    if value is None or math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    return f"{value:.{digits}f}".replace("-", "−")


def difference(value: float | None, other: float | None, digits: int) -> str:
    """Return a difference with its sign; "" where there is none."""
    if value is None or other is None or not math.isfinite(value - other):
        return ""
    return f"{value - other:+.{digits}f}".replace("-", "−")
