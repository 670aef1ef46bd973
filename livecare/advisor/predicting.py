"""Knows how the scores of every exposure are predicted from a series, and checked against it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.advisor.areas import BRIGHT, Mask, Region, make_areas
from livecare.advisor.camera import UsedCamera, use_camera
from livecare.advisor.estimate import ExposureScores
from livecare.advisor.judging import Sample, judge, summarise
from livecare.advisor.reference import Reference, make_reference
from livecare.advisor.restoring import FrameRestorer
from livecare.advisor.series import Series, sort_series
from livecare.advisor.thinning import Electrons, short_exposure, thin, to_counts, to_electrons
from livecare.advisor.warning_signs import find_warnings
from livecare.errors import UsageError
from livecare.evaluation.picturing import View
from livecare.models.anscombe import CameraNoise

STEPS_PER_DECADE: Final = 6
"""Exposures that are tried per factor of ten: 1.5 apart, PSNR is straight in between."""
MOST_REDUCTION: Final = 100.0
"""The shortest exposure is the longest over this, at most."""
LEAST_BRIGHT_E: Final = 0.5
"""Electrons that bright structures have on average at the shortest useful exposure."""
ALONE: Final = 0.7
"""Part of a frame that can be judged where its own rest must serve as reference."""
NEXT: Final = 1.2
"""Exposures that are closer than this ratio to the longest one are left out: it stands for them."""
REPEATS: Final = 4
"""Frames that are restored for each exposure: their scatter tells how sure the mean is. Where fewer
were recorded each is thinned more than once, and counts once."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a series.

    Attributes
    ----------
    camera : CameraNoise or None
        Measured values; None to estimate them.
    region : Region or None
        A drawn region, beside the whole image and its bright structures.
    seed : int
        Of thinning.
    say : callable
        Told what is going on.
    """

    camera: CameraNoise | None = None
    region: Region | None = None
    seed: int = 0
    say: Callable[[str], None] = field(default=lambda _: None)


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of one exposure's pictures that is shown, electrons of the long exposure.

    Attributes
    ----------
    exposure_ms : float
        It.
    raw, restored : array, shape of the part
        As taken, and restored.
    """

    exposure_ms: float
    raw: Electrons
    restored: Electrons


@dataclass(frozen=True)
class Prediction:
    """What shorter exposures would give.

    Attributes
    ----------
    rows : tuple of ExposureScores
        Predicted, from the shortest exposure to the longest.
    measured : tuple of ExposureScores
        Of the shorter exposures that were recorded, against the longest.
    pictures : tuple of Shown
        One for each row.
    view : View
        Which part of the frame they show, and how bright.
    reference : Reference
        The long exposure.
    areas : dict
        Masks by name.
    camera : UsedCamera
        Its values.
    warnings : tuple of str
        Why not to believe this, in sentences.
    model : str
        Name and hash.
    """

    rows: tuple[ExposureScores, ...]
    measured: tuple[ExposureScores, ...]
    pictures: tuple[Shown, ...]
    view: View
    reference: Reference
    areas: dict[str, Mask]
    camera: UsedCamera
    warnings: tuple[str, ...]
    model: str


def predict(recorded: Sequence[Series], restorer: FrameRestorer, question: Question) -> Prediction:
    """Predict the error of restored images at every exposure up to the longest recorded one.

    Raises
    ------
    UsageError
        If the series do not fit each other, or the region leaves the image.
    ConfigError
        If the camera cannot be estimated.
    """
    series = sort_series(recorded)
    camera = use_camera(series, question.camera)
    reference = make_reference(series[-1], camera.noise, restorer)
    areas = make_areas(reference.picture, question.region)
    view = View.of(reference.picture, reference.data_range)
    rng = np.random.default_rng(question.seed)
    rows, pictures = [], []
    parts = exposure_parts(reference, areas[BRIGHT])
    for part in parts:
        question.say(f"predicting {reference.exposure_ms * part:.3g} ms")
        samples, shown = _thinned_samples(reference, part, restorer, view, rng)
        scores = summarise(samples, reference, areas, part)
        rows.append(ExposureScores(reference.exposure_ms * part, scores))
        pictures.append(shown)
    measured = [_measure(each, reference, areas, restorer, rng) for each in series[:-1]]
    return Prediction(
        rows=tuple(rows),
        measured=tuple(measured),
        pictures=tuple(pictures),
        view=view,
        reference=reference,
        areas=areas,
        camera=camera,
        warnings=(*camera.warnings, *find_warnings(series, reference, rows, measured)),
        model=restorer.name,
    )


def exposure_parts(reference: Reference, bright: Mask) -> list[float]:
    """Return the exposures that are tried, parts of the longest, ascending."""
    electrons = max(float(reference.picture[bright].mean()), LEAST_BRIGHT_E)
    least = max(1 / MOST_REDUCTION, LEAST_BRIGHT_E / electrons)
    count = int(np.floor(STEPS_PER_DECADE * -np.log10(least) + 1e-9)) + 1
    parts = [float(10 ** (-step / STEPS_PER_DECADE)) for step in range(count)]
    most = 1.0 if len(reference.frames) > 1 else ALONE
    return sorted([*(part for part in parts if part * NEXT < most), most])


def _thinned_samples(
    reference: Reference,
    part: float,
    restorer: FrameRestorer,
    view: View,
    rng: np.random.Generator,
) -> tuple[list[Sample], Shown]:
    """Make frames of a shorter exposure, restore them, and judge each."""
    samples, shown = [], None
    count = len(reference.frames)
    for repeat in range(REPEATS):
        index = repeat * count // REPEATS if count >= REPEATS else repeat % count
        whole = reference.frames[index]
        if part < 1:
            thinned = thin(whole, part, reference.camera.read_noise_e, rng)
            integer = np.issubdtype(reference.dtype, np.integer)
            short = short_exposure(thinned, reference.camera, rng, rounded=integer)
            pieces = reference.pieces_without(index, thinned, rng)
        else:
            short, pieces = whole, reference.pieces_without(index, None, rng)
        if pieces is None:  # no other frame, and nothing left of this one: excluded by `ALONE`
            continue
        counts = to_counts(short, reference.camera, reference.dtype)
        restored = _restore_rate(counts, part, reference.camera, restorer)
        samples.append(judge(restored, pieces, reference, index))
        if shown is None:
            raw = short / np.float32(part)
            shown = Shown(
                reference.exposure_ms * part, view.cut(raw).copy(), view.cut(restored).copy()
            )
    if shown is None:
        raise UsageError(
            f"one frame of {reference.exposure_ms:g} ms: nothing is left to compare {part:g} of it "
            "with; record two or more"
        )
    return samples, shown


def _measure(
    series: Series,
    reference: Reference,
    areas: Mapping[str, Mask],
    restorer: FrameRestorer,
    rng: np.random.Generator,
) -> ExposureScores:
    """Judge recorded frames of a shorter exposure."""
    part = series.exposure_ms / reference.exposure_ms
    pieces = reference.pieces_without(-1, None, rng)
    samples = []
    for index, frame in enumerate(series.frames[:REPEATS]):
        restored = _restore_rate(frame, part, reference.camera, restorer)
        if pieces is not None:
            samples.append(judge(restored, pieces, reference, index))
    return ExposureScores(series.exposure_ms, summarise(samples, reference, areas, part))


def _restore_rate(
    counts: NDArray[np.generic], part: float, camera: CameraNoise, restorer: FrameRestorer
) -> Electrons:
    """Restore a frame and bring it to the electrons of the long exposure."""
    restored = restorer.restore([counts], camera)[0]
    return np.asarray(to_electrons(restored, camera) / np.float32(part), np.float32)
