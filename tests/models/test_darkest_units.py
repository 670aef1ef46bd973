"""Pixels so dark that the transform's root has no value."""

import numpy as np
import pytest

from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits


@pytest.mark.parametrize("noise", [CameraNoise(2.0, 100.0), CameraNoise(0.5, 100.0, 1.5)])
def test_what_is_far_below_the_offset_is_zero(noise: CameraNoise) -> None:
    pixels = np.array([[-1e4, 0.0, 100.0]], np.float32)
    values = np.full(pixels.shape, np.nan, np.float32)
    NoiseUnits(noise).normalise(pixels, values)
    dark = 2 * np.sqrt(3 / 8 + noise.read_noise_e**2)
    np.testing.assert_allclose(values, [[0.0, 0.0, dark]], rtol=1e-6)
