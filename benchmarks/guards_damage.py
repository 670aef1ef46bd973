"""What goes wrong in a stream: in the light, in the camera, in what is believed, in the network."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from guards_streams import CAMERAS, Field, Restore, Stream, blurred, true_noise
from numpy.typing import NDArray

from livecare.frame import Pixels
from livecare.models.normalise import CameraNoise, NoiseUnits

BEGIN: Final = 9
"""Frame from which something is wrong, where the beginning must be right."""
SPOT_SIGMA_PX: Final = 1.6
"""Of a structure that a network erases or invents: about a point source."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A pair of frames, what was believed, and whether it counts."""

    raw: Pixels
    restored: Pixels
    noise: CameraNoise
    counts: bool = True


Play = Callable[[Stream, Restore, np.random.Generator], Iterator[Seen]]


def units(seen: Seen) -> NoiseUnits:
    """Return the normalisation that a pair went through."""
    return NoiseUnits(seen.noise)


def right(stream: Stream, restore: Restore, rng: np.random.Generator) -> Iterator[Seen]:
    """Play the stream as it is."""
    del rng
    yield from _played(stream, stream.expose(), restore)


def _played(
    stream: Stream, frames: list[Pixels], restore: Restore, first: int = 0
) -> Iterator[Seen]:
    noise = stream.believed(frames)
    for i, raw in enumerate(frames):
        yield Seen(raw, restore(raw, noise, stream.restored_dtype), noise, i >= first)


def believing(factor: float) -> Play:
    """Believe in a gain that is wrong by a factor."""

    def play(stream: Stream, restore: Restore, rng: np.random.Generator) -> Iterator[Seen]:
        del rng
        truth = true_noise(stream.camera)
        noise = replace(truth, gain_adu_per_e=truth.gain_adu_per_e * factor)
        for raw in stream.expose():
            yield Seen(raw, restore(raw, noise, stream.restored_dtype), noise)

    return play


def other_light(change: Callable[[Stream, np.random.Generator], Field], first: int = 0) -> Play:
    """Let other light fall on the camera; frames count from `first` on."""

    def play(stream: Stream, restore: Restore, rng: np.random.Generator) -> Iterator[Seen]:
        yield from _played(stream, stream.expose(change(stream, rng)), restore, first)

    return play


def raw_changed(
    change: Callable[[Stream, Pixels, np.random.Generator], NDArray[np.float32]],
) -> Play:
    """Something happens in the camera, and the network sees it."""

    def play(stream: Stream, restore: Restore, rng: np.random.Generator) -> Iterator[Seen]:
        noise = true_noise(stream.camera)
        for frame in stream.expose():
            raw = _digitised(change(stream, frame, rng), frame)
            yield Seen(raw, restore(raw, noise, stream.restored_dtype), noise)

    return play


def restored_changed(
    change: Callable[[Field, Pixels, CameraNoise, int], Field], first: int = 0
) -> Play:
    """The network makes something of it; pixels are electrons above the offset."""

    def play(stream: Stream, restore: Restore, rng: np.random.Generator) -> Iterator[Seen]:
        del rng
        for i, seen in enumerate(right(stream, restore, np.random.default_rng(0))):
            noise = seen.noise
            electrons = (seen.restored.astype(np.float32) - noise.offset_adu) / noise.gain_adu_per_e
            changed = change(electrons, seen.raw, noise, i)
            counts = changed * noise.gain_adu_per_e + noise.offset_adu
            restored = _digitised(np.asarray(counts, np.float32), seen.restored)
            yield replace(seen, restored=restored, counts=i >= first)

    return play


def _digitised(counts: NDArray[np.float32], like: Pixels) -> Pixels:
    if like.dtype.kind != "u":
        return counts
    return np.clip(np.rint(counts), 0, np.iinfo(like.dtype).max).astype(like.dtype)


def spot(clarity: float, *, erased: bool) -> Play:
    """Play a network that does not see a spot that is there, or sees one that is not."""

    def play(stream: Stream, restore: Restore, rng: np.random.Generator) -> Iterator[Seen]:
        without = stream.expose()
        noise = stream.believed(without)
        gain = stream.camera.gain_adu_per_e
        for light, raw in zip(stream.light, without, strict=True):
            spot = rng.poisson(_draw_spot(light, stream.camera.read_noise_e, clarity, rng))
            spotted = _digitised(np.asarray(raw + gain * spot, np.float32), raw)
            shown, seen = (spotted, raw) if erased else (raw, spotted)
            yield Seen(shown, restore(seen, noise, stream.restored_dtype), noise)

    return play


def _draw_spot(light: Field, read_noise: float, clarity: float, rng: np.random.Generator) -> Field:
    """Return the photons of a spot at a random place.

    Its clarity is its photons over the noise of the 8 × 8 pixels that it lies on.
    """
    rows, columns = light.shape
    y, x = (rng.uniform(12, length - 12) for length in (rows, columns))
    down, across = np.arange(rows)[:, None] - y, np.arange(columns) - x
    shape = np.exp(-(down**2 + across**2) / (2 * SPOT_SIGMA_PX**2))
    shape /= shape.sum()
    around = light[int(y) - 4 : int(y) + 4, int(x) - 4 : int(x) + 4]
    variance = float(around.sum()) + 64 * read_noise**2
    photons = clarity * (clarity + np.sqrt(clarity**2 + 4 * variance)) / 2  # N = c √(N + variance)
    return np.asarray(photons * shape, np.float32)


def out_of_focus(stream: Stream, rng: np.random.Generator) -> Field:
    """Lose the focus in frame `BEGIN`."""
    del rng
    light = stream.light.copy()
    light[BEGIN:] = blurred(light[BEGIN:], 5.0)
    return light


def bleaching(stream: Stream, rng: np.random.Generator) -> Field:
    """Let the light fall to one half."""
    del rng
    falls = 0.5 ** (np.arange(len(stream.light)) / (len(stream.light) - 1))
    return np.asarray(stream.light * falls[:, None, None], np.float32)


def entering(stream: Stream, rng: np.random.Generator) -> Field:
    """Let a bright disc of 60 pixels enter in frame `BEGIN`."""
    light = stream.light.copy()
    rows, columns = light.shape[1:]
    y, x = rng.uniform(40, rows - 40), rng.uniform(40, columns - 40)
    distance = np.hypot(np.arange(rows)[:, None] - y, np.arange(columns) - x)
    disc = 1 / (1 + np.exp(np.clip(distance - 30, -50, 50)))
    light[BEGIN:] += np.float32(3 * np.percentile(stream.light[0], 99.9)) * disc.astype(np.float32)
    return light


def nothing(stream: Stream, rng: np.random.Generator) -> Field:
    """Show an empty field."""
    del rng
    return np.full_like(stream.light, float(stream.light.min()))


def smeared(stream: Stream, frame: Pixels, rng: np.random.Generator) -> NDArray[np.float32]:
    """Drag each pixel into the next one, as slow detectors of scanners do."""
    del stream, rng
    counts = frame.astype(np.float32)
    return np.asarray(0.75 * counts + 0.25 * np.roll(counts, 1, axis=1), np.float32)


def interpolated(stream: Stream, frame: Pixels, rng: np.random.Generator) -> NDArray[np.float32]:
    """Resample half a pixel aside, as registration and rotation do."""
    del stream, rng
    counts = frame.astype(np.float32)
    down = (counts + np.roll(counts, 1, axis=0)) / 2
    return np.asarray((down + np.roll(down, 1, axis=1)) / 2, np.float32)


def striped(stream: Stream, frame: Pixels, rng: np.random.Generator) -> NDArray[np.float32]:
    """Add an offset to each row, 0.3 times a mean pixel's noise."""
    noise = true_noise(stream.camera)
    variance = float(stream.light.mean()) + noise.read_noise_e**2
    rows = rng.normal(0, 0.3 * variance**0.5 * noise.gain_adu_per_e, (frame.shape[0], 1))
    return np.asarray(frame + rows, np.float32)


def checkered(electrons: Field, raw: Pixels, noise: CameraNoise, index: int) -> Field:
    """Add a checkerboard of 0.3 times a mean pixel's noise."""
    del raw, index
    board = np.indices(electrons.shape).sum(axis=0) % 2 * 2 - 1
    deviation = np.sqrt(max(float(electrons.mean()), 0) + noise.read_noise_e**2)
    return np.asarray(electrons + 0.3 * deviation * board, np.float32)


def half_kept(electrons: Field, raw: Pixels, noise: CameraNoise, index: int) -> Field:
    """Leave half of the noise."""
    del index
    seen = (raw.astype(np.float32) - noise.offset_adu) / noise.gain_adu_per_e
    return np.asarray((electrons + seen) / 2, np.float32)


def oversmoothed(electrons: Field, raw: Pixels, noise: CameraNoise, index: int) -> Field:
    """Blur by 5 pixels."""
    del raw, noise, index
    return blurred(electrons, 5.0)


def dimmed(electrons: Field, raw: Pixels, noise: CameraNoise, index: int) -> Field:
    """Take a tenth of the brightness away."""
    del raw, noise, index
    return np.asarray(0.9 * electrons, np.float32)


def flickering(electrons: Field, raw: Pixels, noise: CameraNoise, index: int) -> Field:
    """Make even frames 5 % brighter and odd ones 5 % dimmer."""
    del raw, noise
    return np.asarray(electrons * (1 + 0.05 * (-1) ** index), np.float32)


def saturating(stream: Stream, restore: Restore, rng: np.random.Generator) -> Iterator[Seen]:
    """Turn the gain up until a hundredth of the pixels are at full scale."""
    del rng
    frames = stream.expose()
    camera = stream.camera
    bright = float(np.percentile(frames[0], 99.0))
    scale = (camera.full_scale_adu - camera.offset_adu) / max(bright - camera.offset_adu, 1)
    camera = replace(camera, gain_adu_per_e=camera.gain_adu_per_e * scale)
    loud = replace(stream, camera=camera, estimated=False)
    yield from right(loud, restore, np.random.default_rng(0))


def rounded(stream: Stream, restore: Restore, rng: np.random.Generator) -> Iterator[Seen]:
    """Write a photon counter's faint frames as whole counts."""
    del rng
    counter = replace(stream, camera=CAMERAS["counter"])
    noise = true_noise(counter.camera)
    for raw in counter.expose():
        yield Seen(raw, restore(raw, noise, counter.camera.dtype), noise)
