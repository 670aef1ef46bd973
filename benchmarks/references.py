"""How well reference frames show that restoration has become worse, on simulated specimens.

::

    python benchmarks/references.py --write     # finds the factors, and writes them for livecare
    python benchmarks/references.py             # judges them on other streams; the table

A stream is a moving specimen; at each of `REFERENCES` times one frame of little light is restored
by the bundled model and compared with one of much light. The first `FIRST` say what is usual.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from guards_streams import CAMERAS, Field, Restore, make_restorer, true_noise
from machine import Machine
from report import place_of, print_grid, write_document

from livecare.frame import Position
from livecare.models.normalise import CameraNoise
from livecare.references import ReferenceWatch, compare
from livecare.references.shifting import shifted
from livecare.references.watch import ERROR, FILE, FIRST, LIKENESS, MOST, factors
from livecare.simulation import SPECIMENS, Camera, Optics, Specimen, random_optics, random_specimen

REFERENCES: Final = 11
EVERY: Final = 20
"""Time points of the specimen between two references."""
SIDE: Final = 256
STREAMS: Final = 120
"""For the factors; each gives eight values."""
JUDGED: Final = 24
"""Streams of each case of the table."""
RARE: Final = 400
"""One reference in so many may alarm where nothing is wrong: 0.25 %, so that 0.5 % is kept."""
LEAST: Final = 1.1
"""Factors are no lower: an error that grows by a tenth is not worth an alarm."""
NAMES: Final = (ERROR, LIKENESS)


@dataclass(frozen=True, slots=True)
class Stream:
    """A specimen before a camera; `light` is how many times as much a reference has."""

    scene: Specimen
    brightness: float
    camera: Camera
    noise: CameraNoise
    light: float
    seed: int

    def photons(self, k: int) -> Field:
        """Return what a pixel detects at the time of reference k."""
        return np.asarray(self.scene.render(float(k * EVERY)) * self.brightness, np.float32)


Change = Callable[[Field], Field]
"""Makes another field of one."""


def kept(field: Field) -> Field:
    """Return it as it is."""
    return field


def brighter(factor: float) -> Change:
    """Return what gives other light."""
    return lambda field: field * np.float32(factor)


def blurred(sigma_px: float) -> Change:
    """Return what blurs by a Gaussian, periodically."""

    def blur(field: Field) -> Field:
        y, x = (np.fft.fftfreq(length) for length in field.shape)
        square = y[:, None] ** 2 + x[None, :] ** 2
        passed = np.exp(-2 * (np.pi * sigma_px) ** 2 * square)
        return np.asarray(np.maximum(np.fft.ifft2(np.fft.fft2(field) * passed).real, 0), np.float32)

    return blur


def another_place(field: Field) -> Field:
    """Return the same specimen elsewhere, as if the stage had moved."""
    return np.roll(field, (100, 60), (0, 1))


def beside(field: Field) -> Field:
    """Return it moved by 2.4 rows."""
    return shifted(np.roll(field, 2, 0), 0.4, 0.0)


@dataclass(frozen=True, slots=True)
class Case:
    """What becomes of a stream after its first references.

    Attributes
    ----------
    name : str
        For people.
    specimen : callable
        Changes the light of both frames.
    low : callable
        Changes the light of the restored frame alone.
    restored : callable
        Changes the restored frame.
    gain : float
        Factor by which the gain that is believed is off.
    wrong : bool
        Whether restoration is worse than at first.
    """

    name: str
    specimen: Change = kept
    low: Change = kept
    restored: Change = kept
    gain: float = 1.0
    wrong: bool = True


def draw(seed: int, case: int) -> Stream:
    """Draw a stream at random."""
    rng = np.random.default_rng((seed, case))
    known = rng.random() < 1 / 2
    settings = SPECIMENS[str(rng.choice(list(SPECIMENS)))] if known else random_specimen(rng)
    optics = Optics() if known else random_optics(rng)
    camera = replace(CAMERAS[str(rng.choice([each for each in CAMERAS if each != "counter"]))])
    truth = true_noise(camera)
    believed = replace(truth, gain_adu_per_e=truth.gain_adu_per_e * np.exp(rng.normal(0, 0.03)))
    return Stream(
        Specimen(settings, optics, (SIDE, SIDE), rng),
        float(np.exp(rng.uniform(*np.log((10.0, 150.0))))),
        camera,
        believed,
        float(np.exp(rng.uniform(*np.log((5.0, 40.0))))),
        int(rng.integers(1 << 30)),
    )


def measure(restore: Restore, stream: Stream, case: Case) -> Iterator[dict[str, float] | None]:
    """Yield what each reference gives; None where it is not fair."""
    rng = np.random.default_rng(stream.seed)
    for k in range(REFERENCES):
        on = k >= FIRST
        photons = stream.photons(k)
        if on:
            photons = case.specimen(photons)
        dim = case.low(photons) if on else photons
        raw = stream.camera.expose(dim, rng)
        reference = stream.camera.expose(np.float32(stream.light) * photons, rng)
        noise = stream.noise
        if on:
            noise = replace(noise, gain_adu_per_e=noise.gain_adu_per_e * case.gain)
        restored = restore(raw, noise, "float32")
        found = compare(case.restored(restored) if on else restored, reference, noise)
        fair = found is not None and found.fair
        yield {ERROR: found.nrmse, LIKENESS: 1 - found.ssim} if found and fair else None


def judge(restore: Restore, stream: Stream, case: Case) -> list[dict[str, tuple[float, float]]]:
    """Return for each fair reference after the first its values and the medians of the first."""
    found = [each for each in measure(restore, stream, case) if each is not None]
    if len(found) < FIRST:
        return []
    first = {name: statistics.median(each[name] for each in found[:FIRST]) for name in NAMES}
    return [{name: (each[name], first[name]) for name in NAMES} for each in found[FIRST:]]


CASES: Final = (
    Case("nothing wrong", wrong=False),
    Case("stage moved in between", specimen=another_place, wrong=False),
    Case("shifted by 2.4 pixels", restored=beside, wrong=False),
    Case("lamp at 1.5 times the light", specimen=brighter(1.5), wrong=False),
    Case("bleached to 0.5", specimen=brighter(0.5)),
    Case("bleached to 0.25", specimen=brighter(0.25)),
    Case("bleached to 0.1", specimen=brighter(0.1)),
    Case("low exposure at a quarter", low=brighter(0.25)),
    Case("both out of focus (3 px)", specimen=blurred(3.0)),
    Case("network smooths (3 px)", restored=blurred(3.0)),
    Case("gain believed × 2", gain=2.0),
)


def find_factors(restore: Restore, streams: int) -> dict[str, dict[str, float]]:
    """Return by what factor each value grows in one of `RARE` references without a reason."""
    pairs = [each for k in range(streams) for each in judge(restore, draw(1, k), CASES[0])]
    document = {}
    for name in NAMES:
        grown = np.array([value / first for value, first in (each[name] for each in pairs)])
        factor = float(f"{max(np.quantile(grown, 1 - 1 / RARE), LEAST):.3g}")
        rate = float(np.mean(grown > factor))
        document[name] = {
            "factor": factor,
            "references": grown.size,
            "false_alarms": round(rate, 5),
        }
        print(name, document[name], "quantiles", np.quantile(grown, (0.05, 0.5, 0.95, 0.99, 1)))
    return document


def table(restore: Restore, streams: int) -> list[tuple[str, ...]]:
    """Return what alarms in each case."""
    rows: list[tuple[str, ...]] = [
        ("case", "wrong", "references", *NAMES, "either", "grown by (median)")
    ]
    for number, case in enumerate(CASES):
        pairs = [each for k in range(streams) for each in judge(restore, draw(2 + number, k), case)]
        alarms = {
            name: np.array(
                [each[name][0] > min(factors()[name] * each[name][1], MOST) for each in pairs]
            )
            for name in NAMES
        }
        either = alarms[ERROR] | alarms[LIKENESS]
        grown = np.median([each[ERROR][0] / each[ERROR][1] for each in pairs])
        shares = (f"{found.mean():.1%}" for found in (*alarms.values(), either))
        said = "yes" if case.wrong else "no"
        rows.append((case.name, said, str(len(pairs)), *shares, f"{grown:.2f}"))
    return rows


def cost() -> list[tuple[str, ...]]:
    """Return what a reference and a frame before it cost."""
    rows: list[tuple[str, ...]] = [("pixels", "comparison, ms of one core", "copy of a frame, ms")]
    rng = np.random.default_rng(0)
    for side in (512, 2048):
        wave = np.sin(np.linspace(0, side / 8, side))
        photons = (20 * (1 + np.outer(wave, wave))).astype(np.float32)
        reference = (100 + 2 * rng.poisson(10 * photons)).astype(np.uint16)
        restored = (100 + 2 * photons).astype(np.uint16)
        watch = ReferenceWatch(1, 10.0)
        copying = _took(lambda: watch.remember(Position(0), restored))  # noqa: B023 called at once
        comparing = _took(lambda: compare(restored, reference, CameraNoise(2.0, 100.0)))  # noqa: B023
        rows.append((f"{side} × {side}", f"{comparing:.0f}", f"{copying:.2f}"))
    return rows


def _took(work: Callable[[], object]) -> float:
    """Return the time that work takes on one core, ms; the first of eleven is not counted."""
    work()
    begun = time.process_time()
    for _ in range(10):
        work()
    return (time.process_time() - begun) * 100


def main() -> None:
    """Find the factors, or judge them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="find the factors and write them")
    parser.add_argument("--cost", action="store_true", help="measure what it costs, and no more")
    parser.add_argument("--streams", type=int, default=None)
    parser.add_argument("--out", type=Path, help="the JSON")
    chosen = parser.parse_args()
    if chosen.cost:
        print_grid(cost())
        return
    machine = Machine.here()
    begun, restore = time.perf_counter(), make_restorer()
    if chosen.write:
        document = find_factors(restore, chosen.streams or STREAMS)
        FILE.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    else:
        rows = table(restore, chosen.streams or JUDGED)
        print_grid(rows)
        spent = cost()
        print_grid(spent)
        known = json.loads(FILE.read_text(encoding="utf-8"))
        out = place_of(parser, chosen, "references")
        write_document(out, "references", machine, rows=rows, factors=known, cost=spent)
    print(f"{time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
