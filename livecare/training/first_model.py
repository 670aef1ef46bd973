"""The recipe of the bundled model "first": run this file to train it again.

::

    python -m livecare.training.first_model --minutes 8 --seed 1 --out somewhere

trains, keeps `weights.pt` and `training.json` in that folder, and writes the model package to
`somewhere/package`. With `--export-only` it packs the weights that lie there already.
"""

import argparse
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import livecare
from livecare.models.package import Model
from livecare.training.export import TEST_SIDE, write_package
from livecare.training.first_card import first_card
from livecare.training.network import MULTIPLE_OF, RestorationNet, measure_halo, parameter_count
from livecare.training.synthesis import PairSource, draw_field
from livecare.training.train import Progress, TrainingSettings, restore_frame, train
from livecare.training.validation import CAMERA, Score, score

THREADS = 2
"""CPU threads; a small network gains little from more."""
REPORTS = 20
"""How often the network is scored and kept while it trains."""
VALIDATION_PHOTONS = (3.0, 10.0, 30.0)
"""Peak photons that it is scored at while it trains."""
VALIDATION_FRAMES = 12
FINAL_PHOTONS = (3.0, 10.0, 20.0, 50.0, 100.0)
"""Peak photons that the finished model is scored at, for its card."""
FINAL_FRAMES = 48
VALIDATION_SEED = 900_001
FINAL_SEED = 900_002
TEST_SEED = 900_003
"""Of the fields for scoring, for the card and for the test tensors; training may use none."""
TEST_PHOTONS = 15.0
"""Peak photons of the package's test tensor and cover."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and pack the model as the command line says."""
    parser = argparse.ArgumentParser(description="Train livecare's bundled model 'first'.")
    parser.add_argument("--minutes", type=float, default=8.0, help="computing time")
    parser.add_argument("--seed", type=int, default=1, help="of weights and simulated pairs")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--export-only", action="store_true", help="pack the weights in --out")
    chosen = parser.parse_args(arguments)
    if not chosen.export_only:
        if chosen.seed in (VALIDATION_SEED, FINAL_SEED, TEST_SEED):
            parser.error(f"--seed {chosen.seed} is kept for validation: choose another")
        train_first(TrainingSettings(chosen.minutes * 60, chosen.seed), chosen.out)
    model = pack_first(chosen.out)
    print(f"wrote {model.folder}, weights {model.sha256[:12]}, halo {model.halo_px} px")  # noqa: T201 it is a script


def train_first(settings: TrainingSettings, folder: Path) -> None:
    """Train; write `weights.pt` and `training.json` to the folder, over and over."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(THREADS)
    torch.manual_seed(settings.seed)
    next_report = 1 / REPORTS

    def keep(progress: Progress, average: nn.Module) -> None:
        nonlocal next_report
        if progress.elapsed < min(next_report, 1.0):
            return
        next_report += 1 / REPORTS
        torch.save(average.state_dict(), folder / "weights.pt")
        record = json.dumps(_record(settings, progress, average), indent=2)
        (folder / "training.json").write_text(record, encoding="utf-8")
        scores = _scores(average, VALIDATION_PHOTONS, VALIDATION_FRAMES, VALIDATION_SEED)
        gains = ", ".join(f"{each.peak_photons:g}: {each.gain_db:+.2f} dB" for each in scores)
        print(f"{progress.elapsed:.0%}, step {progress.step}, gain at {gains}", flush=True)  # noqa: T201 as above

    train(RestorationNet(), settings, PairSource(settings.seed), keep)


def pack_first(folder: Path, final_frames: int = FINAL_FRAMES) -> Model:
    """Pack the weights in a folder as `package` below it, scored on some frames for its card."""
    network = RestorationNet()
    network.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
    network.eval()
    provenance = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    scores = _scores(network, FINAL_PHOTONS, final_frames, FINAL_SEED)
    halo_px = measure_halo(network)
    rng = np.random.default_rng(TEST_SEED)
    photons = np.float32(TEST_PHOTONS) * draw_field(rng)[:TEST_SIDE, :TEST_SIDE]
    return write_package(
        network,
        multiple_of=MULTIPLE_OF,
        halo_px=halo_px,
        test_frame=CAMERA.expose(photons, rng).astype(np.float32),
        card=first_card(
            {**provenance, "validation": [asdict(each) for each in scores]}, scores, halo_px
        ),
        folder=folder / "package",
    )


def _scores(network: nn.Module, peaks: Sequence[float], frames: int, seed: int) -> list[Score]:
    """Score the network at some peak photons."""
    return [
        score(lambda noisy: restore_frame(network, noisy), peak, frames, seed) for peak in peaks
    ]


def _record(settings: TrainingSettings, progress: Progress, network: nn.Module) -> dict[str, Any]:
    """Say how the weights came about."""
    return {
        "script": "livecare.training.first_model",
        "settings": asdict(settings),
        "steps": progress.step,
        "parameters": parameter_count(network),
        "data": "livecare.simulation alone; no recorded image",
        "versions": {
            "livecare": livecare.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
    }


if __name__ == "__main__":
    main()
