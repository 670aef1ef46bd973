"""Knows what a calibration of a camera says: values with errors, and for which mode they hold."""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from livecare.camera.key import CameraKey
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_estimate import STRONGLY_CORRELATED

Method = Literal["dark and light", "still scene", "moving scene"]
"""What was looked at: dark frames and scenes of known stillness, or one scene alone."""

SURE_READ_NOISE_E: Final = 0.25
"""Error of the read noise from which it counts as told apart from the offset, electrons; or that
share of it, where it is larger: a quarter of an electron is what cameras' makers state it to."""


class Measured(NamedTuple):
    """A value and its standard error, in the value's unit; the error is None where unknown."""

    value: float
    error: float | None

    @property
    def words(self) -> str:
        """Both, with as many digits as the error leaves meaning to."""
        if not self.error:
            return f"{self.value:.4g}"
        decimals = int(np.clip(1 - np.floor(np.log10(self.error)), 0, 6))
        return f"{self.value:.{decimals}f} ± {self.error:.{decimals}f}"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What one camera in one mode is like.

    Attributes
    ----------
    key : CameraKey
        The camera and its mode.
    method : Method
        What was looked at.
    measured : str
        When it was measured, as the date and time of ISO 8601, UTC.
    frames, dark_frames : int
        Frames with light that it is from, and dark ones.
    gain : Measured
        Counts per electron.
    offset : Measured
        Counts of a dark pixel.
    read_noise : Measured
        Standard deviation of what is added to each pixel, digitisation included, electrons.
    noise_free_level : Measured
        Level at which the line of the variance reaches 0, counts: the offset of a camera without
        read noise. It is known even where offset and read noise are not told apart.
    separated : bool
        Whether offset and read noise are told apart; where not, the noise of every brightness is
        right, but how many photons that is is uncertain.
    levels : tuple of float
        Darkest and brightest level that the noise was measured at, counts.
    saturation : float or None
        Counts at which pixels are full; None if none was.
    correlation_yx : tuple of float
        Correlation of the noise of neighbours along columns (y) and rows (x).
    row_share, column_share : float
        Part of the noise's variance that whole rows, or whole columns, share.
    hot_pixels, pixels : int
        Pixels whose dark level or read noise stands out, and all of them.
    gain_map_error : float or None
        Standard error of each pixel of the gain map, as a share of it; None where there is none.
    warnings : tuple of str
        What is not as it should be, for people.
    """

    key: CameraKey
    method: Method
    measured: str
    frames: int
    gain: Measured
    offset: Measured
    read_noise: Measured
    noise_free_level: Measured
    separated: bool
    levels: tuple[float, float]
    dark_frames: int = 0
    saturation: float | None = None
    correlation_yx: tuple[float, float] = (0.0, 0.0)
    row_share: float = 0.0
    column_share: float = 0.0
    hot_pixels: int = 0
    pixels: int = 0
    gain_map_error: float | None = None
    warnings: tuple[str, ...] = ()

    @property
    def noise(self) -> CameraNoise:
        """The values to restore with."""
        return CameraNoise(self.gain.value, self.offset.value, self.read_noise.value)

    @property
    def serves(self) -> bool:
        """Whether its values say all that restoration needs.

        Where neighbours share much of their noise, frames are restored in means of 2 × 2 pixels,
        whose noise is measured from the frames themselves.
        """
        return min(self.correlation_yx) <= STRONGLY_CORRELATED["successive frames"]

    def variance_at(self, level: float) -> float:
        """Return the variance of a pixel of this level, counts²."""
        return self.gain.value * (level - self.noise_free_level.value)


@dataclass(frozen=True, slots=True)
class PixelMaps:
    """What each pixel is like; only dark frames tell offset and read noise of one.

    Attributes
    ----------
    offset : array of float32 or None, shape (y, x)
        Counts.
    read_variance : array of float32 or None, shape (y, x)
        Variance of dark frames, counts².
    gain : array of float32 or None, shape (y, x)
        Counts per electron; `Calibration.gain_map_error` says how sure.
    hot : array of bool or None, shape (y, x)
        Where pixels stand out.
    """

    offset: NDArray[np.float32] | None = None
    read_variance: NDArray[np.float32] | None = None
    gain: NDArray[np.float32] | None = None
    hot: NDArray[np.bool_] | None = None
