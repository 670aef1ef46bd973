"""A recording made ready: its camera, its subject for contestants, its frames with their truths."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livecare.evaluation.baselines import Subject
from livecare.evaluation.camera import Characterised, characterise
from livecare.evaluation.imageset import ImageSet, Recording
from livecare.evaluation.judging import Frame


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recording with everything that its restorations are judged by.

    Attributes
    ----------
    recording : Recording
        What was recorded.
    camera : Characterised
        Its camera.
    subject : Subject
        What contestants may know.
    frames : tuple of Frame
        Those that are scored.
    """

    recording: Recording
    camera: Characterised
    subject: Subject
    frames: tuple[Frame, ...]


def prepare(
    images: ImageSet, recording: Recording, psf: NDArray[np.float32] | None = None
) -> Prepared:
    """Look at a recording's camera and gather the truths of its frames."""
    camera = characterise(recording)
    frames = tuple(
        Frame.of(
            recording.frames[index],
            camera.noise,
            images.truth_of(recording, index),
            peak=images.peak,
            affine=images.affine,
        )
        for index in images.indices(recording)
    )
    return Prepared(
        recording,
        camera,
        Subject(recording.frames, camera.noise, camera.restored_with, psf),
        frames,
    )
