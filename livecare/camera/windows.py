"""Knows what each pixel does within a short window of time: mean, variance, third cumulant."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError
from livecare.frame import Pixels

STILL_WINDOW: Final = 10
"""Frames of a window where nothing moves: of 10, the third cumulant is had almost as surely as of
all, and what light drifts meanwhile is a straight line."""
MOVING_WINDOW: Final = 3
"""Frames of a window where things move: the fewer, the less they move meanwhile."""
LEAST_WINDOW: Final = 3
"""Frames that a variance beside a trend needs, and a third cumulant."""
LEAST_FRAMES: Final = 4 * LEAST_WINDOW
"""Frames of a recording: two windows to choose by, and two to measure in."""
MOST_FRAMES: Final = 1000
"""Frames of a run whose blocks are kept: of 2048 × 2048 pixels they take some GB, and tell the
noise of every brightness far better than any camera keeps to it."""

Values = NDArray[np.float32]


class FrameRun(Protocol):
    """Successive frames of one field; may be gone through more than once, one frame at a time."""

    def __len__(self) -> int:
        """Return how many frames there are."""
        ...

    def __iter__(self) -> Iterator[Pixels]:
        """Yield the frames, each of shape (y, x), camera counts."""
        ...


def window_length(frames: int, *, moving: bool) -> int:
    """Return how many frames a window of such a recording has.

    Raises
    ------
    ConfigError
        If there are too few frames.
    """
    if frames < LEAST_FRAMES:
        raise ConfigError(
            f"camera: {frames} frames are too few to tell noise from structure; give at least "
            f"{LEAST_FRAMES}, better 100"
        )
    return max(LEAST_WINDOW, min(MOVING_WINDOW if moving else STILL_WINDOW, frames // 4))


def evenly(frames: FrameRun, length: int) -> Iterator[Pixels]:
    """Return all frames, or pairs of windows evenly over a run longer than `MOST_FRAMES`."""
    pair = 2 * length
    pairs, most = len(frames) // pair, MOST_FRAMES // pair
    if pairs <= most:
        return iter(frames)
    chosen = {place * pairs // most for place in range(most)}
    return (frame for index, frame in enumerate(frames) if index // pair in chosen)


def windows(frames: Iterable[Pixels], length: int) -> Iterator[Values]:
    """Yield the frames in windows, shape (length, y, x); what is left at the end is left out."""
    each = iter(frames)
    while len(window := list(islice(each, length))) == length:
        yield np.stack(window).astype(np.float32)


def mean_and_variance(window: Values) -> tuple[Values, Values]:
    """Return each pixel's mean and its variance around a straight line in time.

    Parameters
    ----------
    window : array, shape (t, y, x)
        At least `LEAST_WINDOW` frames.

    Returns
    -------
    tuple of array, each of shape (y, x)
        Mean, counts; variance, counts². Light that drifts does not count as noise.
    """
    mean = window.mean(axis=0)
    time = np.arange(len(window), dtype=np.float32) - np.float32((len(window) - 1) / 2)
    spread = np.zeros_like(mean)
    trend = np.zeros_like(mean)
    for at, frame in zip(time, window, strict=True):
        away = frame - mean
        spread += np.square(away)
        trend += at * away
    spread -= np.square(trend) / np.float32(np.square(time).sum())
    return mean, np.maximum(spread, 0) / np.float32(len(window) - 2)


def third_cumulant(window: Values, mean: Values) -> Values:
    """Return each pixel's third k-statistic, counts³, shape (y, x); a trend adds none.

    Unbiased; Fisher (1930), doi:10.1112/plms/s2-30.1.199.
    """
    frames = len(window)
    cubes = np.zeros_like(mean)
    for frame in window:
        away = frame - mean
        cubes += away * np.square(away)
    return np.asarray(cubes * np.float32(frames / ((frames - 1) * (frames - 2))))
