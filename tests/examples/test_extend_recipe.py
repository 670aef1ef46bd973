"""The recipe of CONTRIBUTING.md trains by livecare's own session, to a model that restores."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

pytest.importorskip("torch", reason="the extra 'train' is missing")

from extend_recipe import METHOD, NeighbourPatches, thin

from livecare.engines import make_engine
from livecare.models import Model
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.training import session
from livecare.training.methods import METHODS, Method, find_method
from livecare.training.order import Order
from livecare.training.pairs import PairSettings, noisy_stacks
from livecare.training.recipe import train_network
from livecare.training.schedule import Budget
from livecare.training.session import Session
from livecare.training.supply import UNIT_VARIANCE, Inputs, Supply

SIDE = 176
NOISE = CameraNoise(1.0)

Values = NDArray[np.float64]


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do what the example says to do."""
    monkeypatch.setitem(METHODS, METHOD.name, METHOD)
    usual = session.supply

    def supply(method: Method, inputs: Inputs, settings: PairSettings) -> Supply:
        if method.name != "neighbour":
            return usual(method, inputs, settings)
        return Supply(NeighbourPatches(noisy_stacks(inputs.recordings, settings)), UNIT_VARIANCE)

    monkeypatch.setattr(session, "supply", supply)


def test_thinned_patches_are_neighbouring_pixels_of_the_same_scene() -> None:
    ramp = np.add.outer(10 * np.arange(8), np.arange(6)).astype(np.float32)[None, None]
    made = thin(ramp, np.random.default_rng(0))
    assert made.target is not None
    assert made.source.shape == (1, 1, 4, 3)
    assert set(np.abs(made.source - made.target).ravel()) == {1.0, 10.0}
    corners = np.add.outer(20 * np.arange(4), 2 * np.arange(3))
    assert set((made.source - corners).ravel()) <= {0.0, 1.0, 10.0, 11.0}


@pytest.fixture
def scene() -> Values:
    return 20 + 15 * np.sin(np.add.outer(np.arange(SIDE) / 9, np.arange(SIDE) / 7))


@pytest.fixture
def noisy(scene: Values, tmp_path: Path) -> Path:
    frames = np.random.default_rng(1).poisson(scene, (8, SIDE, SIDE)).astype(np.uint16)
    path = tmp_path / "noisy.tif"
    tifffile.imwrite(path, frames, photometric="minisblack")
    return path


def order(folder: Path) -> Order:
    budget = Budget(epochs=1, steps_per_epoch=2)
    return Order(find_method("neighbour"), folder, budget, patch_px=32, batch_patches=2, looks=1)


def test_a_network_learns_from_it(noisy: Path, tmp_path: Path) -> None:
    pairs = PairSettings(patch_px=64, kind="anscombe", noise=NOISE)
    supplied = session.supply(find_method("neighbour"), Inputs(recordings=[noisy]), pairs)
    seen: list[float] = []
    outcome = train_network(
        order(tmp_path / "out"), supplied.source, lambda _, report: seen.append(report.loss)
    )
    assert len(seen) == 2
    assert all(0 < loss < 2 for loss in seen)
    assert outcome.trainings["network"].steps == 2


@pytest.mark.slow
def test_a_model_comes_out_that_restores(noisy: Path, scene: Values, tmp_path: Path) -> None:
    pairs = PairSettings(patch_px=64, kind="anscombe", noise=NOISE)
    training = Session(order(tmp_path / "out"), Inputs(recordings=[noisy]), pairs, threads=1)
    model = training.run(lambda _: None, lambda *_: None)
    assert Model.load(tmp_path / "out" / "model").sha256 == model.sha256
    engine = make_engine("onnxruntime")
    engine.load(model, threads=1)
    frames = tifffile.imread(noisy)
    restored = np.zeros((1, SIDE, SIDE), np.float32)
    engine.infer(frames[:1], restored, [NoiseUnits(NOISE)])
    engine.close()
    assert np.square(restored[0] - scene).mean() < np.square(frames[0] - scene).mean() / 4
