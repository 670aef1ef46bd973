"""What the bundled models were trained on, as the guard "unfamiliar" compares frames with it.

::

    python benchmarks/guards_trust.py --data recordings --model default-fast --write

draws frames as the training does, has the model restore them, and writes their statistics into the
model's description.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
import yaml
from guards_streams import Restore, make_restorer
from numpy.typing import NDArray

from livecare.guards import TrustStatistics
from livecare.guards.learning import frame_statistics, learn
from livecare.models.normalise import CameraNoise
from livecare.models.package import BUNDLED_FOLDER
from livecare.simulation import Camera
from livecare.simulation.textures import log_uniform
from livecare.training.default_fields import _recorded_images, draw_light
from livecare.training.exposures import (
    BACKGROUND_PHOTONS,
    COUNTER_SHARE,
    FAINTEST,
    PEAK_PHOTONS,
    READ_NOISE_E,
)

FRAMES: Final = 500
"""Frames that are drawn: the statistics' tails are known to about a tenth."""
RECORDED_SHARE: Final = 0.05
"""Part of the frames whose light is a recorded image, as in the training."""
FINE_SHARE: Final = 0.15
"""Part of the drawn fields that are of finer texture, as at the end of the training."""


def draw(data: Path, restore: Restore, frames: int, seed: int = 8) -> list[NDArray[np.float64]]:
    """Return the statistics of frames as the bundled models saw them, each of shape (features,)."""
    rng = np.random.default_rng(seed)
    recorded = _recorded_images(data)
    rows = []
    while len(rows) < frames:
        if rng.random() < RECORDED_SHARE:
            light = recorded[int(rng.integers(len(recorded)))]
        else:
            light = draw_light(rng, fine=bool(rng.random() < FINE_SHARE))
        peak = log_uniform(PEAK_PHOTONS, rng)
        most = 0.3 + peak / FAINTEST
        background = min(log_uniform(BACKGROUND_PHOTONS, rng), most**2)
        read = 0.0 if rng.random() < COUNTER_SHARE else min(log_uniform(READ_NOISE_E, rng), most)
        camera = Camera(4.0, 100.0, read, dtype="float32")
        raw = camera.expose(np.float32(peak) * light + np.float32(background), rng)
        noise = CameraNoise(4.0, 100.0, read)
        found = frame_statistics(raw, restore(raw, noise, "float32"), noise)
        if found is not None:
            rows.append(found)
    return rows


def write(model: str, trust: TrustStatistics) -> None:
    """Put the statistics into a bundled model's description, and leave the rest of it as it is."""
    path = BUNDLED_FOLDER / model / "bioimageio.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["config"]["livecare"]["trust"] = trust.to_document()
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """Learn and write as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the recordings")
    parser.add_argument("--model", default="default-fast")
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    rows = draw(chosen.data, make_restorer(model=chosen.model), chosen.frames)
    trust = learn(rows)
    print(f"{chosen.model}: {len(rows)} frames, distance {trust.distance:.2f}")
    for name, centre, spread in zip(
        trust.features, trust.centre, np.std(rows, axis=0), strict=True
    ):
        print(f"  {name:10s} {centre:7.3f} ± {spread:.3f}")
    if chosen.write:
        write(chosen.model, trust)


if __name__ == "__main__":
    main()
