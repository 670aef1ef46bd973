"""What is evaluated: recordings of one kind, each with what is known of its truth and camera."""

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.evaluation.metrics import fit_affine, leave_one_out
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise

BATCH_AXES: Final = 3
"""Frames have the axes (n, y, x)."""


@dataclass(frozen=True)
class Recording:
    """Frames of one field.

    Attributes
    ----------
    name : str
        For people: the file's name.
    frames : array, shape (n, y, x)
        Raw frames, camera counts.
    truth : array, shape (y, x) or (n, y, x), or None
        The field without noise, one for all frames or one for each; None where it is not known
        or comes from the other frames.
    repeats : bool
        Whether the frames repeat a field that stands still, so that the mean of the others is the
        truth of each.
    camera : CameraNoise or None
        What is known of the camera; None to estimate it from the frames.
    truth_frames : int
        So many frames were averaged to the truth; 0 if it has no noise, or nobody knows.

    Raises
    ------
    UsageError
        If the arrays do not fit each other; names the recording.
    """

    name: str
    frames: NDArray[Any]
    truth: NDArray[Any] | None = None
    repeats: bool = False
    camera: CameraNoise | None = None
    truth_frames: int = 0

    def __post_init__(self) -> None:
        if self.frames.ndim != BATCH_AXES or len(self.frames) == 0:
            raise UsageError(f"{self.name}: no frames, or not of two axes: {self.frames.shape}")
        if self.truth is not None and self.truth.shape not in (
            self.frames.shape,
            self.frames.shape[1:],
        ):
            raise UsageError(
                f"{self.name}: the truth has the shape {self.truth.shape} and the frames "
                f"{self.frames.shape}: give one truth for all frames, or one for each"
            )

    @property
    def has_truth(self) -> bool:
        """Whether scores against a truth can be had."""
        return self.repeats or self.truth is not None

    @cached_property
    def digest(self) -> str:
        """Hash of everything that scores depend on."""
        found = hashlib.sha256(np.ascontiguousarray(self.frames).tobytes())
        if self.truth is not None:
            found.update(np.ascontiguousarray(self.truth).tobytes())
        found.update(repr((self.name, self.repeats, self.camera, self.truth_frames)).encode())
        return found.hexdigest()


@dataclass(frozen=True, slots=True)
class Truth:
    """What one frame is compared with.

    Attributes
    ----------
    image : array, shape (y, x), float32
        In the frame's camera counts.
    variance : float
        Of the truth's own noise, mean over the pixels, camera counts²; independent of the frame's.
    frames : int
        So many frames were averaged, perhaps this one among them: their noise is not independent,
        and cannot be subtracted from an error. 0 if `variance` says all that is known.
    """

    image: NDArray[np.float32]
    variance: float = 0.0
    frames: int = 0


@dataclass(frozen=True)
class ImageSet:
    """Recordings that are scored together.

    Attributes
    ----------
    name : str
        Short, without spaces; a file's name in the cache.
    title : str
        For people.
    groups : tuple of str
        Sets of one group have a mean in the summary; none for sets that stand alone.
    recordings : tuple of Recording
        At least one.
    scored_frames : int
        So many frames of each recording are scored; `indices` says which.
    note : str
        Where the truth comes from, and what was used for training.
    peak : float or None
        The range that PSNR and SSIM are relative to, camera counts; None for that of each truth.
    affine : bool
        Whether raw and truth differ in gain and offset: then the truth is brought to the raw
        frame's counts, and restored images are fitted to it before PSNR, SSIM and NRMSE.
    expects_violation : bool
        Whether the noise of this set is known to be correlated or striped: the suite checks that
        it is reported.
    """

    name: str
    title: str
    recordings: tuple[Recording, ...]
    groups: tuple[str, ...] = ()
    scored_frames: int = 4
    note: str = ""
    peak: float | None = None
    affine: bool = False
    expects_violation: bool = False

    def indices(self, recording: Recording) -> list[int]:
        """Return which frames of a recording are scored.

        Of repeats they lie evenly over all of them, so that bleaching, which makes the first ones
        brighter than the mean and the last ones darker, cancels.
        """
        count, wanted = len(recording.frames), min(self.scored_frames, len(recording.frames))
        if not recording.repeats:
            return list(range(wanted))
        return [int((place + 0.5) * count / wanted) for place in range(wanted)]

    @property
    def has_truth(self) -> bool:
        """Whether every recording has a truth."""
        return all(recording.has_truth for recording in self.recordings)

    def truth_of(self, recording: Recording, index: int) -> Truth | None:
        """Return what a frame is compared with; None where nothing is known."""
        raw: Pixels = recording.frames[index]
        if recording.truth is None:
            if not recording.repeats:
                return None
            others = leave_one_out(recording.frames, index)
            truth, variance = others.image, others.variance
        else:
            whole = recording.truth.ndim < BATCH_AXES
            truth = (recording.truth if whole else recording.truth[index]).astype(np.float32)
            variance = 0.0
        if self.affine:
            # raw = slope · truth + intercept + noise: unbiased, as the noise is all on one side
            fit = fit_affine(truth, onto=raw)
            return Truth(fit.apply(truth), variance * fit.slope**2, recording.truth_frames)
        return Truth(truth, variance, recording.truth_frames)

    def fingerprint(self) -> str:
        """Return the hash of everything that scores of this set depend on."""
        digests = [recording.digest for recording in self.recordings]
        text = json.dumps([self.name, digests, self.scored_frames, self.peak, self.affine])
        return hashlib.sha256(text.encode()).hexdigest()
