"""Training over several starts of the program: seeds, checkpoints, kills."""

import csv
import errno
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

import torch

from livecare.disk import PositionedFile
from livecare.errors import ConfigError, UsageError
from livecare.training import checkpoint
from livecare.training.curve import FILE_NAME
from livecare.training.loop import LoopSettings, Report, Trained
from livecare.training.losses import squared_error
from livecare.training.networks.care import CareNet, CareShape
from livecare.training.objectives import Supervised
from livecare.training.pairs.protocol import Patches
from livecare.training.schedule import Budget
from livecare.training.trainer import Trainer


class Waves:
    """Noisy waves and the waves."""

    def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
        phase = rng.random((patches, 1, 1, 1)) + np.arange(side) / 5
        clean = np.broadcast_to(np.sin(phase), (patches, 1, side, side)).astype(np.float32)
        noise = rng.standard_normal(clean.shape, dtype=np.float32)
        return Patches(clean + noise, clean)

    def validation(self, side: int) -> list[Patches]:
        return [self.batch(4, side, np.random.default_rng(99))]


def ignore(report: Report) -> None:
    del report


def trainer(
    folder: Path, *, seed: int = 3, epochs: int = 3, identity: dict[str, object] | None = None
) -> Trainer:
    torch.manual_seed(seed)
    settings = LoopSettings(
        Budget(epochs=epochs, steps_per_epoch=4), seed, 2, 16, 1e-3, checkpoint_s=0.0
    )
    network = CareNet(CareShape(kernel=3, filters=4))
    return Trainer(
        network, Supervised(squared_error), Waves(), settings, folder, identity or {"seed": seed}
    )


def weights(trained: Trained) -> torch.Tensor:
    return torch.cat([each.flatten() for each in trained.network.state_dict().values()])


def folder(parent: Path, name: str) -> Path:
    made = parent / name
    made.mkdir()
    return made


def test_the_same_seed_and_steps_give_the_same_weights(tmp_path: Path) -> None:
    one, two, other = (
        weights(trainer(folder(tmp_path, name), seed=seed).run(ignore))
        for name, seed in (("a", 3), ("b", 3), ("c", 4))
    )
    torch.testing.assert_close(one, two, rtol=0, atol=0)
    assert not torch.equal(one, other)


class Stop(Exception):  # noqa: N818 it is no error
    pass


def test_a_training_in_two_parts_is_the_training_in_one(tmp_path: Path) -> None:
    whole = trainer(folder(tmp_path, "whole")).run(ignore)
    parts = folder(tmp_path, "parts")

    def stop_at_7(report: Report) -> None:
        if report.step == 7:
            raise Stop

    with pytest.raises(Stop):
        trainer(parts).run(stop_at_7)
    steps: list[int] = []
    resumed = trainer(parts).run(lambda report: steps.append(report.step))
    assert steps[0] == 8
    torch.testing.assert_close(weights(resumed), weights(whole), rtol=0, atol=0)
    assert [point.step for point in resumed.curve] == [4, 8, 12]
    assert [p.validation for p in resumed.curve] == [p.validation for p in whole.curve]


KILLED = """
import sys, pathlib
sys.path[:0] = [{tests!r}]
from test_checkpoint import trainer
def say(report):
    print(report.step, flush=True)
trainer(pathlib.Path(sys.argv[1]), epochs=1000).run(say)
"""


@pytest.mark.slow
def test_a_killed_training_goes_on(tmp_path: Path) -> None:
    code = KILLED.format(tests=str(Path(__file__).parent))
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if int(line) >= 6:
            break
    process.kill()
    process.stdout.close()
    assert process.wait() == (-signal.SIGKILL if sys.platform != "win32" else 1)
    steps: list[int] = []

    def stop_soon(report: Report) -> None:
        steps.append(report.step)
        if len(steps) == 5:
            raise Stop

    with pytest.raises(Stop):
        trainer(tmp_path, epochs=1000).run(stop_soon)
    assert steps[0] >= 6  # the sixth step may have been told of but not yet kept
    assert steps == list(range(steps[0], steps[0] + 5))


def test_a_finished_training_is_not_done_again(tmp_path: Path) -> None:
    first = trainer(tmp_path).run(ignore)
    steps: list[int] = []
    again = trainer(tmp_path).run(lambda report: steps.append(report.step))
    assert steps == []
    torch.testing.assert_close(weights(again), weights(first), rtol=0, atol=0)


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    trainer(tmp_path, identity={"method": "n2n", "seed": 3}).run(ignore)
    with pytest.raises(ConfigError, match=r"method was 'n2n', not 'n2v'.*--restart"):
        trainer(tmp_path, identity={"method": "n2v", "seed": 3}).run(ignore)
    checkpoint.remove_checkpoint(tmp_path)
    trainer(tmp_path, identity={"method": "n2v", "seed": 3}).run(ignore)


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    (tmp_path / checkpoint.FILE_NAME).write_bytes(b"no checkpoint")
    with pytest.raises(ConfigError, match=r"checkpoint\.pt cannot be read.*--restart"):
        trainer(tmp_path).run(ignore)


def test_a_checkpoint_runs_no_code_when_loaded(tmp_path: Path) -> None:
    torch.save({"settings": "{}", "format": 1, "state": Path()}, tmp_path / checkpoint.FILE_NAME)
    with pytest.raises(ConfigError, match="cannot be read"):
        trainer(tmp_path).run(ignore)


def test_a_training_learns_and_keeps_its_best(tmp_path: Path) -> None:
    trained = trainer(tmp_path, epochs=20).run(ignore)
    first, *_ = trained.curve
    assert trained.validation < 0.8 * first.validation
    assert trained.validation == min(point.validation for point in trained.curve)
    with (tmp_path / FILE_NAME).open(encoding="utf-8", newline="") as stream:
        names, *rows = csv.reader(stream)
    assert names[0] == "step"
    assert [[float(value) for value in row] for row in rows] == [
        point.as_row() for point in trained.curve
    ]
    assert {each.name for each in tmp_path.iterdir()} == {FILE_NAME, checkpoint.FILE_NAME}


def test_a_curve_that_cannot_be_written_ends_no_training(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()  # as little to be replaced as a file that Windows holds open
    assert trainer(tmp_path).run(ignore).steps == 12
    assert {each.name for each in tmp_path.iterdir()} == {FILE_NAME, checkpoint.FILE_NAME}


def test_a_full_disk_is_named_and_the_old_checkpoint_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkpoint.save_checkpoint(tmp_path, {"seed": 3}, {"step": 1})

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(PositionedFile, "write_at", refuse)
    with pytest.raises(UsageError, match=r"cannot write .*checkpoint\.pt.*No space.*make room"):
        checkpoint.save_checkpoint(tmp_path, {"seed": 3}, {"step": 2})
    assert checkpoint.load_checkpoint(tmp_path, {"seed": 3}) == {"step": 1}


def test_a_loss_that_is_no_number_ends_it(tmp_path: Path) -> None:
    class Nothing(Waves):
        def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
            drawn = super().batch(patches, side, rng)
            return Patches(drawn.source * np.float32(np.nan), drawn.target)

    made = trainer(tmp_path)
    made._source = Nothing()
    with pytest.raises(ConfigError, match="--learning-rate"):
        made.run(ignore)
