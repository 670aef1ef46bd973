"""What a noisy frame is compared with: nothing, another frame, the mean of some, a clean one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from livecare.frame import Pixels
from livecare.references.shifting import shifted
from livecare.training.pairs.brightness import Match
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import Recording

ENOUGH_FOR_MEAN: Final = 8
"""Other frames from which their mean is the better target; the mean of fewer is still too noisy
for the transform of a mean to be the mean of the transform."""
REACH_FRAMES: Final = 8
"""Frames before and after that are averaged: a sixteenth of the noise, and little motion."""

Place = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Target:
    """A patch to compare with, camera counts of the noisy one.

    Attributes
    ----------
    counts : ndarray, shape (y, x)
        As recorded where it is noisy.
    clean : bool
        Whether its noise is negligible.
    """

    counts: Pixels
    clean: bool


class Partner(Protocol):
    """Gives the target of a frame's patch."""

    def target(
        self, frame: int, frames: Sequence[int], place: Place, rng: np.random.Generator
    ) -> Target | None:
        """Return the target of a patch.

        Parameters
        ----------
        frame : int
            The noisy frame.
        frames : sequence of int
            Frames that may be used: those of the training or of the validation part.
        place : pair of slice
            Rows and columns of the patch.
        rng : numpy.random.Generator
            Chooses among frames.
        """


@dataclass(frozen=True, slots=True)
class Alone:
    """No target: the method learns from the noisy frame itself."""

    def target(
        self, frame: int, frames: Sequence[int], place: Place, rng: np.random.Generator
    ) -> Target | None:
        """Return None."""
        del frame, frames, place, rng
        return None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The frame before or after."""

    recording: Recording
    reader: FrameReader

    def target(
        self, frame: int, frames: Sequence[int], place: Place, rng: np.random.Generator
    ) -> Target | None:
        """Return a patch of one of the two."""
        near = [
            other
            for other in (frame - 1, frame + 1)
            if other in frames and self.recording.place(other)[1] == self.recording.place(frame)[1]
        ]
        chosen = near[int(rng.integers(len(near)))]
        return Target(self.reader.read(self.recording, chosen)[place], clean=False)


@dataclass(frozen=True, slots=True)
class Repeats:
    """The other frames of a scene that does not move: their mean, or any of a few."""

    recording: Recording
    reader: FrameReader

    def target(
        self, frame: int, frames: Sequence[int], place: Place, rng: np.random.Generator
    ) -> Target | None:
        """Return the patch of the mean of other frames near this one, or of one of a few."""
        near = self._near(frame, frames)
        if len(near) < ENOUGH_FOR_MEAN:
            other = near[int(rng.integers(len(near)))]
            return Target(self.reader.read(self.recording, other)[place], clean=False)
        total = np.zeros([part.stop - part.start for part in place], np.float32)
        for other in near:
            total += self.reader.read(self.recording, other)[place]
        return Target(total / np.float32(len(near)), clean=True)

    def _near(self, frame: int, frames: Sequence[int]) -> list[int]:
        """Return the other frames within reach, or as many on one side at the ends."""
        same = frames
        if self.recording.size_z > 1:
            plane = self.recording.place(frame)[1]
            same = [each for each in frames if self.recording.place(each)[1] == plane]
        at = same.index(frame)
        first = max(0, min(at - REACH_FRAMES, len(same) - 1 - 2 * REACH_FRAMES))
        return [each for each in same[first : first + 2 * REACH_FRAMES + 1] if each != frame]


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a frame's partner becomes its equal.

    Attributes
    ----------
    whole_yx : tuple of int
        Whole pixels that the partner lies below and right; undone by cropping.
    rest_yx : tuple of float
        The rest, within half a pixel.
    match : Match or None
        The partner's brightness; None leaves it as recorded.
    """

    whole_yx: tuple[int, int] = (0, 0)
    rest_yx: tuple[float, float] = (0.0, 0.0)
    match: Match | None = None

    def moved(self, place: Place) -> Place:
        """Return where the partner shows what lies at this place."""
        rows, columns = (
            slice(part.start - whole, part.stop - whole)
            for part, whole in zip(place, self.whole_yx, strict=True)
        )
        return rows, columns


@dataclass(frozen=True, slots=True)
class Registered:
    """The same frame of another recording, or its only frame.

    Attributes
    ----------
    recording : Recording
        The other one.
    reader : FrameReader
        Reads it.
    alignments : sequence of Alignment
        One for each noisy frame.
    clean : bool
        Whether it is so much less noisy that it may be shifted by fractions of a pixel.
    """

    recording: Recording
    reader: FrameReader
    alignments: Sequence[Alignment]
    clean: bool

    def target(
        self, frame: int, frames: Sequence[int], place: Place, rng: np.random.Generator
    ) -> Target | None:
        """Return the patch of the other recording."""
        del frames, rng
        alignment = self.alignments[frame]
        patch = self._picture(frame, alignment)[alignment.moved(place)]
        if alignment.match is None:
            return Target(patch, self.clean)
        return Target(alignment.match.apply(np.asarray(patch, np.float32)), self.clean)

    def _picture(self, frame: int, alignment: Alignment) -> Pixels:
        same = frame if self.recording.frames > 1 else 0
        if not self.clean or alignment.rest_yx == (0.0, 0.0):
            return self.reader.read(self.recording, same)
        key = ("shifted", self.recording.path, self.recording.position, frame)
        return self.reader.keep(
            key,
            lambda: shifted(
                np.asarray(self.reader.read(self.recording, same), np.float32), *alignment.rest_yx
            ),
        )
