"""Streams of frames that guards are measured on: specimens, light and cameras, and real counts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import tifffile
from numpy.typing import NDArray

from livecare.engines import make_engine
from livecare.errors import ConfigError
from livecare.frame import Pixels, PixelType
from livecare.models import load_bundled
from livecare.models.noise_estimate import estimate_noise
from livecare.models.normalise import CameraNoise, NoiseUnits
from livecare.simulation import (
    SPECIMENS,
    Camera,
    Optics,
    Specimen,
    SpecimenSettings,
    random_optics,
    random_specimen,
)

CAMERAS: Final = {
    "sCMOS": Camera(gain_adu_per_e=0.46, offset_adu=100.0, read_noise_e=1.6, bit_depth=16),
    "CMOS, hot pixels": Camera(hot_pixel_fraction=3e-4, bit_depth=12),
    "CCD": Camera(gain_adu_per_e=0.8, offset_adu=300.0, read_noise_e=6.0),
    "counter": Camera(gain_adu_per_e=1.0, offset_adu=0.0, read_noise_e=0.0, dtype="uint8"),
    "high gain": Camera(gain_adu_per_e=8.4, offset_adu=300.0, read_noise_e=2.0),
}
PHOTONS: Final = (4.0, 250.0)
"""Of the bright structures."""
CLEAR: Final = 2.0
"""Deviations of the noise that bright structures stand out by at least: fainter is invisible."""
FINE: Final = 2.0
"""Counts of light below which rounding to whole counts takes brightness away."""
FRAMES: Final = 12
"""Frames of a stream: some for what it is like at first, some to judge."""
LOCK: Final = 8
"""Frames from which camera values are estimated, as a live run does."""
ESTIMATED: Final = 0.4
"""Part of the streams whose camera values are estimated from their first frames."""
RIGHT: Final = 0.15
"""Error of the noise's variance up to which an estimate is right."""

Field = NDArray[np.float32]
Restore = Callable[[Pixels, CameraNoise, PixelType], Pixels]


@dataclass(frozen=True, slots=True)
class Stream:
    """A specimen before a camera.

    Attributes
    ----------
    name : str
        For people.
    light : array, shape (t, y, x), float32
        Expected photons.
    camera : Camera
        The camera.
    estimated : bool
        Whether its values are estimated.
    seed : int
        Of the noise.
    """

    name: str
    light: Field
    camera: Camera
    estimated: bool
    seed: int

    @property
    def restored_dtype(self) -> PixelType:
        """The raw type where even dark places are `FINE` counts above the offset, else float32."""
        darkest = float(np.percentile(self.light, 5.0)) * self.camera.gain_adu_per_e
        return self.camera.dtype if darkest >= FINE else "float32"

    def expose(self, light: Field | None = None) -> list[Pixels]:
        """Take the frames, of other light if it is given."""
        rng = np.random.default_rng(self.seed)
        return [self.camera.expose(each, rng) for each in (self.light if light is None else light)]

    def believed(self, frames: list[Pixels]) -> CameraNoise:
        """Return the camera's values as a run would have them, where they come out right."""
        truth = true_noise(self.camera)
        if self.estimated:
            try:
                found = estimate_noise(frames[:LOCK]).best_noise
            except ConfigError:
                return truth
            mean = float(np.mean(frames[0]))
            error = _variance(found, mean) / _variance(truth, mean) - 1
            if found.binning == 1 and abs(error) < RIGHT:
                return found
        return truth


def _variance(noise: CameraNoise, level: float) -> float:
    electrons = max(level - noise.offset_adu, 0.0) / noise.gain_adu_per_e
    return noise.gain_adu_per_e**2 * (electrons + noise.read_noise_e**2) + 1e-6


def true_noise(camera: Camera) -> CameraNoise:
    """Return the values that a good calibration finds."""
    return CameraNoise(camera.gain_adu_per_e, camera.offset_adu, camera.read_noise_e)


def draw_stream(
    rng: np.random.Generator,
    side: int = 256,
    specimen: str | None = None,
    speed_px: float | None = None,
    photons: tuple[float, float] = PHOTONS,
    *,
    counters: bool = True,
) -> Stream:
    """Draw a stream at random.

    Parameters
    ----------
    rng : numpy.random.Generator
        The same state gives the same stream.
    side : int
        Rows and columns, pixels.
    specimen : str or None
        One of `SPECIMENS`; None for one of them or a random one.
    speed_px : float or None
        Pixels per frame; None for the specimen's own.
    photons : tuple of float
        Least and most photons of the bright structures; more where the camera needs them.
    counters : bool
        Whether photon counters are among the cameras.
    """
    known = specimen or (str(rng.choice(list(SPECIMENS))) if rng.random() < 1 / 2 else None)
    optics = Optics() if known else random_optics(rng)
    settings: SpecimenSettings = SPECIMENS[known] if known else random_specimen(rng)
    if speed_px is not None:
        settings = replace(settings, speed_px=speed_px)
    scene = Specimen(settings, optics, (side, side), rng)
    name = str(rng.choice([each for each in CAMERAS if counters or each != "counter"]))
    camera = replace(CAMERAS[name], sensor_seed=int(rng.integers(1 << 30)))
    read_noise = camera.read_noise_e
    seen = CLEAR * (CLEAR + np.sqrt(CLEAR**2 + 4 * read_noise**2)) / 2  # p = CLEAR √(p + read²)
    brightness = max(float(np.exp(rng.uniform(*np.log(photons)))), float(seen))
    light = np.stack([scene.render(float(t)) for t in range(FRAMES)]) * np.float32(brightness)
    return Stream(
        f"{known or 'random'}, {brightness:.0f} photons, {name}",
        light,
        camera,
        bool(rng.random() < ESTIMATED),
        int(rng.integers(1 << 30)),
    )


def blurred(light: Field, sigma_px: float) -> Field:
    """Blur the last two axes by a Gaussian."""
    fy, fx = np.fft.fftfreq(light.shape[-2])[:, None], np.fft.rfftfreq(light.shape[-1])
    low = np.exp(-2 * (np.pi * sigma_px) ** 2 * (fy**2 + fx**2))
    return np.asarray(np.maximum(np.fft.irfft2(np.fft.rfft2(light) * low, light.shape[-2:]), 0))


def make_restorer(threads: int = 1, model: str = "default-fast") -> Restore:
    """Return a function that restores a frame to counts of a type."""
    engine = make_engine("onnxruntime")
    engine.load(load_bundled(model), threads)

    def restore(frame: Pixels, noise: CameraNoise, dtype: PixelType) -> Pixels:
        restored = np.empty(frame.shape, dtype)
        engine.infer(np.ascontiguousarray(frame)[None], restored[None], [NoiseUnits(noise)])
        return restored

    return restore


def photon_counts(folder: Path, well: str) -> list[tuple[str, list[Pixels]]]:
    """Return recordings of real photon counts (gain 1, offset 0), named, `FRAMES` frames each."""
    return [
        (path.stem, list(tifffile.imread(path)[:FRAMES]))
        for path in sorted((folder / "nandb_fkbp").glob(f"{well}_*.tif"))
    ]
