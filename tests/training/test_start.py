import math
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from livecare.errors import ConfigError, ModelError

torch = pytest.importorskip("torch", reason="training needs the extra 'train'")

from livecare.models import load_bundled
from livecare.training.methods import find_method
from livecare.training.networks.catalogue import build_network
from livecare.training.networks.flipped import FlippedMean
from livecare.training.networks.standardised import Standardised
from livecare.training.order import Order
from livecare.training.schedule import Budget
from livecare.training.start import STANDARD, USUAL, Start


def order(tmp_path: Path, **settings: object) -> Order:
    method = find_method(str(settings.pop("method", "n2n")))
    return Order(method=method, out=tmp_path, budget=Budget(1.0), **settings)  # type: ignore[arg-type]


@pytest.mark.parametrize("probabilistic", [False, True])
def test_a_network_that_starts_from_a_model_restores_as_the_model_does(probabilistic: bool) -> None:  # noqa: FBT001
    network = build_network("fast", probabilistic=probabilistic)
    Start.of(USUAL).give(network)
    whole = FlippedMean(Standardised(network, STANDARD.mean, STANDARD.spread)).eval()
    frame = np.random.default_rng(1).normal(8, 1, (1, 1, 64, 96)).astype(np.float32)
    with torch.no_grad():
        made = whole(torch.from_numpy(frame)).numpy()
    model = load_bundled(USUAL)
    session = onnxruntime.InferenceSession(str(model.onnx_path), providers=["CPUExecutionProvider"])
    expected = session.run(None, {session.get_inputs()[0].name: frame})[0]
    np.testing.assert_allclose(made[:, 0], expected[:, 0], atol=2e-3)


def test_fast_networks_in_noise_units_start_from_the_bundled_model(tmp_path: Path) -> None:
    found = order(tmp_path).find_start("anscombe")
    assert found is not None
    assert found.model.sha256 == load_bundled(USUAL).sha256


@pytest.mark.parametrize(
    ("settings", "units"),
    [
        ({"start": "none"}, "anscombe"),
        ({}, "fixed"),
        ({"network": "care"}, "anscombe"),
        ({"ensemble": 2}, "anscombe"),
        ({"method": "pn2v"}, "anscombe"),
    ],
)
def test_others_start_from_random_weights(
    tmp_path: Path, settings: dict[str, object], units: str
) -> None:
    assert order(tmp_path, **settings).find_start(units) is None


@pytest.mark.parametrize("rate", [0.0, -1.0, math.nan, math.inf])
def test_a_learning_rate_is_a_number_above_0(tmp_path: Path, rate: float) -> None:
    with pytest.raises(ConfigError, match=r"--learning-rate is .*give a number above 0"):
        order(tmp_path, learning_rate=rate)


def test_what_starts_from_a_teacher_starts_from_no_model(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--start does not go with pn2v"):
        order(tmp_path, method="pn2v", start=USUAL)
    assert order(tmp_path, method="pn2v", start="none").find_start("anscombe") is None


def test_a_start_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--normalisation anscombe"):
        order(tmp_path, start=USUAL).find_start("fixed")
    with pytest.raises(ModelError, match="no model 'nowhere'"):
        order(tmp_path, start="nowhere").find_start("anscombe")
    with pytest.raises(ConfigError, match="--start none"):
        Start.of(USUAL).give(build_network("care-k3"))
