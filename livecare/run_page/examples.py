"""Knows which frames a page shows, at which contrast, and how they become pictures."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import StoreDamagedError
from livecare.models.png import grey_base64
from livecare.run_page.story import Story
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.layout import LANES, LaneName
from livecare.sinks.reader import StoreReader

WHOLE_PX: Final = 384
"""Frames up to this side are shown whole; of larger ones a part, at their own resolution, since
noise is what one wants to compare."""
PART_PX: Final = 256
"""Side of that part, pixels."""
SHOWN_PERCENTILES: Final = (0.5, 99.8)
"""Percentiles of the restored examples that become black and white."""
MOST_CHANNELS: Final = 4
"""Channels that are shown: a page of more would take long to load."""
WORST: Final = "worst alarm"
"""Name of the example at which a guard's alarm was worst."""

Image = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A frame, raw and restored.

    Attributes
    ----------
    name : str
        "first", "middle", "last" or `WORST`.
    line : FrameLine
        Which frame.
    pictures : mapping of LaneName to str
        PNG files, base64; a lane without the frame has none.
    """

    name: str
    line: FrameLine
    pictures: Mapping[LaneName, str]


@dataclass(frozen=True, slots=True)
class ChannelExamples:
    """The examples of one channel.

    Attributes
    ----------
    channel : int
        Which.
    black, white : float
        Counts that are black and white in all of them.
    row, column, rows, columns : int
        The part that is shown, pixels.
    parts : tuple of Example
        That part, at full resolution.
    whole : Example or None
        One frame as a whole, made smaller; None where the part is the whole.
    reduction : int
        How many pixels of it, along a side, are one.
    """

    channel: int
    black: float
    white: float
    row: int
    column: int
    rows: int
    columns: int
    parts: tuple[Example, ...]
    whole: Example | None
    reduction: int


def make_examples(story: Story) -> tuple[list[ChannelExamples], list[str]]:
    """Choose and draw the examples; also return what could not be read.

    Raises
    ------
    StoreError
        The disk failed.
    """
    reader = StoreReader(story.path)
    damage: list[str] = []
    samples = story.restored.samples or story.raw.samples
    drawn = []
    for channel in sorted(samples)[:MOST_CHANNELS]:
        picks = samples[channel].picks()
        worst = story.restored.guards.worst_alarm
        if worst is not None and worst.c == channel:
            picks[WORST] = worst
        frames = {name: (line, _read(reader, line, damage)) for name, line in picks.items()}
        drawn.append(_draw(channel, frames))
    return [each for each in drawn if each is not None], damage


def _read(reader: StoreReader, line: FrameLine, damage: list[str]) -> dict[LaneName, Image]:
    found: dict[LaneName, Image] = {}
    for lane in LANES:
        try:
            pixels = reader.read(lane, line.position)
        except StoreDamagedError as error:
            damage.append(f"{lane} frame {line.sequence}: {error}")
            continue
        if pixels is not None:
            found[lane] = np.nan_to_num(pixels.astype(np.float32))
    return found


def _draw(
    channel: int, frames: Mapping[str, tuple[FrameLine, dict[LaneName, Image]]]
) -> ChannelExamples | None:
    usual = [found for name, (_, found) in frames.items() if name != WORST and found]
    reference = usual or [found for _, found in frames.values() if found]
    if not reference:
        return None
    clean = [found.get("restored", next(iter(found.values()))) for found in reference]
    black, white = _levels(clean)
    row, column, rows, columns = _part(clean[0])
    cut = np.s_[row : row + rows, column : column + columns]
    parts = tuple(
        Example(
            name, line, {lane: grey_base64(each[cut], black, white) for lane, each in found.items()}
        )
        for name, (line, found) in frames.items()
    )
    reduction = -(-max(clean[0].shape) // WHOLE_PX)
    whole = None
    if reduction > 1:
        name, (line, found) = next(each for each in frames.items() if each[1][1])
        smaller = {lane: _reduce(each, reduction) for lane, each in found.items()}
        pictures = {lane: grey_base64(each, black, white) for lane, each in smaller.items()}
        whole = Example(name, line, pictures)
    return ChannelExamples(
        channel, black, white, row, column, rows, columns, parts, whole, reduction
    )


def _levels(images: Iterable[Image]) -> tuple[float, float]:
    """Return which counts are black and white."""
    every = np.concatenate([each.ravel()[:: max(1, each.size // 200_000)] for each in images])
    black, white = (float(each) for each in np.percentile(every, SHOWN_PERCENTILES))
    return black, max(white, black + 1e-6)


def _part(image: Image) -> tuple[int, int, int, int]:
    """Return the liveliest part of a frame: first row and column, rows and columns."""
    if max(image.shape) <= WHOLE_PX:
        return 0, 0, *image.shape
    rows, columns = (min(PART_PX, length) for length in image.shape)
    places = [
        (row, column)
        for row in _starts(image.shape[0], rows)
        for column in _starts(image.shape[1], columns)
    ]
    row, column = max(
        places, key=lambda at: float(image[at[0] : at[0] + rows, at[1] : at[1] + columns].std())
    )
    return row, column, rows, columns


def _starts(length: int, window: int) -> list[int]:
    return sorted({*range(0, length - window + 1, window // 2), length - window})


def _reduce(image: Image, factor: int) -> Image:
    """Return means of blocks; rows and columns beyond whole blocks are left out."""
    rows, columns = (length // factor for length in image.shape)
    if not rows or not columns:  # a frame of a few lines
        return image[: max(1, rows * factor), ::factor]
    whole = image[: rows * factor, : columns * factor]
    means: Image = whole.reshape(rows, factor, columns, factor).mean(axis=(1, 3))
    return means
