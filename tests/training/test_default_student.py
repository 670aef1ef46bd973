"""A few steps of default-fast's recipe: the pool is kept, training goes on, a package comes out."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is missing")
pytest.importorskip("onnxscript", reason="the extra 'train' is missing")
from livecare.engines.quantised import read_own
from livecare.errors import ConfigError
from livecare.models import Model
from livecare.training import default_package, default_student, taught_pairs
from livecare.training.default_package import pack_student
from livecare.training.default_student import StudentSettings, student_loss, train_student
from livecare.training.default_training import DefaultSettings
from livecare.training.exposures import Pair
from livecare.training.networks import swift
from livecare.training.networks.swift import SwiftNet
from livecare.training.taught_pairs import TaughtBatch, TaughtPool

SIDE = 32


class Drawn:
    """Stands for `DefaultPairs`: steps of brightness, without any recordings."""

    def __init__(self, data: Path, seed: int, *, fine: bool) -> None:
        del data
        self._rng = np.random.default_rng(seed + 100 * fine)

    def draw(self, pairs: int, side: int) -> list[Pair]:
        truth = [np.full((side, side), self._rng.uniform(3, 9), np.float32) for _ in range(pairs)]
        noise = self._rng.standard_normal((pairs, side, side), np.float32)
        return [Pair(each + extra, each) for each, extra in zip(truth, noise, strict=True)]

    def refresh(self) -> None:
        """Nothing to do."""


def small_by_default(make: Callable[..., None]) -> Callable[..., None]:
    """A network made without a shape is what is left of the small one."""

    def made(self: SwiftNet, *shape: object) -> None:
        make(self, *(shape or ((8, 8), (1, 2))))

    return made


class Mean(torch.nn.Module):
    """A teacher that knows: each patch has one brightness."""

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return frames.mean(dim=(2, 3), keepdim=True).expand_as(frames)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(taught_pairs, "DefaultPairs", Drawn)
    monkeypatch.setattr(taught_pairs, "PART_PATCHES", 32)
    monkeypatch.setattr(taught_pairs, "SIDE", SIDE)
    monkeypatch.setattr(default_student, "STEPS_PER_CHECKPOINT", 2)
    monkeypatch.setattr(default_student, "TRAINED_WIDTHS", (8, 8, 8))
    monkeypatch.setattr(default_student, "TRAINED_DEPTHS", (1, 1, 2))
    monkeypatch.setattr(default_student, "is_dead", lambda *_: True)
    monkeypatch.setattr(swift.SwiftNet, "__init__", small_by_default(SwiftNet.__init__))
    monkeypatch.setattr(default_package, "SCORED_PHOTONS", (30.0,))
    monkeypatch.setattr(default_package, "SCORED_FRAMES", 1)
    monkeypatch.setattr(default_package, "CALIBRATION_FRAMES", 1)


def test_a_pool_is_drawn_once_and_answered(tmp_path: Path) -> None:
    pool = TaughtPool.make(tmp_path, tmp_path, Mean(), seed=5)
    batch = pool.draw(4)
    assert batch.noisy.shape == batch.truth.shape == batch.taught.shape == (4, 1, SIDE, SIDE)
    torch.testing.assert_close(batch.taught, Mean()(batch.noisy), rtol=1e-4, atol=1e-4)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["taught-5.npz", "taught-6.npz"]
    again = TaughtPool.make(Path("not there"), tmp_path, Mean(), seed=5).draw(4)
    torch.testing.assert_close(again.noisy, batch.noisy, rtol=0, atol=0)


def test_the_loss_follows_teacher_and_truth() -> None:
    flat = torch.full((1, 1, 8, 8), 5.0)
    batch = TaughtBatch(flat, truth=flat, taught=flat + 1)
    right, taught = (torch.cat([each, torch.ones_like(flat)], 1) for each in (flat, flat + 1))
    assert student_loss(taught, batch, 1.0) < student_loss(right, batch, 1.0)
    assert student_loss(right, batch, 0.0) < student_loss(taught, batch, 0.0)


def test_a_level_that_is_used_is_not_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(default_student, "is_dead", lambda *_: False)
    pool = TaughtPool.make(tmp_path, tmp_path, Mean(), seed=5)
    with pytest.raises(ConfigError, match="uses its deepest level"):
        train_student(
            DefaultSettings(steps=1, seed=3), StudentSettings(), pool, tmp_path, compiled=False
        )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")  # torch 2.13's own
@pytest.mark.timeout(400)  # torch's exporter takes most of it
def test_training_goes_on_and_ends_in_a_package(tmp_path: Path) -> None:
    pool = TaughtPool.make(tmp_path, tmp_path, Mean(), seed=5)
    settings = DefaultSettings(steps=4, seed=3, batch_pairs=2)
    assert train_student(settings, StudentSettings(), pool, tmp_path, compiled=False) == []
    longer = DefaultSettings(steps=6, seed=3, batch_pairs=2)
    stops = train_student(longer, StudentSettings(), pool, tmp_path, compiled=False)
    assert stops == [4]
    teacher = tmp_path / "teacher"
    teacher.mkdir()
    told = {"script": "s", "settings": {}, "steps": 9}
    (teacher / "training.json").write_text(json.dumps(told), encoding="utf-8")
    record = default_student._provenance(longer, StudentSettings(), stops, teacher)
    (tmp_path / "training.json").write_text(json.dumps(record), encoding="utf-8")
    model = pack_student(tmp_path)
    assert Model.load(tmp_path / "default-fast").sha256 == model.sha256
    assert read_own(model) is not None, "it brings its own int8 network"
    assert model.provenance["teacher"]["steps"] == 9
    card = (model.folder / "README.md").read_text(encoding="utf-8")
    assert "learnt from its answers" in card
    assert "default_student` trains it again" in card
