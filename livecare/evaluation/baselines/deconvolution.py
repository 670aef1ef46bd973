"""Deconvolution where the point spread function is known: Richardson-Lucy and Wiener.

Richardson 1972 (doi:10.1364/JOSA.62.000055) and Lucy 1974 (doi:10.1086/111605): the most likely
picture behind Poisson noise, stopped early. Wiener's filter: the linear one with the least error
for a constant ratio of signal to noise.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.evaluation.baselines.protocol import Fitted, Subject
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise

ITERATIONS: Final = (2, 4, 7, 12, 20)
"""Rounds after which Richardson-Lucy may stop; more of them sharpen noise."""
RATIOS: Final = (0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Candidates for the noise-to-signal power ratio of Wiener's filter."""
LEAST_PHOTONS: Final = 1e-3
"""Keeps the divisions finite in the dark."""

Values = NDArray[np.float32]


class RichardsonLucy:
    """Richardson-Lucy. See `livecare.evaluation.baselines.protocol.Baseline`."""

    def candidates(self, subject: Subject) -> list[Fitted]:
        """Return one per number of rounds."""
        settings = {f"{rounds} iterations": {"rounds": rounds} for rounds in ITERATIONS}
        return _fitted(subject, richardson_lucy, settings)


class Wiener:
    """Wiener's filter. See `livecare.evaluation.baselines.protocol.Baseline`."""

    def candidates(self, subject: Subject) -> list[Fitted]:
        """Return one per noise-to-signal ratio."""
        settings = {f"noise/signal {ratio:g}": {"ratio": ratio} for ratio in RATIOS}
        return _fitted(subject, wiener, settings)


def _fitted(
    subject: Subject, restore: Callable[..., Values], settings: Mapping[str, Mapping[str, float]]
) -> list[Fitted]:
    """Return a candidate for each setting, by its words, with the subject's camera and psf."""
    known = partial(restore, psf=_psf(subject), camera=subject.camera)
    return [Fitted(words, partial(known, **setting)) for words, setting in settings.items()]


def richardson_lucy(frame: Pixels, psf: Values, camera: CameraNoise, rounds: int) -> Values:
    """Sharpen a frame; the read noise's variance is added as if it were light (camera counts)."""
    extra = camera.read_noise_e**2
    electrons = (frame.astype(np.float64) - camera.offset_adu) / camera.gain_adu_per_e
    margin = _margin(psf)
    seen = np.maximum(np.pad(electrons + extra, margin, mode="symmetric"), LEAST_PHOTONS)
    transfer = _transfer(psf, seen.shape)
    estimate = np.full(seen.shape, seen.mean())
    for _ in range(rounds):
        blurred = np.maximum(_filter(estimate, transfer), LEAST_PHOTONS)
        estimate = estimate * np.maximum(_filter(seen / blurred, transfer.conj()), 0)
    cut = _without(margin, estimate, frame.shape)
    return np.asarray((cut - extra) * camera.gain_adu_per_e + camera.offset_adu, np.float32)


def wiener(frame: Pixels, psf: Values, camera: CameraNoise, ratio: float) -> Values:
    """Sharpen a frame linearly (camera counts)."""
    margin = _margin(psf)
    seen = np.pad(frame.astype(np.float64) - camera.offset_adu, margin, mode="symmetric")
    transfer = _transfer(psf, seen.shape)
    gain = transfer.conj() * (1 + ratio) / (np.square(np.abs(transfer)) + ratio)  # keeps the light
    estimate = _filter(seen, gain)
    cut = _without(margin, estimate, frame.shape)
    return np.asarray(cut + camera.offset_adu, np.float32)


def _psf(subject: Subject) -> Values:
    if subject.psf is None:
        raise UsageError("deconvolution needs a point spread function: give --psf")
    psf = np.maximum(subject.psf.astype(np.float32), 0)
    total = float(psf.sum())
    if psf.ndim != 2 or not np.isfinite(total) or total <= 0:  # noqa: PLR2004 y, x
        raise UsageError(
            f"the point spread function has the shape {psf.shape} and the sum {total}: give one "
            "picture of a point, with its background taken off"
        )
    return np.asarray(psf / total, np.float32)


def _margin(psf: Values) -> list[tuple[int, int]]:
    return [(length // 2, length // 2) for length in psf.shape]


def _without(
    margin: list[tuple[int, int]], image: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return what stands within a margin, of the frame's shape."""
    rows, columns = (
        slice(width, width + length) for (width, _), length in zip(margin, shape, strict=True)
    )
    return image[rows, columns]


def _transfer(psf: Values, shape: tuple[int, ...]) -> NDArray[np.complex128]:
    """Return the transform of the psf with its middle at the first pixel."""
    padded = np.zeros(np.maximum(shape, psf.shape), np.float64)
    padded[: psf.shape[0], : psf.shape[1]] = psf
    padded = np.roll(padded, [-(length // 2) for length in psf.shape], axis=(0, 1))
    return np.asarray(np.fft.rfft2(padded))


def _filter(image: NDArray[np.float64], transfer: NDArray[np.complex128]) -> NDArray[np.float64]:
    return np.asarray(np.fft.irfft2(np.fft.rfft2(image) * transfer, image.shape))
