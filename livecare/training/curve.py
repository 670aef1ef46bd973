"""The loss curve of a training, as a file that people and reports read."""

import contextlib
import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Final, Self

from livecare.disk import replace_file

FILE_NAME: Final = "loss.csv"


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A training at one of its validations.

    Attributes
    ----------
    step : int
        Steps done.
    seconds : float
        Time spent, by the clock of the budget.
    learning_rate : float
        Of the last step.
    loss : float
        Mean of the steps since the validation before.
    validation : float
        Loss on what training does not see.
    """

    step: int
    seconds: float
    learning_rate: float
    loss: float
    validation: float

    def as_row(self) -> list[float]:
        """Return the values in the order of the attributes."""
        return list(astuple(self))

    @classmethod
    def from_row(cls, row: Sequence[float]) -> Self:
        """Make a point of the values that `as_row` returned."""
        step, *others = row
        return cls(int(step), *others)


def write_curve(folder: Path, curve: Sequence[CurvePoint]) -> Path:
    """Write a curve with a line of names first; a reader never sees half of it.

    Training goes on without it: where it cannot be written, as beneath a program that holds it
    open, the next one takes its place.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(each.name for each in fields(CurvePoint))
    writer.writerows(point.as_row() for point in curve)
    file = folder / FILE_NAME
    with contextlib.suppress(OSError):
        replace_file(file, text.getvalue().encode(), durable=False)
    return file
