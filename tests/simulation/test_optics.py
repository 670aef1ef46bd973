"""How a microscope blurs."""

import numpy as np
import pytest

from livecare.errors import ConfigError
from livecare.simulation import Optics
from livecare.simulation.canvas import Field
from livecare.simulation.optics import OpticsModel


def psf(optics: Optics, size: int = 128) -> Field:
    return np.fft.fftshift(np.fft.irfft2(optics.transfer((size, size)), s=(size, size)))


@pytest.mark.parametrize("model", ["airy", "gaussian"])
def test_the_psf_keeps_the_light(model: OpticsModel) -> None:
    assert psf(Optics(model=model)).sum() == pytest.approx(1, rel=1e-5)


def test_the_airy_pattern_is_dark_at_its_first_ring() -> None:
    optics = Optics(numerical_aperture=0.5, wavelength_um=0.5, pixel_size_um=0.061)
    ring_px = 0.61 * 0.5 / 0.5 / 0.061  # first zero at 0.61 wavelengths per aperture: 10 pixels
    spread = psf(optics)
    assert spread[64, 64 + round(ring_px)] < 1e-3 * spread.max()
    assert spread[64, 64 + round(1.34 * ring_px)] > 1e-2 * spread.max()  # first bright ring


def test_nothing_passes_beyond_the_cutoff() -> None:
    optics = Optics(numerical_aperture=0.5, wavelength_um=0.5, pixel_size_um=0.1)
    transfer = optics.transfer((100, 100))
    assert transfer[0, 19] > 0
    assert transfer[0, 20:].max() == 0  # 2 NA / wavelength = 2 cycles per um = 0.2 per pixel


def test_the_gaussian_is_about_as_wide_as_the_airy_pattern() -> None:
    airy, gaussian = (
        psf(Optics(model=model, pixel_size_um=0.03)) for model in ("airy", "gaussian")
    )
    halves = [np.count_nonzero(spread > spread.max() / 2) for spread in (airy, gaussian)]
    assert halves[0] == pytest.approx(halves[1], rel=0.1)


@pytest.mark.parametrize(
    "wrong",
    [{"numerical_aperture": 0}, {"wavelength_um": -1}, {"pixel_size_um": 0}, {"model": "lens"}],
)
def test_impossible_optics_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Optics(**wrong)
