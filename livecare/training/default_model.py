"""The recipe of the bundled models "default" and "default-gpu": run this to make them again.

::

    python -m livecare.training.default_model --data recordings --out somewhere

trains one network, keeps a checkpoint in that folder, goes on from it if it was stopped, and writes
the packages `somewhere/default` and `somewhere/default-gpu`. With `--export-only` it packs the
weights that lie there already.
"""

import argparse
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

import livecare
from livecare.training.default_fields import COUNTS, STRUCTURED_LIGHT, VOLUME
from livecare.training.default_package import pack_default
from livecare.training.default_training import (
    BUNDLED_STEPS,
    FINE_STEPS,
    DefaultSettings,
    train_default,
)
from livecare.training.networks.live import DEPTHS, WIDTHS, LiveNet


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and pack a model as the command line says."""
    parser = argparse.ArgumentParser(description="Train livecare's bundled default models.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the recordings")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--steps", type=int, default=BUNDLED_STEPS)
    parser.add_argument("--fine-steps", type=int, default=FINE_STEPS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--export-only", action="store_true", help="pack the weights in --out")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    settings = DefaultSettings(steps=chosen.steps, seed=chosen.seed, fine_steps=chosen.fine_steps)
    if not chosen.export_only:
        stops = train_default(settings, chosen.data, chosen.out)
        _write_provenance(settings, stops, chosen.out)
    for model in pack_default(chosen.out):
        print(f"wrote {model.folder}, weights {model.sha256[:12]}, halo {model.halo_px} px")  # noqa: T201 it is a script


def _write_provenance(settings: DefaultSettings, stops: list[int], folder: Path) -> None:
    """Say how the weights came about, in `training.json`."""
    network = LiveNet(WIDTHS, DEPTHS)
    record = {
        "script": "livecare.training.default_model",
        "settings": asdict(settings),
        "steps": settings.steps + settings.fine_steps,
        "stopped_and_went_on_after_steps": stops,
        "parameters": sum(each.numel() for each in network.parameters()),
        "data": ["livecare.simulation", COUNTS, VOLUME, STRUCTURED_LIGHT],
        "versions": {
            "livecare": livecare.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
    }
    (folder / "training.json").write_text(json.dumps(record, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
