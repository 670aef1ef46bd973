"""A long exposure becomes a true short one, and an independent rest."""

import numpy as np
import pytest
from advisor_scenes import CAMERA, expose

from livecare.advisor.thinning import short_exposure, thin, to_counts, to_electrons
from livecare.errors import ConfigError
from livecare.models.anscombe import CameraNoise

PIXELS = (512, 512)


@pytest.mark.parametrize(("light", "read_noise"), [(0.2, 1.6), (3.0, 1.6), (40.0, 0.0), (5.0, 4.0)])
@pytest.mark.parametrize("part", [0.1, 0.5])
def test_the_parts_are_independent_and_add_up(light: float, read_noise: float, part: float) -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(0, read_noise, PIXELS)
    electrons = (rng.poisson(light, PIXELS) + noise).astype(np.float32)

    parts = thin(electrons, part, read_noise, rng)

    assert np.allclose(parts.kept + parts.rest, electrons, atol=1e-3)
    variance = light + read_noise**2
    assert parts.kept.mean() == pytest.approx(part * light, abs=5 * (variance / 512**2) ** 0.5)
    shared = np.cov(parts.kept.ravel(), parts.rest.ravel())
    slack = 5 * variance * (part * (1 - part)) ** 0.5 / 512
    assert abs(shared[0, 1]) < slack + 0.02 * variance * part * (1 - part)
    assert shared[0, 0] == pytest.approx(part * variance, rel=0.04)


@pytest.mark.parametrize("gain", [0.46, 2.0])
def test_a_short_exposure_is_as_a_camera_takes_it(gain: float) -> None:
    """Mean, variance and skew of thinned frames are those of frames that were taken."""
    camera = CameraNoise(gain, 100.0, 1.6)
    light = np.full(PIXELS, 30.0)
    # what a calibration finds holds the noise of rounding
    known = CameraNoise(gain, 100.0, (1.6**2 + 1 / 12 / gain**2) ** 0.5)
    long = expose(light, 1, camera)[0]
    rng = np.random.default_rng(8)
    thinned = thin(to_electrons(long, known), 0.1, known.read_noise_e, rng)
    made = to_counts(short_exposure(thinned, known, rng), known, long.dtype).astype(float)
    taken = expose(light * 0.1, 1, camera, seed=9)[0].astype(float)

    assert made.mean() == pytest.approx(taken.mean(), rel=2e-3)
    assert made.var() == pytest.approx(taken.var(), rel=0.02)
    third = [((each - each.mean()) ** 3).mean() / each.std() ** 3 for each in (made, taken)]
    assert third[0] == pytest.approx(third[1], abs=0.04)


def test_counts_stay_in_their_type() -> None:
    electrons = np.array([[-200.0, 1e6]], np.float32)
    assert to_counts(electrons, CAMERA, np.dtype(np.uint16)).tolist() == [[0, 65535]]
    assert to_counts(electrons, CAMERA, np.dtype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("part", [0.0, 1.0, float("nan")])
def test_a_part_out_of_range_is_refused(part: float) -> None:
    with pytest.raises(ConfigError, match="thinning"):
        thin(np.zeros((4, 4), np.float32), part, 0.0, np.random.default_rng(0))
