"""Knows the long-exposure reference: the specimen as known, and parts of it to compare with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.advisor.restoring import FrameRestorer
from livecare.advisor.series import Series
from livecare.advisor.thinning import Electrons, Thinned, thin, to_counts, to_electrons
from livecare.evaluation.metrics import range_of
from livecare.models.anscombe import CameraNoise

LEAST_PIECES: Final = 2
"""Independent pieces that an error without the reference's noise is found from."""
HALF: Final = 0.5
UNSTEADY: Final = 1.25
"""Variance between frames over the camera's from which something else than noise changes them:
movement of a cell adds so much to five times the light of its single frames."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Independent noisy pictures of the specimen, each as bright as one long exposure.

    Attributes
    ----------
    pictures : tuple of array, each of shape (y, x), electrons
        At least two, of equal noise.
    weight : float
        Long exposures that all of them hold together.
    """

    pictures: tuple[Electrons, ...]
    weight: float

    @property
    def mean(self) -> Electrons:
        """Their mean."""
        return np.asarray(np.mean(self.pictures, axis=0), np.float32)


@dataclass(frozen=True)
class Reference:
    """What the longest exposure tells of the specimen.

    Attributes
    ----------
    exposure_ms : float
        The longest exposure.
    camera : CameraNoise
        Its camera.
    frames : tuple of array, each of shape (y, x)
        Its frames, electrons.
    dtype : numpy.dtype
        Pixel type of the camera.
    picture : array, shape (y, x), float32
        All frames added up and restored, over their number: electrons of one long exposure.
    data_range : float
        Of `picture`, electrons.
    unsteadiness : float
        Variance between the recorded frames over that of the camera's noise; 1 for one frame.
    """

    exposure_ms: float
    camera: CameraNoise
    frames: tuple[Electrons, ...]
    dtype: np.dtype[np.generic]
    picture: Electrons
    data_range: float
    unsteadiness: float = 1.0

    @property
    def noise_variance(self) -> NDArray[np.float32]:
        """Of one long exposure, electrons², shape (y, x)."""
        read_noise = np.float32(self.camera.read_noise_e**2)
        return np.asarray(np.maximum(self.picture, 0) + read_noise, np.float32)

    @property
    def steady(self) -> bool:
        """Whether the recorded frames show the same; if not, only the middle one is used."""
        return self.unsteadiness < UNSTEADY

    def pieces_without(
        self, index: int, thinned: Thinned | None, rng: np.random.Generator
    ) -> Pieces | None:
        """Return what is independent of a frame, or of a part of it; None if that is nothing.

        Parameters
        ----------
        index : int
            The frame; -1 for one of another exposure, of which all are independent.
        thinned : Thinned or None
            The part; where other frames are few, the rest of this one is compared with, too.
        rng : numpy.random.Generator
            Source of chance.
        """
        others = [each for place, each in enumerate(self.frames) if place != index]
        if len(others) >= LEAST_PIECES:
            return Pieces(tuple(others), float(len(others)))
        total, weight = sum(others, np.zeros_like(self.picture)), float(len(others))
        if thinned is not None:
            total, weight = total + thinned.rest, weight + 1 - thinned.part
        if weight == 0:
            return None
        halves = thin(total, HALF, weight**0.5 * self.camera.read_noise_e, rng)
        scale = np.float32(1 / (HALF * weight))
        return Pieces((halves.kept * scale, halves.rest * scale), weight)


def make_reference(longest: Series, camera: CameraNoise, restorer: FrameRestorer) -> Reference:
    """Add up and restore the frames of the longest exposure; the middle one, if they differ."""
    frames = tuple(to_electrons(frame, camera) for frame in longest.frames)
    made = _reference(longest, camera, frames, restorer)
    if len(frames) == 1:
        return made
    between = float(np.stack(frames).var(axis=0, ddof=1).mean())
    unsteadiness = between / float(made.noise_variance.mean())
    if unsteadiness >= UNSTEADY:
        made = _reference(longest, camera, (frames[len(frames) // 2],), restorer)
    return replace(made, unsteadiness=unsteadiness)


def _reference(
    longest: Series,
    camera: CameraNoise,
    frames: tuple[Electrons, ...],
    restorer: FrameRestorer,
) -> Reference:
    picture = restore_sum(frames, camera, restorer)
    return Reference(
        longest.exposure_ms, camera, frames, longest.frames.dtype, picture, range_of(picture)
    )


def restore_sum(
    frames: Sequence[Electrons], camera: CameraNoise, restorer: FrameRestorer
) -> Electrons:
    """Return the restored sum of some frames over their number, electrons."""
    count = len(frames)
    read_noise_e = camera.read_noise_e * count**0.5
    added = CameraNoise(camera.gain_adu_per_e, camera.offset_adu, read_noise_e)
    counts = to_counts(np.sum(frames, axis=0), camera, np.dtype(np.float32))
    restored = restorer.restore([counts], added)[0]
    return np.asarray(to_electrons(restored, camera) / np.float32(count), np.float32)
