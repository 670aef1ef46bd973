"""CSBDeep and Noise2Void: what TensorFlow computed comes out of the rebuilt networks."""

import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from importer_files import GOLDEN

from livecare.errors import ModelError, UsageError
from livecare.importers.csbdeep import import_folder, import_saved_model
from livecare.importers.importing import import_model
from livecare.importers.keras_unet import numbered
from livecare.importers.network import Network
from livecare.importers.source import read_source

NAMES = ("care3d", "care5", "n2v", "n2v2", "n2v3d", "prob")


def change_config(folder: Path, **keys: object) -> Path:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | keys))
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_what_tensorflow_computed(name: str) -> None:
    candidate = import_folder(GOLDEN / name, None)
    golden = np.load(GOLDEN / name / "golden.npz")
    made = Network(candidate.network).run(golden["net_in"])
    assert np.abs(golden["net_out"]).max() > 0.01
    np.testing.assert_allclose(made, golden["net_out"], atol=1e-5)


@pytest.mark.parametrize(
    ("name", "axes", "outputs", "halo"),
    [
        ("care3d", "zyx", ("estimate",), (23, 23, 23)),
        ("care5", "yx", ("estimate",), (43, 43)),
        ("n2v2", "yx", ("estimate",), (29, 29)),
        ("prob", "yx", ("estimate", "scale"), (23, 23)),
    ],
)
def test_packages(
    name: str, axes: str, outputs: tuple[str, ...], halo: tuple[int, ...], tmp_path: Path
) -> None:
    model = import_model(GOLDEN / name, out=tmp_path / "out").model
    assert (model.axes, model.outputs, model.halo_px) == (axes, outputs, halo)
    assert set(model.multiple_of) == {4}
    assert model.provenance["parity"]["reference"] == "no golden output in the source"
    assert model.provenance["imported_from"] == name
    assert len(model.provenance["source_sha256"]) == 64


def test_noise2void_keeps_its_mean_and_deviation(tmp_path: Path) -> None:
    model = import_model(GOLDEN / "n2v", out=tmp_path / "out").model
    window = model.normalisation.window
    assert window is not None
    assert (window.low, window.high) == (100.5, 113.0)
    assert model.normalisation.kind == "fixed"


def test_care_is_locked_to_csbdeeps_percentiles(tmp_path: Path) -> None:
    model = import_model(GOLDEN / "care5", out=tmp_path / "out").model
    recipe = model.normalisation
    assert (recipe.kind, recipe.low_percentile, recipe.high_percentile) == ("fixed", 2.0, 99.8)
    assert recipe.window is None


def test_the_trained_model_and_its_golden_output(recorded_data: Path) -> None:
    folder = recorded_data / "models" / "csbdeep_care2d"
    golden = np.load(folder / "golden_weights_best.npz")
    network = Network(import_folder(folder, "best").network)
    made = network.run(golden["net_in"][np.newaxis, np.newaxis])
    np.testing.assert_allclose(made[0, 0], golden["net_out"], atol=1e-5)
    np.testing.assert_allclose(
        predict_as_csbdeep(network, golden["pred_in"]),
        golden["pred_out"],
        atol=1e-5 * np.ptp(golden["pred_in"]),
    )
    last = Network(import_folder(folder, "last").network)
    assert np.abs(last.run(golden["net_in"][None, None])[0, 0] - golden["net_out"]).max() > 1e-3


def predict_as_csbdeep(network: Network, frame: np.ndarray) -> np.ndarray:
    """Percentiles 3 and 99.8 of the frame, mirrored on both sides to multiples of 4, and back."""
    low, high = np.percentile(frame, (3, 99.8)).astype(np.float32)
    missing = [-side % 4 for side in frame.shape]
    pads = [(each // 2, each - each // 2) for each in missing]
    padded = np.pad((frame - low) / (high - low + np.float32(1e-20)), pads, mode="reflect")
    made = network.run(padded.astype(np.float32)[np.newaxis, np.newaxis])[0, 0]
    inner = tuple(
        slice(before, before + side) for (before, _), side in zip(pads, frame.shape, strict=True)
    )
    return made[inner] * (high - low) + low


def test_the_best_weights_are_taken_unless_asked(golden_copy: Callable[[str], Path]) -> None:
    folder = golden_copy("care5")
    assert import_folder(folder, None).said["weights_file"] == "weights_best.h5"
    with pytest.raises(ModelError, match=r"no weights_last\.h5"):
        import_folder(folder, "last")
    (folder / "weights_best.h5").rename(folder / "weights_last.h5")
    assert import_folder(folder, None).said["weights_file"] == "weights_last.h5"
    with pytest.raises(ModelError, match="choose best or last"):
        import_folder(folder, "onnx")


def test_a_file_of_weights_is_the_one_that_is_taken(golden_copy: Callable[[str], Path]) -> None:
    folder = golden_copy("care5")
    best, last, now = (folder / f"weights_{name}.h5" for name in ("best", "last", "now"))
    for copy in (last, now):
        copy.write_bytes(best.read_bytes())
    for file, weights in ((best, None), (last, None), (last, "last")):
        assert read_source(file, weights).said["weights_file"] == file.name
    with pytest.raises(ModelError, match=r"weights_last\.h5: leave --weights out"):
        read_source(last, "best")
    with pytest.raises(
        ModelError, match=r"weights_now\.h5 .*its folder, with --weights best or last"
    ):
        read_source(now, None)


@pytest.mark.parametrize(
    "name", ["variables/variables.index", "careamics.yaml", "model.ckpt", "careamics_config.yml"]
)
def test_a_choice_of_weights_where_there_is_none(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"")
    path = file if file.suffix == ".ckpt" else tmp_path
    with pytest.raises(ModelError, match=r"--weights last: .* leave --weights out"):
        read_source(path, "last")


def test_layers_are_sorted_by_number_not_by_text() -> None:
    weights = {f"conv2d_{number}": {"bias": np.array([number])} for number in (10, 9, 2)}
    weights["conv2d"] = {"bias": np.array([0])}
    weights["conv2d_transpose_1"] = {"bias": np.array([99])}
    assert [int(layer["bias"][0]) for layer in numbered(weights, "conv2d")] == [0, 2, 9, 10]


def test_separate_nets_for_channels_are_refused_with_the_reason(
    golden_copy: Callable[[str], Path], tmp_path: Path
) -> None:
    keys = {"n_channel_in": 3, "n_channel_out": 3, "means": ["1"] * 3, "stds": ["1"] * 3}
    folder = change_config(golden_copy("n2v"), **keys)
    with pytest.raises(ModelError, match="every network reads the LAST channel") as caught:
        import_model(folder, out=tmp_path / "out")
    assert "0.3.3" in str(caught.value)
    assert "one model per channel" in str(caught.value)
    assert not (tmp_path / "out").exists()
    with pytest.raises(ModelError, match="one channel at a time"):
        import_folder(change_config(folder, single_net_per_channel=False), None)


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"n_channel_in": 2}, "2 input and 1 output channels"),
        ({"n_channel_out": 2}, "1 input and 2 output channels"),
        ({"n_rays": 32}, "StarDist"),
        ({"proj_n_depth": 4}, "projection model"),
        ({"unet_last_activation": "tanh"}, "'tanh'"),
        ({"unet_residual": "yes"}, "neither true nor false"),
        ({"probabilistic": True}, "1 output layers"),
        ({"n_dim": 3}, "not of one model"),
        ({"unet_n_depth": 5}, "not of one model"),
    ],
)
def test_configurations_that_cannot_be_taken(
    golden_copy: Callable[[str], Path], keys: dict[str, object], fault: str
) -> None:
    with pytest.raises(ModelError, match=fault):
        import_folder(change_config(golden_copy("care5"), **keys), None)


@pytest.mark.parametrize("value", ["nan", "x", [], math.inf])
def test_deviations_that_are_none(golden_copy: Callable[[str], Path], value: object) -> None:
    with pytest.raises(ModelError, match=r"standard deviation|no numbers"):
        import_folder(change_config(golden_copy("n2v"), stds=[value]), None)


def test_configurations_that_are_none(golden_copy: Callable[[str], Path]) -> None:
    folder = golden_copy("care5")
    for content in ("{", "[]", "{}", " " * (1 << 21)):
        (folder / "config.json").write_text(content)
        with pytest.raises(ModelError, match=r"config\.json"):
            import_folder(folder, None)


def test_a_saved_model_of_another_type(tmp_path: Path) -> None:
    for meta, fault in (("{", "cannot be read"), ('{"type": "StarDist2D", "axes": "YXC"}', "Star")):
        (tmp_path / "meta.json").write_text(meta)
        with pytest.raises(ModelError, match=fault):
            import_saved_model(tmp_path)


def test_what_the_first_noise2void_wrote(golden_copy: Callable[[str], Path]) -> None:
    folder = golden_copy("n2v")
    content = json.loads((folder / "config.json").read_text())
    means, stds = content.pop("means"), content.pop("stds")
    content.pop("single_net_per_channel", None)
    content |= {"mean": str(means[0]), "std": float(stds[0])}
    (folder / "config.json").write_text(json.dumps(content))
    assert import_folder(folder, None).window == (100.5, 113.0)
    with pytest.raises(ModelError, match=r"'mean' and 'std'\) are no numbers"):
        import_folder(change_config(folder, std=None), None)
    with pytest.raises(ModelError, match="one channel at a time"):
        import_folder(change_config(folder, n_channel_in=3, n_channel_out=3), None)


def test_packages_of_livecares_own_need_no_import(tmp_path: Path) -> None:
    own = import_model(GOLDEN / "n2v", out=tmp_path / "own").model.folder
    with pytest.raises(ModelError, match="own is a package of livecare's own: it needs no import"):
        import_model(own, "again")
    assert not (tmp_path / "library").exists()


def test_a_bundled_name_is_not_taken(golden_copy: Callable[[str], Path], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'default-fast' is a model that comes with livecare"):
        import_model(GOLDEN / "care5", "default-fast")
    folder = golden_copy("care5").rename(tmp_path / "default")
    with pytest.raises(UsageError, match="choose another --name"):
        import_model(folder)
    assert import_model(folder, out=tmp_path / "out").model.name.startswith("default ")
