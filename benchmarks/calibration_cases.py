"""Cameras whose answers are known: simulated ones, a real sCMOS sensor's maps, and recordings."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import scipy.io
import tifffile
from numpy.typing import NDArray

from livecare.camera.calibration import Method
from livecare.frame import Pixels, PixelType
from livecare.simulation import Camera, random_field, random_movie

SIDE: Final = 256
"""Rows and columns of simulated frames."""
FRAMES: Final = 100
"""Frames that each calibration may have, dark ones included."""
DARK: Final = 40
"""Of these, dark ones, where there is a series."""
LEVELS: Final = (0.1, 0.3, 0.5, 0.75, 1.0)
"""Light levels of a series, of the brightest."""
PEAKS: Final = (20.0, 80.0, 300.0)
"""Photons at bright structures, in turn."""
CAMERAS: Final = {
    "sCMOS, gain 0.46, offset 100, 1.6 e": Camera(0.46, 100, 1.6),
    "sCMOS, gain 2.2, offset 100, 1.6 e, 1 % hot": Camera(2.2, 100, 1.6, hot_pixel_fraction=0.01),
    "12-bit CCD, gain 0.25, offset 30, 6 e": Camera(0.25, 30, 6.0, bit_depth=12),
    "8-bit photon counting, gain 1, offset 0": Camera(1.0, 0, 0, dtype="uint8"),
}
"""Cameras; read noise in electrons."""


@dataclass(frozen=True, slots=True)
class Case:
    """Frames and what is known of their camera.

    Attributes
    ----------
    name : str
        Which camera or recording.
    method : Method
        How it is measured.
    dark : sequence of array
        Dark frames; () where there are none.
    light : sequence of sequences of array
        Frames of each light level; of one recording, a single sequence.
    pixel_type : PixelType
        Of the frames.
    gain, offset : float
        The truth, counts per electron and counts.
    read_noise : float or None
        The truth, electrons; None where it is not known.
    levels : tuple of float
        Dark, usual and bright levels of the scene without noise, counts; () where not known.
    simulated : bool
        Whether the truth is exact.
    """

    name: str
    method: Method
    dark: Sequence[Pixels]
    light: Sequence[Sequence[Pixels]]
    pixel_type: PixelType
    gain: float
    offset: float
    read_noise: float | None
    levels: tuple[float, ...] = ()
    simulated: bool = True

    @property
    def read_noise_and_rounding(self) -> float | None:
        """The truth with what digitisation adds, electrons; photon counts are not rounded."""
        if not self.read_noise or not self.simulated:
            return self.read_noise
        return float((self.read_noise**2 + 1 / 12 / self.gain**2) ** 0.5)


def simulated(seeds: int) -> Iterator[Case]:
    """Yield each camera with each method and some specimens."""
    for name, camera in CAMERAS.items():
        for seed in range(seeds):
            rng = np.random.default_rng((1000, seed))
            peak = PEAKS[seed % len(PEAKS)]
            if camera.dtype == "uint8" or camera.bit_depth == 12:  # noqa: PLR2004 below full
                peak = min(peak, 80.0)
            still = _photons(random_field((SIDE, SIDE), rng), peak)
            yield _case(name, "dark and light", camera, still, rng)
            yield _case(name, "still scene", camera, still, rng)
            movie = _photons(random_movie((SIDE, SIDE), FRAMES, rng), peak)
            yield _case(name, "moving scene", camera, movie, rng)


def _photons(light: NDArray[np.float32], peak: float) -> NDArray[np.float32]:
    return np.asarray(light / np.percentile(light, 99.9) * peak + 1, np.float32)


def _case(
    name: str,
    method: Method,
    camera: Camera,
    light: NDArray[np.float32],
    rng: np.random.Generator,
) -> Case:
    dark: list[Pixels] = []
    if method == "dark and light":
        nothing = np.zeros(light.shape, np.float32)
        dark = [camera.expose(nothing, rng) for _ in range(DARK)]
        each = (FRAMES - DARK) // len(LEVELS)
        scenes = [[camera.expose(light * at, rng) for _ in range(each)] for at in LEVELS]
    else:
        frames = light if light.ndim == 3 else [light] * FRAMES  # noqa: PLR2004 a movie
        scenes = [[camera.expose(frame, rng) for frame in frames]]
    levels = camera.offset_adu + camera.gain_adu_per_e * np.quantile(light, [0.1, 0.5, 0.95])
    return Case(
        name,
        method,
        dark,
        scenes,
        camera.dtype,
        camera.gain_adu_per_e,
        camera.offset_adu,
        camera.read_noise_e,
        tuple(map(float, levels)),
    )


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor whose pixels differ, as the maps of a real one have it.

    Attributes
    ----------
    gain, offset, variance : array, shape (y, x)
        Counts per electron; counts; variance of the read noise, counts².
    """

    gain: NDArray[np.float64]
    offset: NDArray[np.float64]
    variance: NDArray[np.float64]

    @classmethod
    def read(cls, folder: Path) -> "Sensor":
        """Read its maps; the offsets, which it lacks, differ by 1 count."""
        gain = scipy.io.loadmat(folder / "gainsub.mat")["gainsub"]
        variance = scipy.io.loadmat(folder / "varsub.mat")["varsub"]
        offset = np.random.default_rng(5).normal(100.0, 1.0, gain.shape)
        return cls(np.maximum(gain, 0.05), offset, variance)

    def expose(self, photons: NDArray[np.float64], rng: np.random.Generator) -> Pixels:
        """Take a frame."""
        noise = rng.normal(0, np.sqrt(self.variance))
        counts = np.rint(self.offset + self.gain * rng.poisson(photons) + noise)
        return np.clip(counts, 0, 65535).astype(np.uint16)


def sensor_case(sensor: Sensor, frames_a_level: int, dark: int) -> Case:
    """Return the sensor with dark frames and evenly lit fields."""
    rng = np.random.default_rng(77)
    shape = sensor.gain.shape
    nothing = np.zeros(shape)
    taken = [sensor.expose(nothing, rng) for _ in range(dark)]
    scenes = [
        [sensor.expose(np.full(shape, photons), rng) for _ in range(frames_a_level)]
        for photons in (20.0, 60.0, 150.0, 400.0, 1000.0)
    ]
    healthy = sensor.variance < 5 * np.median(sensor.variance)
    gain = float(sensor.gain[healthy].mean())
    read = float(np.sqrt(sensor.variance[healthy].mean())) / gain
    name = f"maps of a real sCMOS, {dark} dark + 5 x {frames_a_level}"
    return Case(name, "dark and light", taken, scenes, "uint16", gain, 100.0, read)


def recorded() -> Iterator[Case]:
    """Yield the recordings whose cameras are known."""
    folder = Path(os.environ["LIVECARE_DATA"])
    methods: tuple[Method, ...] = ("still scene", "moving scene")
    for path in sorted((folder / "nandb_fkbp").glob("*.tif")):
        frames = list(tifffile.imread(path))
        for method in methods:
            name = f"nandb {path.stem.split(' ')[0]}"
            yield Case(name, method, (), [frames], "uint8", 1.0, 0.0, 0.0, simulated=False)
    for light in ("340", "380"):
        frames = list(tifffile.imread(folder / "timelapse" / f"fura2_pc12_{light}.tif"))
        for method in methods:
            name = f"fura {light}"
            yield Case(name, method, (), [frames], "uint16", 8.4, 300.0, None, simulated=False)
