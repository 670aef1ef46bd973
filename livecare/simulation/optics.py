"""Knows how a microscope blurs: its point spread function as a transfer function."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from livecare.errors import ConfigError
from livecare.simulation.canvas import Field, gaussian_transfer

GAUSSIAN_WIDTH: Final = float(np.sqrt(2) / (2 * np.pi))
"""Sigma of the Gaussian nearest to a wide-field PSF, in wavelengths per aperture.

From the paraxial fit of B. Zhang, J. Zerubia, J.-C. Olivo-Marin, Applied Optics 46, 1819 (2007).
"""

OpticsModel = Literal["airy", "gaussian"]


@dataclass(frozen=True, slots=True)
class Optics:
    """A diffraction-limited microscope.

    Attributes
    ----------
    numerical_aperture : float
        Of the objective.
    wavelength_um : float
        Of the emitted light, µm.
    pixel_size_um : float
        Of a camera pixel in the specimen, µm.
    model : {"airy", "gaussian"}
        Airy pattern of a circular aperture, or the Gaussian nearest to it.

    Raises
    ------
    ConfigError
        If a value is not positive or the model is unknown.
    """

    numerical_aperture: float = 1.2
    wavelength_um: float = 0.525
    pixel_size_um: float = 0.1
    model: OpticsModel = "airy"

    def __post_init__(self) -> None:
        for name in ("numerical_aperture", "wavelength_um", "pixel_size_um"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"optics: {name} is {getattr(self, name)}; give a value above 0")
        if self.model not in ("airy", "gaussian"):
            raise ConfigError(f"optics: model is {self.model!r}; choose 'airy' or 'gaussian'")

    @property
    def sigma_px(self) -> float:
        """Width of the Gaussian nearest to the PSF, pixels."""
        sigma_um = GAUSSIAN_WIDTH * self.wavelength_um / self.numerical_aperture
        return sigma_um / self.pixel_size_um

    def transfer(self, size_yx: tuple[int, int]) -> Field:
        """Give the optical transfer function on `numpy.fft.rfft2`'s grid.

        Returns
        -------
        ndarray, shape (y, x // 2 + 1), float32
            Real, since the PSF is symmetric; 1 at zero frequency.
        """
        if self.model == "gaussian":
            return gaussian_transfer(size_yx, self.sigma_px)
        cutoff = 2 * self.numerical_aperture / self.wavelength_um * self.pixel_size_um
        frequency_y = np.fft.fftfreq(size_yx[0])[:, None]
        frequency_x = np.fft.rfftfreq(size_yx[1])[None, :]
        reach = np.minimum(np.hypot(frequency_y, frequency_x) / cutoff, 1)
        overlap = np.arccos(reach) - reach * np.sqrt(1 - reach**2)
        return np.asarray(2 / np.pi * overlap, np.float32)
