"""Knows how a camera turns light into numbers, and what those numbers should have been."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ConfigError
from livecare.frame import PIXEL_TYPES, Pixels, PixelType
from livecare.simulation.canvas import Field


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera: offset + gain * (Poisson(photons) + Normal(0, read noise)).

    Attributes
    ----------
    gain_adu_per_e : float
        Camera units per electron.
    offset_adu : float
        Camera units of a dark pixel.
    read_noise_e : float
        Standard deviation of the read noise, electrons.
    hot_pixel_fraction : float
        Part of the pixels that glow; the same ones in every frame of a sensor.
    hot_pixel_e : float
        Mean glow of a hot pixel, electrons per frame; the glow differs exponentially.
    sensor_seed : int
        Which sensor it is: where its hot pixels are.
    dtype : PixelType
        Pixel type. Integers are rounded and saturate; float32 is neither.
    bit_depth : int or None
        Bits of the digitiser, the full scale being 2**bit_depth - 1; None for all of the type.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    gain_adu_per_e: float = 2.0
    offset_adu: float = 100.0
    read_noise_e: float = 1.6
    hot_pixel_fraction: float = 0.0
    hot_pixel_e: float = 50.0
    sensor_seed: int = 0
    dtype: PixelType = "uint16"
    bit_depth: int | None = None

    def __post_init__(self) -> None:
        if self.dtype not in PIXEL_TYPES:
            raise ConfigError(f"camera: dtype is {self.dtype!r}; choose one of {PIXEL_TYPES}")
        if not self.gain_adu_per_e > 0:
            raise ConfigError(f"camera: gain_adu_per_e is {self.gain_adu_per_e}; it must be > 0")
        for name in ("read_noise_e", "hot_pixel_e", "offset_adu"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"camera: {name} is {getattr(self, name)}; it must be >= 0")
        if not 0 <= self.hot_pixel_fraction <= 1:
            raise ConfigError(f"camera: hot_pixel_fraction is {self.hot_pixel_fraction}, not 0..1")
        bits = 8 * np.dtype(self.dtype).itemsize
        if self.bit_depth is not None and not 1 <= self.bit_depth <= bits:
            raise ConfigError(
                f"camera: bit_depth is {self.bit_depth}; {self.dtype} holds 1 to {bits} bits"
            )

    @property
    def full_scale_adu(self) -> float:
        """Greatest value of a pixel, camera units; infinite for float32."""
        if self.dtype == "float32":
            return float("inf")
        return float(2 ** (self.bit_depth or 8 * np.dtype(self.dtype).itemsize) - 1)

    def expected_adu(self, expected_photons: Field) -> Field:
        """Give the mean of what a healthy, unsaturated pixel reads, float32 camera units."""
        gain, offset = np.float32(self.gain_adu_per_e), np.float32(self.offset_adu)
        return np.asarray(offset + gain * expected_photons, np.float32)

    def expose(self, expected_photons: Field, rng: np.random.Generator) -> Pixels:
        """Take one frame, hot pixels included.

        Parameters
        ----------
        expected_photons : ndarray, shape (y, x)
            Mean number of detected photons per pixel, not negative.
        rng : numpy.random.Generator
            Source of the noise.

        Returns
        -------
        ndarray, shape (y, x), type `dtype`
            Camera units.
        """
        pixels = self.expose_healthy(expected_photons, rng)
        places = self.hot_pixels(pixels.shape)
        self.add_glow(pixels, places, self.draw_glow(pixels.shape, rng))
        return pixels

    def expose_healthy(self, expected_photons: Field, rng: np.random.Generator) -> Pixels:
        """Take one frame with a sensor that has no hot pixels."""
        signal_adu = rng.poisson(expected_photons).astype(np.float32)
        if self.read_noise_e > 0:
            noise_e = rng.standard_normal(signal_adu.shape, dtype=np.float32)
            signal_adu += np.float32(self.read_noise_e) * noise_e
        signal_adu *= np.float32(self.gain_adu_per_e)
        signal_adu += np.float32(self.offset_adu)
        return self._digitise(signal_adu)

    def hot_pixels(self, shape_yx: tuple[int, ...]) -> NDArray[np.intp]:
        """Say where this sensor's hot pixels are, as sorted flat indices."""
        return _hot_pixels(self.hot_pixel_fraction, self.sensor_seed, shape_yx)

    def draw_glow(self, shape_yx: tuple[int, ...], rng: np.random.Generator) -> Field:
        """Draw what each hot pixel adds to one frame, camera units, shape (hot pixels,)."""
        places = self.hot_pixels(shape_yx)
        if not places.size:
            return np.zeros(0, np.float32)
        steady = np.random.default_rng((self.sensor_seed, places.size))
        glow_e = rng.poisson(steady.exponential(self.hot_pixel_e, places.size))
        return np.asarray(self.gain_adu_per_e * glow_e, np.float32)

    def add_glow(self, pixels: Pixels, places: NDArray[np.intp], glow_adu: Field) -> None:
        """Add the hot pixels' glow to a frame in place, saturating as the digitiser does."""
        if places.size:
            flat = pixels.reshape(-1)
            flat[places] = self._digitise(flat[places].astype(np.float32) + glow_adu)

    def _digitise(self, signal_adu: Field) -> Pixels:
        """Round and saturate; may overwrite the signal."""
        if self.dtype == "float32":
            return signal_adu
        np.rint(signal_adu, out=signal_adu)
        np.clip(signal_adu, 0, self.full_scale_adu, out=signal_adu)
        return signal_adu.astype(self.dtype)


@lru_cache(maxsize=8)
def _hot_pixels(fraction: float, sensor_seed: int, shape_yx: tuple[int, ...]) -> NDArray[np.intp]:
    """Choose a sensor's hot pixels; cached, since every frame asks."""
    pixels = int(np.prod(shape_yx))
    rng = np.random.default_rng(sensor_seed)
    places = np.sort(rng.choice(pixels, round(fraction * pixels), replace=False))
    places.setflags(write=False)
    return np.asarray(places, np.intp)
