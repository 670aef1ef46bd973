"""From which value each guard alarms: found on clean streams, simulated and recorded.

::

    python benchmarks/guards_thresholds.py --data recordings           # what would be found now
    python benchmarks/guards_thresholds.py --data recordings --write

restores streams in which nothing is wrong and takes the value that one frame in `RARE` exceeds, or
what is not worth an alarm where that is more. `--write` puts it where `livecare.guards` reads it.
"""

import argparse
import json
import os
import time
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np
from guards_streams import Restore, draw_stream, make_restorer, photon_counts, true_noise
from machine import Machine
from report import place_of, print_grid, write_document

from livecare.guards import GUARDS, Expectation, Guards, TrustStatistics
from livecare.guards.thresholds import FILE
from livecare.models import load_bundled
from livecare.models.normalise import CameraNoise, NoiseUnits

STREAMS: Final = 170
SEED: Final = 100
"""Of the streams here; those that guards are judged by have others."""
RARE: Final = 500
"""One clean frame in so many may exceed a threshold: 0.2 %, so that 0.5 % is kept elsewhere."""
LARGE_EVERY: Final = 6
"""Every so many streams one of 512² pixels; the others are of 256²."""
LEAST: Final = {
    "noise": 1.2,  # camera values are hardly ever known better
    "correlated": 1.3,  # as of neighbours that share a twentieth of their noise
    "stripes": 1.5,
    "kept": 0.1,
    "removed": 1.05,
    "invented": 6.0,  # single streams stay above the quantile for many frames
    "checkerboard": 1.0,  # smooth frames have less at the highest frequency than beside it
    "intensity": 0.02,  # two per cent are less than a biologist relies on
    "flicker": 0.01,  # as much is just seen
    "drift": 0.1,  # lamps do that
    "blurred": 1.5,
    "mismatch": 1.2,  # a fifth; this is told, not measured
    "saturated": 0.002,
    "empty": 0.88,
    "unfamiliar": 1.0,  # the distance of 99.5 % of the training's frames
}
"""Thresholds are no lower, whatever the clean streams show: less is not worth an alarm."""

Found = dict[str, list[float]]


def simulated(restore: Restore, streams: int, trust: TrustStatistics) -> Found:
    """Return each guard's values over simulated clean streams, restored by the model and perfectly.

    A better network is not to alarm where a worse one does not.
    """
    found: Found = defaultdict(list)
    for k in range(streams):
        rng = np.random.default_rng((SEED, k))
        stream = draw_stream(rng, 512 if k % LARGE_EVERY == 0 else 256)
        frames = stream.expose()
        noise = stream.believed(frames)
        guards, perfect = (Guards(Expectation(trust=trust)) for _ in range(2))
        for raw, light in zip(frames, stream.light, strict=True):
            restored = restore(raw, noise, stream.restored_dtype)
            for name, value in guards.measure(raw, restored, NoiseUnits(noise)).items():
                found[name].append(value)
            truth = stream.camera.expected_adu(light)
            if noise == true_noise(stream.camera):
                for name, value in perfect.measure(raw, truth, NoiseUnits(noise)).items():
                    found[name].append(value)
    return found


def recorded(restore: Restore, folder: Path, trust: TrustStatistics) -> Found:
    """Return each guard's values over real photon counts."""
    found: Found = defaultdict(list)
    noise = CameraNoise(1.0)
    for _, frames in photon_counts(folder, "well1"):
        guards = Guards(Expectation(trust=trust))
        for raw in frames:
            restored = restore(raw, noise, "float32")
            for name, value in guards.measure(raw, restored, NoiseUnits(noise)).items():
                found[name].append(value)
    return found


def main() -> None:
    """Find the thresholds and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    named = os.environ.get("LIVECARE_DATA")
    parser.add_argument("--data", type=Path, default=named, required=not named)
    parser.add_argument("--streams", type=int, default=STREAMS)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--out", type=Path, help="the JSON")
    chosen = parser.parse_args()
    machine = Machine.here()
    begun = time.perf_counter()
    trust = TrustStatistics.read(load_bundled("default-fast").trust)
    restore = make_restorer()
    drawn, real = simulated(restore, chosen.streams, trust), recorded(restore, chosen.data, trust)
    document = {}
    rows = [("guard", "threshold", "frames", "alarms", "median", "99 %", "most", "counts: most")]
    for name in (each for each in GUARDS if drawn[each] or each in LEAST):
        values = np.array(drawn[name] + real[name]) if drawn[name] else np.zeros(0)
        limit = float(np.quantile(values, 1 - 1 / RARE)) if values.size else 0.0
        limit = float(f"{max(limit, LEAST.get(name, -np.inf)):.4g}")
        alarms = float((values > limit).mean()) if values.size else 0.0
        document[name] = {
            "threshold": limit,
            "clean_frames": values.size,
            "alarms": round(alarms, 5),
        }
        shown = np.quantile(values, (0.5, 0.99, 1)) if values.size else (0, 0, 0)
        most = max(real[name], default=0.0)
        rows.append(
            (
                name,
                f"{limit:g}",
                str(values.size),
                f"{alarms:.2%}",
                *(f"{each:.3g}" for each in (*shown, most)),
            )
        )
    print_grid(rows)
    print(f"{time.perf_counter() - begun:.0f} s")
    if chosen.write:
        text = {"made_by": "benchmarks/guards_thresholds.py", "guards": document}
        FILE.write_text(json.dumps(text, indent=1) + "\n", encoding="utf-8")
    file = place_of(parser, chosen, "guards_thresholds")
    write_document(file, "guards_thresholds", machine, guards=document, rows=rows)


if __name__ == "__main__":
    main()
