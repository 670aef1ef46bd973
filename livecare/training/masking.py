"""Blind spots: pixels that are hidden from the network, which then has to guess them.

Noise2Void (Krull et al. 2019, doi:10.1109/CVPR.2019.00223) gives a few pixels the value of a random
neighbour and asks the network for what they were: it can only answer with what the surroundings
tell, and noise is what they do not tell. N2V2 (arXiv:2211.08512) gives them the median of the
surroundings. structN2V (Broaddus et al. 2020, doi:10.1109/ISBI45749.2020.9098336) also hides the
neighbours whose noise is the same, along a row or a column.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError

Values = NDArray[np.float32]
Fill = Literal["neighbour", "median"]
Direction = Literal["none", "rows", "columns"]

PUBLISHED_SHARE: Final = 0.00198
"""Part of the pixels that the published Noise2Void hides: one in a box of 22 × 22."""
RADIUS_PX: Final = 5
"""How far the surroundings of a hidden pixel go, as published."""
STRUCTURE_REACH_PX: Final = 4
"""How far structN2V hides neighbours on either side: nine in a row with the pixel itself."""


@dataclass(frozen=True, slots=True)
class BlindSpots:
    """How pixels are hidden.

    Attributes
    ----------
    fill : {"neighbour", "median"}
        What a hidden pixel gets: a random value of its surroundings (its own among them), or the
        median of its surroundings without itself.
    share : float
        Part of the pixels that are hidden, above 0 and at most 1/9.
    radius_px : int
        How far the surroundings go, at least 1.
    direction : {"none", "rows", "columns"}
        Along what the noise is correlated: neighbours along it are hidden as well.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    fill: Fill = "neighbour"
    share: float = PUBLISHED_SHARE
    radius_px: int = RADIUS_PX
    direction: Direction = "none"

    def __post_init__(self) -> None:
        if not 0 < self.share <= 1 / 9:
            raise ConfigError(
                f"blind spots: {100 * self.share:g} % of the pixels would be hidden; "
                "give more than 0 and at most 11 %"
            )
        if self.radius_px < 1:
            raise ConfigError(f"blind spots: the radius is {self.radius_px}; give 1 pixel or more")

    @property
    def box_px(self) -> int:
        """Side of the boxes that the frame is divided into; one pixel of each is hidden."""
        return max(3, round(1 / math.sqrt(self.share)))


@dataclass(frozen=True, slots=True)
class Hidden:
    """Patches with hidden pixels.

    Attributes
    ----------
    patches : array, shape (n, 1, y, x), float32
        What the network sees.
    places : tuple of four arrays of int, each of shape (k,)
        Which pixels were hidden and count in the loss: an index into `patches`.
    """

    patches: Values
    places: tuple[NDArray[np.intp], ...]


def hide(patches: Values, spots: BlindSpots, rng: np.random.Generator) -> Hidden:
    """Hide one random pixel of each box; boxes are smaller where patches are small.

    Parameters
    ----------
    patches : array, shape (n, 1, y, x), float32
        Noisy patches; not changed.
    spots : BlindSpots
        How.
    rng : numpy.random.Generator
        Chooses the pixels and their values.
    """
    # wherever the grid lies, a box is whole then: without a hidden pixel a patch has no loss
    box_px = min(spots.box_px, (min(patches.shape[-2:]) + 1) // 2)
    index, rows, columns = _draw_places(patches.shape, box_px, rng)
    places = (index, np.zeros_like(index), rows, columns)
    hidden = patches.copy()
    if spots.direction != "none":
        _hide_line(hidden, patches, places, spots, rng)
    elif spots.fill == "median":
        hidden[places] = _medians(patches, places, spots.radius_px)
    else:
        hidden[places] = _neighbours(patches, places, spots.radius_px, rng)
    return Hidden(hidden, places)


def _draw_places(
    shape: tuple[int, ...], box_px: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Draw one pixel of each box; the grid of boxes lies elsewhere each time."""
    count, _, height, width = shape
    tops = np.arange(-int(rng.integers(box_px)), height, box_px)
    lefts = np.arange(-int(rng.integers(box_px)), width, box_px)
    index, top, left = (
        each.ravel() for each in np.meshgrid(np.arange(count), tops, lefts, indexing="ij")
    )
    rows = top + rng.integers(box_px, size=top.size)
    columns = left + rng.integers(box_px, size=left.size)
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    return index[inside], rows[inside], columns[inside]


def _neighbours(
    patches: Values,
    places: tuple[NDArray[np.intp], ...],
    radius: int,
    rng: np.random.Generator,
) -> Values:
    """Return a random value of each place's surroundings, cut off at the edge."""
    index, channel, rows, columns = places
    height, width = patches.shape[-2:]
    chosen = []
    for middle, length in ((rows, height), (columns, width)):
        low = np.maximum(middle - radius, 0)
        high = np.minimum(middle + radius + 1, length)
        chosen.append(rng.integers(low, high))
    return patches[index, channel, chosen[0], chosen[1]]


def _medians(patches: Values, places: tuple[NDArray[np.intp], ...], radius: int) -> Values:
    """Return the median of each place's surroundings without itself, mirrored at the edge."""
    index, _, rows, columns = places
    padding = ((0, 0), (0, 0), (radius, radius), (radius, radius))
    padded = np.pad(patches, padding, mode="reflect")
    side = 2 * radius + 1
    windows = np.lib.stride_tricks.sliding_window_view(padded[:, 0], (side, side), axis=(1, 2))
    around = windows[index, rows, columns].reshape(len(index), side * side)
    around = np.delete(around, side * side // 2, axis=1)
    return np.asarray(np.median(around, axis=1), np.float32)


def _hide_line(
    hidden: Values,
    patches: Values,
    places: tuple[NDArray[np.intp], ...],
    spots: BlindSpots,
    rng: np.random.Generator,
) -> None:
    """Give each place and its neighbours along the line values from beside the line."""
    index, channel, rows, columns = places
    height, width = patches.shape[-2:]
    reach, radius = STRUCTURE_REACH_PX, spots.radius_px
    for offset in range(-reach, reach + 1):
        aside = rng.integers(1, radius + 1, size=index.size) * rng.choice((-1, 1), index.size)
        along = rng.integers(-reach, reach + 1, size=index.size)
        if spots.direction == "rows":
            place = (index, channel, rows, _mirrored(columns + offset, width))
            other = (_beside(rows, aside, height), _mirrored(columns + along, width))
        else:
            place = (index, channel, _mirrored(rows + offset, height), columns)
            other = (_mirrored(rows + along, height), _beside(columns, aside, width))
        hidden[place] = patches[index, channel, other[0], other[1]]


def _beside(lines: NDArray[np.intp], aside: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Step aside from each line, to its other side where the frame ends.

    What is mirrored at the edge could be the line itself.
    """
    stepped = lines + aside
    inside = (stepped >= 0) & (stepped < length)
    return _mirrored(np.where(inside, stepped, lines - aside), length)


def _mirrored(places: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """Mirror places beyond the edges back into the frame; the edge is not repeated."""
    folded = np.abs(places)
    return np.where(folded >= length, 2 * (length - 1) - folded, folded)
