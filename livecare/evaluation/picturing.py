"""Pictures of results: which part of a frame is shown, how bright, and errors in colour."""

import base64
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.models.png import encode_png, grey_base64

SIDE_PX: Final = 192
"""Side of the part that is shown, pixels: single pixels can still be seen."""
SHOWN_PERCENTILES: Final = (0.5, 99.8)
"""Percentiles of the truth (or a smoothed raw frame) that become black and white."""
SHADES: Final = 63
"""Colours of an error map: an odd number, so that 0 has its own."""
NEGATIVE: Final = (33, 102, 172)
NEUTRAL: Final = (247, 247, 247)
POSITIVE: Final = (178, 24, 43)
"""Blue for too dark, red for too bright; both can be told apart by all readers."""

Image = NDArray[Any]


@dataclass(frozen=True, slots=True)
class View:
    """How a set's example is shown: the same for every contestant.

    Attributes
    ----------
    row, column : int
        First pixel of the part that is shown.
    rows, columns : int
        Its size.
    black, white : float
        Camera counts.
    error_limit : float
        Camera counts that are shown in the strongest red and blue.
    line : int
        Row of the frame whose profile is drawn.
    """

    row: int
    column: int
    rows: int
    columns: int
    black: float
    white: float
    error_limit: float
    line: int

    @classmethod
    def of(cls, reference: Image, error_limit: float) -> "View":
        """Choose the liveliest part of a clean picture of the frame."""
        rows, columns = (min(SIDE_PX, length) for length in reference.shape)
        places = [
            (row, column)
            for row in _starts(reference.shape[0], rows)
            for column in _starts(reference.shape[1], columns)
        ]
        row, column = max(
            places,
            key=lambda at: float(reference[at[0] : at[0] + rows, at[1] : at[1] + columns].std()),
        )
        part = reference[row : row + rows, column : column + columns]
        black, white = (float(each) for each in np.percentile(part, SHOWN_PERCENTILES))
        line = row + int(part.std(axis=1).argmax())
        return cls(row, column, rows, columns, black, max(white, black + 1e-6), error_limit, line)

    def cut(self, image: Image) -> Image:
        """Return the part of a frame that is shown."""
        return image[self.row : self.row + self.rows, self.column : self.column + self.columns]

    def profile(self, image: Image) -> tuple[float, ...]:
        """Return the values along the line."""
        return tuple(
            round(float(value), 3)
            for value in image[self.line, self.column : self.column + self.columns]
        )

    def picture(self, image: Image) -> str:
        """Return the part as a grey PNG, base64."""
        return grey_base64(self.cut(image), self.black, self.white)

    def error_map(self, image: Image, truth: Image) -> str:
        """Return image − truth as a coloured PNG, base64."""
        error = self.cut(image).astype(np.float64) - self.cut(truth)
        scaled = np.clip(error / self.error_limit, -1, 1)
        shade = np.rint((scaled + 1) / 2 * (SHADES - 1)).astype(np.uint8)
        return base64.b64encode(encode_png(shade, diverging_palette())).decode("ascii")


def diverging_palette() -> NDArray[np.uint8]:
    """Return the colours of an error map, from too dark to too bright, shape (63, 3)."""
    position = np.linspace(-1, 1, SHADES)[:, None]
    end = np.where(position < 0, np.array(NEGATIVE), np.array(POSITIVE))
    strength = np.abs(position) ** 0.8
    return np.rint(np.array(NEUTRAL) * (1 - strength) + end * strength).astype(np.uint8)


def _starts(length: int, window: int) -> list[int]:
    step = max(1, window // 3)
    return sorted({*range(0, length - window + 1, step), length - window})
