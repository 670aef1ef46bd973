"""The recipe of `default-fast`: a small network learns from the large one. Run this to make it.

::

    python -m livecare.training.default_student --data recordings --teacher somewhere --out there

takes the teacher's weights from `somewhere/weights.pt`, as `livecare.training.default_model` leaves
them, keeps the pool of taught patches and a checkpoint in `there`, and writes `there/weights.pt`
and the package `there/default-fast`.
"""

import argparse
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

import livecare
from livecare.errors import ConfigError
from livecare.training.default_fields import COUNTS, STRUCTURED_LIGHT, VOLUME
from livecare.training.default_package import pack_student
from livecare.training.default_training import DefaultSettings, learning_rate
from livecare.training.kept_run import KeptRun
from livecare.training.networks.dead_level import is_dead, without_dead_level
from livecare.training.networks.flipped import FlippedMean
from livecare.training.networks.live import DEPTHS, WIDTHS, LiveNet
from livecare.training.networks.swift import SwiftNet
from livecare.training.picture_loss import SURPRISE_WEIGHT, picture_error, surprise
from livecare.training.taught_pairs import PART_PATCHES, PARTS, TaughtBatch, TaughtPool

TRAINED_WIDTHS: Final = (16, 32, 64, 96)
TRAINED_DEPTHS: Final = (1, 1, 1, 2)
"""Of the network while it learns. Its deepest level dies on the way and is dropped at the end."""
ASKED_BATCHES: Final = 64
"""Batches of the pool that a level must pass nothing on for, to count as dead."""
STEPS: Final = 20_000
SEED: Final = 11
TEACHER_SHARE: Final = 0.7
"""Part of the picture's error that is taken from the teacher; the rest is from the truth, which
holds what the teacher gets wrong."""
STEPS_PER_CHECKPOINT: Final = 500


@dataclass(frozen=True, slots=True)
class StudentSettings:
    """What is special about a student; the rest is `DefaultSettings`."""

    teacher_share: float = TEACHER_SHARE
    pool_patches: int = PARTS * PART_PATCHES


def student_loss(restored: Tensor, batch: TaughtBatch, teacher_share: float) -> Tensor:
    """Return the loss of a batch: `restored` is (n, 2, y, x), estimates and Laplace scales."""
    estimate, scale = restored[:, :1], restored[:, 1:]
    picture = teacher_share * picture_error(estimate, batch.taught)
    picture = picture + (1 - teacher_share) * picture_error(estimate, batch.truth)
    return picture + SURPRISE_WEIGHT * surprise(estimate.detach(), scale, batch.truth)


def train_student(
    settings: DefaultSettings,
    student: StudentSettings,
    pool: TaughtPool,
    folder: Path,
    *,
    compiled: bool = True,
) -> list[int]:
    """Train; write `checkpoint.pt` over and over and `weights.pt` at the end.

    With `compiled` a step takes half the time, and starting half a minute and a C++ compiler.

    Returns
    -------
    list of int
        Steps after which it was stopped and went on.
    """
    torch.manual_seed(settings.seed)
    shape = (TRAINED_WIDTHS, TRAINED_DEPTHS)
    run = KeptRun(SwiftNet(*shape), folder, settings.learning_rate)
    run.go_on()
    run.network.train()
    forward = torch.compile(run.network) if compiled else run.network
    total = 0.0
    while run.step < settings.steps:
        batch = pool.draw(settings.batch_pairs)
        frames = batch.noisy.contiguous(memory_format=torch.channels_last)
        restored = forward(frames)
        loss = student_loss(restored, batch, student.teacher_share)
        total += run.learn(loss, learning_rate(settings, run.step))
        if run.step % STEPS_PER_CHECKPOINT == 0:
            print(f"step {run.step}, loss {total / STEPS_PER_CHECKPOINT:.4f}", flush=True)  # noqa: T201 part of a script
            total = 0.0
            run.keep()
    torch.save(_lean(run.average, pool, settings.batch_pairs).state_dict(), folder / "weights.pt")
    return run.stops


def _lean(network: nn.Module, pool: TaughtPool, patches: int) -> SwiftNet:
    """Return a trained network without its deepest level, which has to be dead."""
    if not isinstance(network, SwiftNet):
        raise ConfigError(f"a student is a SwiftNet, not {type(network).__name__}")
    if not is_dead(network, [pool.draw(patches).noisy for _ in range(ASKED_BATCHES)]):
        raise ConfigError(
            "the student uses its deepest level: keep it, by making WIDTHS and DEPTHS of "
            "livecare.training.networks.swift those that it was trained with"
        )
    return without_dead_level(network, TRAINED_WIDTHS, TRAINED_DEPTHS)


def load_teacher(folder: Path) -> FlippedMean:
    """Return the network of `default` with the weights in a folder, in evaluation mode."""
    network = LiveNet(WIDTHS, DEPTHS)
    network.load_state_dict(torch.load(folder / "weights.pt", weights_only=True))
    return FlippedMean(network.eval()).eval()


def main(arguments: Sequence[str] | None = None) -> None:
    """Train and pack a model as the command line says."""
    parser = argparse.ArgumentParser(description="Train livecare's bundled default-fast.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the recordings")
    parser.add_argument("--teacher", type=Path, required=True, help="folder of its weights.pt")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--export-only", action="store_true", help="pack the weights in --out")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    settings, student = DefaultSettings(steps=chosen.steps, seed=SEED), StudentSettings()
    if not chosen.export_only:
        chosen.out.mkdir(parents=True, exist_ok=True)
        pool = TaughtPool.make(chosen.data, chosen.out, load_teacher(chosen.teacher), SEED)
        stops = train_student(settings, student, pool, chosen.out)
        record = _provenance(settings, student, stops, chosen.teacher)
        (chosen.out / "training.json").write_text(json.dumps(record, indent=2), encoding="utf-8")
    model = pack_student(chosen.out)
    print(f"wrote {model.folder}, weights {model.sha256[:12]}, halo {model.halo_px} px")  # noqa: T201 it is a script


def _provenance(
    settings: DefaultSettings, student: StudentSettings, stops: list[int], teacher: Path
) -> dict[str, Any]:
    """Say how the weights came about."""
    network = SwiftNet()
    taught_by = json.loads((teacher / "training.json").read_text(encoding="utf-8"))
    return {
        "script": "livecare.training.default_student",
        "settings": asdict(settings) | asdict(student),
        "steps": settings.steps,
        "stopped_and_went_on_after_steps": [stop for stop in stops if stop < settings.steps],
        "parameters": sum(each.numel() for each in network.parameters()),
        "data": ["livecare.simulation", COUNTS, VOLUME, STRUCTURED_LIGHT],
        "teacher": {key: taught_by[key] for key in ("script", "settings", "steps")},
        "versions": {
            "livecare": livecare.__version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
        },
    }


if __name__ == "__main__":
    main()
