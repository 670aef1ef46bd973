"""Cases for the guard "unfamiliar": a model of one specimen, frames that are no fluorescence."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

import numpy as np
from guards_cases import Case
from guards_damage import Play, Seen, right
from guards_streams import Field, Restore, Stream, draw_stream
from numpy.typing import NDArray

from livecare.guards import Expectation, TrustStatistics
from livecare.guards.learning import frame_statistics, learn
from livecare.simulation import SPECIMENS, Optics, Specimen

TAUGHT: Final = "nuclei"
"""Specimen of a model that was trained on one specimen only."""
TAUGHT_STREAMS: Final = 80
PHOTONS: Final = (20.0, 120.0)
"""Light of its training, and of the frames that are judged."""


def narrow_trust(restore: Restore) -> TrustStatistics:
    """Return what a model would say that was trained on one specimen at one magnification."""
    rows: list[NDArray[np.float64]] = []
    for k in range(TAUGHT_STREAMS):
        stream = draw_stream(np.random.default_rng((31, k)), 256, TAUGHT, photons=PHOTONS)
        frames = stream.expose()
        noise = stream.believed(frames)
        for raw in frames[:: len(frames) // 2]:
            found = frame_statistics(raw, restore(raw, noise, stream.restored_dtype), noise)
            if found is not None:
                rows.append(found)
    return learn(rows)


def unlike_cases(restore: Restore) -> list[Case]:
    """Return the cases; the first two are of the specimen that was taught."""
    told = Expectation(trust=narrow_trust(restore))
    alike = Case("taught specimen", (), right, specimen=TAUGHT, expectation=told, photons=PHOTONS)
    claimed = ("unfamiliar",)
    return [
        alike,
        replace(alike, name="other specimen: lines", specimen="cytoskeleton", claimed=claimed),
        replace(alike, name="other specimen: spots", specimen="vesicles", claimed=claimed),
        replace(alike, name="other specimen: tissue", specimen="tissue", unclaimed=True),
        replace(alike, name="pixel size × 2, not told", play=_magnified(2.0), claimed=claimed),
        replace(alike, name="pixel size × 4, not told", play=_magnified(4.0), claimed=claimed),
        Case("no fluorescence: dark on bright", (), _drawn(_inverted), unclaimed=True),
        Case("no fluorescence: print", ("unfamiliar", "correlated", "stripes"), _drawn(_printed)),
        Case("no image: random pixels", ("noise", "stripes"), _drawn(_random)),
    ]


def _magnified(factor: float) -> Play:
    """See the taught specimen with larger pixels."""

    def play(stream: Stream, restore: Restore, rng: np.random.Generator) -> Iterator[Seen]:
        settings = SPECIMENS[TAUGHT]
        nuclei = replace(settings.nuclei, radius_px=settings.nuclei.radius_px / factor)
        smaller = replace(settings, nuclei=nuclei, haze_px=settings.haze_px / factor)
        optics = Optics(pixel_size_um=Optics().pixel_size_um * factor)
        specimen = Specimen(smaller, optics, stream.light.shape[1:], rng)
        peak = float(np.percentile(stream.light[0], 99.9))
        light = np.stack([specimen.render(float(t)) for t in range(len(stream.light))]) * peak
        yield from right(replace(stream, light=light.astype(np.float32)), restore, rng)

    return play


def _drawn(draw: Callable[[Field, np.random.Generator], Field]) -> Play:
    def play(stream: Stream, restore: Restore, rng: np.random.Generator) -> Iterator[Seen]:
        yield from right(replace(stream, light=draw(stream.light, rng)), restore, rng)

    return play


def _inverted(light: Field, rng: np.random.Generator) -> Field:
    """Absorb instead of glowing: a bright field with dark structures."""
    del rng
    top = np.float32(np.percentile(light, 99.9))
    return np.asarray(np.maximum(top * np.float32(1.1) - light, top / 20), np.float32)


def _printed(light: Field, rng: np.random.Generator) -> Field:
    """Show sharp-edged bars, as of a screen or a test chart."""
    rows, columns = light.shape[1:]
    period = int(rng.integers(6, 24))
    bars = (np.arange(columns) // (period // 2)) % 2 ^ (np.arange(rows)[:, None] // period) % 2
    top = np.percentile(light, 99.9)
    return np.broadcast_to((top * (0.05 + bars)).astype(np.float32), light.shape)


def _random(light: Field, rng: np.random.Generator) -> Field:
    """Give each pixel a brightness of its own."""
    top = np.percentile(light, 99.9)
    field = rng.gamma(1.0, top / 4, light.shape[1:]).astype(np.float32)
    return np.broadcast_to(field, light.shape)
