"""Frames that int8 networks are calibrated with and judged on: of every exposure, most with truth.

A model in noise units sees simulated fields by 3 to 300 photons; a model for intensity windows sees
the test input of its package, brighter and darker.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.models.anscombe import CameraNoise, expected_transform
from livecare.models.noise_units import NoiseUnits
from livecare.models.package import Model
from livecare.models.sample import read_test_input, sample_of
from livecare.simulation import Camera, random_field
from livecare.simulation.textures import blurred, log_uniform, random_texture

PEAK_PHOTONS: Final = (3.0, 10.0, 30.0, 100.0, 300.0)
"""Photons of the brightest structures: from frames that are nearly noise to ordinary ones."""
FIELDS: Final = 4
"""Fields per exposure: fewer leave the loss at 10 photons uncertain by 0.05 dB."""
SIDE_PX: Final = 160
"""Of a frame, pixels: the largest features fit in, and a model is quantised within minutes."""
PSF_SIGMA_PX: Final = (0.4, 1.8)
"""How sharply textures are seen, sigma."""
BACKGROUND_PHOTONS: Final = (0.2, 1.0)
"""Of one frame and of the next, beside the structures."""
BRIGHTEST_PERCENTILE: Final = 99.9
"""Of a field; so bright are the structures whose photons are named."""
CAMERA: Final = Camera(
    gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.6, hot_pixel_fraction=2e-4
)
"""An ordinary sCMOS camera. Its hot pixels widen the ranges, as they do in use."""
NOISE: Final = CameraNoise(CAMERA.gain_adu_per_e, CAMERA.offset_adu, CAMERA.read_noise_e)
SEED: Final = 20
"""The same frames each time: a model is quantised to the same network everywhere."""
BRIGHTNESS: Final = (0.25, 0.5, 1.0)
"""What frames in window units are multiplied with, and their differences from 1 as well."""
ASSUMED_ERROR: Final = 0.3
"""Error of a restored frame without truth, in parts of what the network changed: a network that
takes away 10 dB of noise."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Exposure:
    """A frame to calibrate with.

    Attributes
    ----------
    label : str
        What exposure it is of, for people.
    frame : array, shape (1, 1, y, x)
        Network units.
    truth : array, shape (y, x), or None
        What a perfect network would make of it, where that is known.
    """

    label: str
    frame: Values
    truth: Values | None = None

    def error_of(self, estimate: Values) -> float:
        """Return what an estimate is off by, as a mean of squares."""
        truth = self.truth
        if truth is None:
            change = ASSUMED_ERROR * (estimate - self.frame[0, 0])
            return float(np.mean(np.square(change), dtype=np.float64))
        return float(np.mean(np.square(estimate - truth), dtype=np.float64))

    def error_of_other(self, estimate: Values, other: Values) -> float:
        """Return what another network's estimate is off by, `estimate` being that of fp32."""
        if self.truth is not None:
            return self.error_of(other)
        added = float(np.mean(np.square(other - estimate), dtype=np.float64))
        return self.error_of(estimate) + added


def calibration_exposures(model: Model) -> list[Exposure]:
    """Return frames that show a model what it will see.

    Raises
    ------
    ModelError
        If the model has no test input.
    """
    sides = [max(SIDE_PX // multiple, 1) * multiple for multiple in model.multiple_of]
    if model.normalisation.kind == "anscombe":
        own = read_test_input(model)[:1, :, : sides[0], : sides[1]]
        return [Exposure("test input", own), *_simulated((sides[0], sides[1]))]
    sample = sample_of(model, "float32")
    own = np.empty((1, 1, *sample.frame.shape), np.float32)
    sample.normalisation.normalise(sample.frame, own[0, 0])
    return list(_brightened(own[:, :, : sides[0], : sides[1]]))


def _simulated(size_yx: tuple[int, int]) -> Iterator[Exposure]:
    rng = np.random.default_rng(SEED)
    for peak in PEAK_PHOTONS:
        for field in range(FIELDS):
            light = random_field(size_yx, rng) if field % 2 else _texture(size_yx, rng)
            light = light / np.percentile(light, BRIGHTEST_PERCENTILE)
            photons = (light * peak + BACKGROUND_PHOTONS[field // 2 % 2]).astype(np.float32)
            frame = np.empty((1, 1, *size_yx), np.float32)
            NoiseUnits(NOISE).normalise(CAMERA.expose(photons, rng), frame[0, 0])
            truth = expected_transform(photons, NOISE.read_noise_e)
            yield Exposure(f"{peak:g} photons", frame, truth)


def _texture(size_yx: tuple[int, int], rng: np.random.Generator) -> Values:
    """Draw what is dense and fine, which specimens are not."""
    return blurred(random_texture(size_yx, rng), log_uniform(PSF_SIGMA_PX, rng))


def _brightened(own: Values) -> Iterator[Exposure]:
    for factor in BRIGHTNESS:
        dim = np.float32(factor)
        yield Exposure(f"brightness × {factor:g}", own * dim)
        if factor < 1:
            yield Exposure(f"contrast × {factor:g}", 1 - (1 - own) * dim)
