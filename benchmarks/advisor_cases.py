"""Series whose truth is known: simulated specimens, and repeats of a live cell."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import tifffile
from numpy.typing import NDArray

from livecare.advisor.areas import BRIGHT, WHOLE, Mask
from livecare.advisor.judging import similarity_map
from livecare.advisor.predicting import Prediction
from livecare.advisor.restoring import FrameRestorer
from livecare.advisor.series import Series
from livecare.advisor.thinning import to_electrons
from livecare.evaluation.metrics import psnr_db, range_of
from livecare.evaluation.metrics.ssim import RADIUS_PX
from livecare.models.anscombe import CameraNoise
from livecare.simulation.camera import Camera
from livecare.simulation.catalogue import SPECIMENS
from livecare.simulation.optics import Optics
from livecare.simulation.specimen import Specimen

SIDE_PX: Final = 256
LONG_MS: Final = 50.0
SHORT_MS: Final = 10.0
UNSEEN_MS: Final = (3.0, 6.0, 15.0, 30.0, 42.0)
"""Exposures that are predicted and never shown."""
CAMERAS: Final = {
    "sCMOS 0.46": Camera(0.46, 100.0, 1.6),
    "sCMOS 2.17": Camera(2.17, 98.0, 2.5),
    "photon counting": Camera(1.0, 0.0, 0.0, dtype="uint8"),
}
JUDGED: Final = 8
"""Frames that the true score of an exposure is the mean of."""
NANDB: Final = (
    (5, 5, (1.0, 2.0, 3.0, 4.0)),
    (2, 12, (1.0, 2.0, 4.0, 8.0)),
    (1, 25, (1.0, 2.0, 5.0, 12.0)),
)
"""How many exposures of how many frames are shown, and the lengths that are predicted."""
BACKGROUND: Final = 0.03
"""Of the light at the bright structures, everywhere."""


@dataclass(frozen=True, slots=True)
class Truth:
    """True scores of restored frames of one exposure in one area."""

    psnr_db: float
    nrmse: float
    ssim: float


@dataclass(frozen=True)
class Case:
    """A series, and what is true of it.

    Attributes
    ----------
    group, name : str
        For the table.
    series : list of Series
        What the advisor is shown.
    camera : CameraNoise or None
        What it is told of the camera.
    unseen_ms : tuple of float
        Exposures to predict.
    true_scores : callable
        Takes exposure and prediction; returns the true scores by area.
    """

    group: str
    name: str
    series: list[Series]
    camera: CameraNoise | None
    unseen_ms: tuple[float, ...]
    true_scores: Callable[[float, Prediction], dict[str, Truth]]


def simulated_cases(
    restorer: FrameRestorer,
    seed: int,
    peaks: tuple[float, ...],
    names: tuple[str, ...],
    *,
    told: bool,
) -> Iterator[Case]:
    """Yield every specimen with every camera, at one of the light levels in turn."""
    for number, name in enumerate(names):
        rng = np.random.default_rng((seed, number))
        light = Specimen(SPECIMENS[name], Optics(), (SIDE_PX, SIDE_PX), rng).render(0.0, 0.0)
        for place, (label, camera) in enumerate(CAMERAS.items()):
            peak = peaks[(number + place) % len(peaks)]
            photons = np.asarray(np.float32(peak) * (light + np.float32(BACKGROUND)))
            words = f"{name}, {label}, {peak:g} photons"
            yield _simulated(restorer, words, photons, camera, measured(camera), rng, told=told)


def measured(camera: Camera) -> CameraNoise:
    """Return what a calibration finds: the read noise holds that of rounding."""
    rounding = 1 / 12 / camera.gain_adu_per_e**2 if camera.read_noise_e else 0.0
    read_noise = (camera.read_noise_e**2 + rounding) ** 0.5
    return CameraNoise(camera.gain_adu_per_e, camera.offset_adu, read_noise)


def _simulated(
    restorer: FrameRestorer,
    name: str,
    photons: NDArray[np.float32],
    camera: Camera,
    known: CameraNoise,
    rng: np.random.Generator,
    *,
    told: bool,
) -> Case:
    def take(exposure_ms: float, frames: int) -> NDArray[np.generic]:
        part = np.float32(exposure_ms / LONG_MS)
        return np.stack([camera.expose(photons * part, rng) for _ in range(frames)])

    def true_scores(exposure_ms: float, prediction: Prediction) -> dict[str, Truth]:
        part = exposure_ms / LONG_MS
        used = prediction.camera.noise  # a run would be given the same values
        restored = [
            (to_electrons(each, known) / np.float32(part)).astype(np.float64)
            for each in restorer.restore(list(take(exposure_ms, JUDGED)), used)
        ]
        full = range_of(photons)
        squared = np.mean([np.square(each - photons) for each in restored], axis=0)
        alike = np.mean([similarity_map(each, photons, full) for each in restored], axis=0)
        return {
            area: _truth(squared, alike, photons, mask, full)
            for area, mask in prediction.areas.items()
        }

    group = "simulated, camera given" if told else "simulated, camera estimated"
    series = [
        Series(LONG_MS, take(LONG_MS, 5), "long"),
        Series(SHORT_MS, take(SHORT_MS, 5), "short"),
    ]
    return Case(group, name, series, known if told else None, UNSEEN_MS, true_scores)


def _truth(
    squared: NDArray[np.float64],
    alike: NDArray[np.float64] | None,
    truth: NDArray[np.floating],
    mask: Mask,
    data_range: float,
) -> Truth:
    error = float(squared[mask].mean())
    inner = mask[RADIUS_PX:-RADIUS_PX, RADIUS_PX:-RADIUS_PX]
    light = truth[mask].astype(np.float64)
    return Truth(
        psnr_db(error, data_range),
        float(np.sqrt(max(error, 0.0) / np.square(light).mean())),
        float("nan") if alike is None else float(alike[inner].mean()),
    )


def nandb_cases(
    restorer: FrameRestorer, data: Path, most: int | None = None, *, moving: bool
) -> Iterator[Case]:
    """Yield sums of every second frame as long exposures; the others tell the truth.

    One frame counts as 1 ms. These cells move: sums of frames from all over the recording show
    the same, as exposures of a specimen at rest do; sums of successive frames do not.
    """
    for file in sorted((data / "nandb_fkbp").glob("*.tif"))[:most]:
        frames = tifffile.imread(file).astype(np.uint16)
        shown = frames[::2]
        truth = _nandb_truth(restorer, frames)
        if moving:
            following = list(shown[:25].reshape(5, 5, *frames.shape[1:]))
            yield _nandb_case("nandb, 5 × 5 frames, moving", file, following, NANDB[0][2], truth)
            continue
        for count, length, unseen in NANDB:
            spread = [shown[start::count][:length] for start in range(count)]
            yield _nandb_case(f"nandb, {count} × {length} frames", file, spread, unseen, truth)


def _nandb_case(
    group: str,
    file: Path,
    exposures: list[NDArray[np.uint16]],
    unseen: tuple[float, ...],
    truth: Callable[[float, Prediction], dict[str, Truth]],
) -> Case:
    sums = np.stack([each.sum(axis=0) for each in exposures]).astype(np.uint16)
    series = [Series(float(len(exposures[0])), sums, file.stem)]
    return Case(group, file.stem, series, CameraNoise(1.0), unseen, truth)


def _nandb_truth(
    restorer: FrameRestorer, frames: NDArray[np.uint16]
) -> Callable[[float, Prediction], dict[str, Truth]]:
    """Exposures are sums of hidden frames; their truth are the shown ones in between."""
    shown, hidden = frames[::2], frames[1::2]
    whole = frames.mean(axis=0, dtype=np.float64)

    @cache
    def error_of(taken: int) -> NDArray[np.float64]:
        squared = []
        for start in np.linspace(0, len(hidden) - taken - 1, JUDGED).astype(int):
            counts = hidden[start : start + taken].sum(axis=0).astype(np.uint16)
            restored = restorer.restore([counts], CameraNoise(1.0))[0].astype(np.float64) / taken
            apart = restored - shown[start : start + taken + 1]
            total, count = apart.sum(axis=0), len(apart)
            squares = np.square(apart).sum(axis=0)
            squared.append((np.square(total) - squares) / (count * (count - 1)))
        return np.asarray(np.mean(squared, axis=0))

    def true_scores(exposure: float, prediction: Prediction) -> dict[str, Truth]:
        error = error_of(max(1, round(exposure)))
        return {
            area: _truth(error, None, whole, mask, range_of(whole))
            for area, mask in prediction.areas.items()
        }

    return true_scores


AREAS: Final = (WHOLE, BRIGHT)
