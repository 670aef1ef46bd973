import hashlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from contracts.engine import WINDOW, EngineContract, noisy_frames
from threads_at_work import SHARE, part_of_others
from window_package import WINDOW_PACKAGE, load_window_model

from livecare.engines import Engine, make_engine, quantised
from livecare.engines.int8_range import Int8Network, Limits, RangedNetwork
from livecare.errors import EngineError, ModelError
from livecare.models import Model, load_bundled

pytest.importorskip("onnx", reason="the extra 'build' is missing")
onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
from livecare.engines import calibration
from livecare.engines.calibration import Exposure, calibration_exposures
from livecare.engines.int8_files import onnx
from livecare.engines.int8_layers import find_layers
from livecare.engines.quantise import (
    MOST_LOSS_DB,
    Quantised,
    compare,
    quantise,
    quantise_model,
)


@pytest.fixture(scope="module")
def cached(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cache of its own that holds the window model, quantised."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quantised, "cache_folder", lambda: folder)
        patch.setattr("livecare.engines.quantise.LEAST_WORK", 0.08)  # fewer layers to try
        quantise_model(load_window_model())
        yield folder


class Int8Contract(EngineContract):
    """The contract, in int8."""

    @pytest.fixture(autouse=True)
    def _quantised(self, cached: Path) -> None:
        assert list((cached / "int8").iterdir())

    def make(self) -> Engine:
        return make_engine(self.name, "int8")

    @pytest.mark.parametrize("threads", [1, 3])
    def test_uses_no_more_threads_than_allowed(self, model: Model, threads: int) -> None:
        """Two networks have threads, of which one computes at a time."""
        engine = self.make()
        engine.load(model, threads)
        batch = noisy_frames((20, 256, 256), "uint16")
        assert part_of_others(lambda: self.infer(engine, batch, batch.copy()), threads) < SHARE
        engine.close()

    def test_computes_in_int8(self, engine: Engine, model: Model) -> None:
        assert engine.precision == "int8"
        frame = noisy_frames((1, 96, 96), "uint16")
        plain = make_engine(self.name, "fp32")
        plain.load(model, threads=1)
        results = [np.zeros(frame.shape, np.float32) for _ in range(2)]
        for each, restored in zip((engine, plain), results, strict=True):
            each.infer(frame, restored, [WINDOW])
        difference = results[0] - results[1]
        assert np.any(difference != 0)
        assert difference.std() < 0.1 * (results[1] - frame).std()

    def test_frames_beyond_the_range_are_fp32(self, engine: Engine, model: Model) -> None:
        bright = noisy_frames((1, 64, 64), "uint16") * np.uint16(50)
        plain = make_engine(self.name, "fp32")
        plain.load(model, threads=1)
        results = [np.zeros(bright.shape, np.float32) for _ in range(2)]
        for each, restored in zip((engine, plain), results, strict=True):
            each.infer(bright, restored, [WINDOW])
        np.testing.assert_array_equal(*results)


class TestOnnxRuntimeInt8(Int8Contract):
    name = "onnxruntime"


class TestOpenVINOInt8(Int8Contract):
    name = "openvino"

    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        pytest.importorskip("openvino", reason="the extra 'openvino' is missing")


def test_a_quantised_model_is_not_quantised_again(
    cached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livecare.engines.quantise.quantise", None)
    before = list((cached / "int8").iterdir())
    quantise_model(load_window_model())
    assert list((cached / "int8").iterdir()) == before


def test_noise_units_lose_little_at_each_exposure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "FIELDS", 1)
    monkeypatch.setattr(calibration, "SIDE_PX", 64)
    monkeypatch.setattr("livecare.engines.quantise.LEAST_WORK", 0.08)  # fewer layers to try
    made = quantise(load_bundled())
    assert list(made.losses_db) == [f"{peak:g} photons" for peak in calibration.PEAK_PHOTONS]
    assert max(made.losses_db.values()) <= MOST_LOSS_DB
    assert 0.1 < made.work < 1
    network = onnx.load_from_string(made.network.onnx)
    stem = next(node for node in network.graph.node if node.op_type == "Conv")
    assert stem.input[1] in {weight.name for weight in network.graph.initializer}
    assert any(node.op_type == "QuantizeLinear" for node in network.graph.node)


def test_nothing_quantised_yet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(quantised, "cache_folder", lambda: tmp_path)
    with pytest.raises(EngineError, match=r"livecare build .* --precision int8"):
        make_engine("onnxruntime", "int8").load(load_window_model(), threads=1)


def test_models_for_stacks_are_refused() -> None:
    model = replace(load_window_model(), axes="zyx")
    for act in (quantise, quantise_model, quantised.find_quantised):
        with pytest.raises(EngineError, match="for stacks"):
            act(model)


def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.touch()
    monkeypatch.setattr(quantised, "cache_folder", lambda: taken)
    monkeypatch.setattr(
        "livecare.engines.quantise.quantise", lambda _: Quantised(NETWORK, {"all": 0.0}, 0.5)
    )
    with pytest.raises(EngineError, match="cannot be written"):
        quantise_model(load_window_model())


def test_a_model_that_loses_too_much_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livecare.engines.quantise.MOST_LOSS_DB", -1.0)
    monkeypatch.setattr("livecare.engines.quantise.LEAST_WORK", 0.2)  # fewer layers to try
    with pytest.raises(EngineError, match="no layer of the model"):
        quantise(load_window_model())


def test_a_damaged_cache_is_named() -> None:
    with pytest.raises(EngineError, match="remove the folder"):
        Int8Network.unpack(b"no json\nonnx")


NETWORK = Int8Network(b"an ONNX file\nof two lines", Limits(0.5, 2.25))


def package_with(folder: Path, source: str, sha256: str) -> Model:
    """The window package with an int8 network of its own."""
    shutil.copytree(WINDOW_PACKAGE, folder, dirs_exist_ok=True)
    (folder / "model.int8.onnx").write_bytes(NETWORK.onnx)
    file = next(path for path in folder.iterdir() if path.suffix == ".yaml")
    description = yaml.safe_load(file.read_text(encoding="utf-8"))
    own = {"source": source, "sha256": sha256, "low": 0.5, "high": 2.25}
    description["config"]["livecare"]["quantised"] = own
    file.write_text(yaml.safe_dump(description), encoding="utf-8")
    return Model.load(folder)


def test_a_package_brings_its_own(tmp_path: Path) -> None:
    model = package_with(
        tmp_path, "model.int8.onnx", hashlib.sha256(NETWORK.onnx).hexdigest().upper()
    )
    assert quantised.find_quantised(model) == NETWORK


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("model.int8.onnx", "damaged or was exchanged"),
        ("gone.onnx", "is not in the package"),
        ("../model.int8.onnx", "outside the package"),
    ],
)
def test_a_packages_own_that_is_not_right(tmp_path: Path, source: str, fault: str) -> None:
    model = package_with(tmp_path / "package", source, "0" * 64)
    with pytest.raises(ModelError, match=fault):
        quantised.find_quantised(model)


def test_networks_survive_the_cache() -> None:
    assert Int8Network.unpack(NETWORK.pack()) == NETWORK


def test_limits_see_blocks_and_not_pixels() -> None:
    frame = np.full((18, 17), 3.0, np.float32)
    frame[4:8, 8:12] = 5.0
    frame[0, 0] = 19.0  # a hot pixel
    assert Limits.of(frame) == Limits(3.0, 5.0)
    assert Limits.of(frame[:1, :1]) == Limits(19.0, 19.0)
    around = Limits.around([frame[None, None]])
    assert around == Limits(pytest.approx(2.9), pytest.approx(5.1))
    assert around.hold(frame)
    assert not around.hold(frame + np.float32(0.2))
    assert not around.hold(frame - np.float32(0.2))
    assert not around.hold(np.full((8, 8), np.nan, np.float32))


class Filling:
    """A network that writes one value."""

    estimate_alone = True

    def __init__(self, value: float) -> None:
        self.device = str(value)
        self._value = value

    def bind(self, _: np.ndarray, made: np.ndarray):  # noqa: ANN201
        return lambda: made.fill(self._value)


def test_each_frame_takes_the_network_that_holds() -> None:
    network = RangedNetwork(Filling(8), Filling(32), Limits(0.0, 1.0))
    given, made = np.zeros((8, 8), np.float32), np.zeros((1, 8, 8), np.float32)
    run = network.bind(given, made)
    for value, taken in ((0.5, 8), (1.5, 32), (-1, 32), (0.5, 8)):
        given.fill(value)
        run()
        assert (made == taken).all()
    assert network.estimate_alone
    assert network.device == "8"


def test_calibration_shows_every_exposure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "FIELDS", 2)
    exposures = calibration_exposures(load_bundled())
    again = calibration_exposures(load_bundled())
    labels = [exposure.label for exposure in exposures]
    assert labels[1::2] == [f"{peak:g} photons" for peak in (3, 10, 30, 100, 300)]
    for exposure, same in zip(exposures, again, strict=True):
        assert exposure.frame.shape == (1, 1, 160, 160)
        np.testing.assert_array_equal(exposure.frame, same.frame)
        if exposure.truth is not None:
            noise = exposure.frame[0, 0] - exposure.truth
            assert abs(np.median(noise)) < 0.2
            assert 0.5 < np.percentile(np.abs(noise), 68) < 1.3  # noise units


def test_calibration_of_windows_changes_the_brightness() -> None:
    exposures = calibration_exposures(load_window_model())
    means = {exposure.label: float(exposure.frame.mean()) for exposure in exposures}
    assert len(means) == len(exposures) == 5
    whole = means["brightness × 1"]
    assert means["brightness × 0.5"] == pytest.approx(0.5 * whole, rel=1e-4)
    assert means["contrast × 0.5"] == pytest.approx(0.5 + 0.5 * whole, rel=1e-4)


def test_losses_are_in_decibels() -> None:
    truth = np.zeros((4, 4), np.float32)
    shown = Exposure("dim", truth[None, None], truth)
    fp32, int8 = truth + np.float32(1), truth + np.float32(2)
    assert compare([shown], [fp32], [int8]) == {"dim": pytest.approx(20 * np.log10(2))}
    blind = Exposure("own", truth[None, None])
    assert compare([shown, blind], [fp32, fp32], [fp32, int8]) == {"dim": 0}
    lost = compare([blind], [fp32], [fp32 + np.float32(0.3)])
    assert lost == {"own": pytest.approx(10 * np.log10(2), rel=1e-5)}


@pytest.mark.parametrize("load", [load_window_model, load_bundled])
def test_the_ends_of_a_network_stay(load: Callable[[], Model]) -> None:
    network = onnx.load(load().onnx_path)
    for index, node in enumerate(network.graph.node):
        node.name = str(index)
    layers = find_layers(network, np.ones((1, 1, 64, 64), np.float32))
    inner = {name for layer in layers if layer.inner for name in layer.convolutions}
    convolutions = [node.name for node in network.graph.node if node.op_type == "Conv"]
    assert {convolutions[0], convolutions[-1]}.isdisjoint(inner)
    assert len(convolutions) // 2 < len(inner) < len(convolutions) - 1
    assert sum(layer.work for layer in layers) == pytest.approx(1)
    nodes = {node.name: node for node in network.graph.node}
    for layer in layers:
        made = {nodes[name].output[0] for name in layer.convolutions}
        assert {nodes[name].input[0] for name in layer.rectifiers} <= made
