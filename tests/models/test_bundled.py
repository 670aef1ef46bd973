"""What the models that come with livecare promise."""

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from contracts.package import check_with_bioimageio

from livecare.engines import Engine, available_engines, make_engine
from livecare.frame import Pixels
from livecare.models import IntensityWindow, Normaliser, bundled_names, load_bundled
from livecare.models.normalise import CameraNoise
from livecare.models.package import BUNDLED_FOLDER
from livecare.simulation import Camera, random_field

NAMES = bundled_names()
FRESH_SEED = 20_261_121
"""No seed of the training, which used 1 and 910001 ff."""
LARGEST_PACKAGE_BYTES = 4_000_000
CAMERA = Camera(gain_adu_per_e=1.7, offset_adu=150.0, read_noise_e=1.4)
NOISE = CameraNoise(1.7, 150.0, 1.4)
SHAPE = (192, 224)
FIELDS = 6
SEEDED = np.random.default_rng(5)
NINETY_PERCENT = float(np.log(10))
"""Half-width of the central 90 % of a Laplace distribution, scales."""

Restore = Callable[[Sequence[Pixels], Normaliser], tuple[np.ndarray, np.ndarray]]
"""Takes frames to restored frames and the Laplace scale of each pixel, camera counts."""

needs_onnxruntime = pytest.mark.skipif(
    "onnxruntime" not in available_engines(), reason="the extra 'onnxruntime' is missing"
)


def described(name: str) -> dict[str, Any]:
    text = (BUNDLED_FOLDER / name / "bioimageio.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def test_which_there_are() -> None:
    assert NAMES == ("default", "default-fast", "default-gpu")
    assert load_bundled() == load_bundled("default-fast")


@needs_onnxruntime
def test_the_one_for_graphics_cards_sees_more_of_the_same() -> None:
    """Eight looks instead of four: nearly what four give, and the same whichever way it lies."""
    frame = CAMERA.expose(next(draw_fields(FRESH_SEED + 4))[0][:64, :96] * 30, SEEDED)[np.newaxis]
    made = {}
    for name in ("default", "default-gpu"):
        engine = make_engine("onnxruntime")
        engine.load(load_bundled(name), threads=2)
        units = [load_bundled(name).lock([], noise=NOISE).present]
        for turned in (False, True):
            batch = np.ascontiguousarray(frame.swapaxes(1, 2)) if turned else frame
            restored = np.empty(batch.shape, np.float32)
            engine.infer(batch, restored, units)
            made[name, turned] = restored.swapaxes(1, 2) if turned else restored
        engine.close()
    four, eight = made["default", False], made["default-gpu", False]
    turned = made["default-gpu", True]
    np.testing.assert_allclose(turned, eight, atol=0.01)
    assert np.abs(made["default", True] - four).max() > 0.1, "four looks see rows unlike columns"
    assert np.sqrt(np.mean((eight - four) ** 2)) < 0.2 * np.sqrt(np.mean((frame - four) ** 2))


@pytest.mark.parametrize("name", NAMES)
def test_is_small_and_has_its_documents(name: str) -> None:
    folder = BUNDLED_FOLDER / name
    assert sum(file.stat().st_size for file in folder.iterdir()) < LARGEST_PACKAGE_BYTES
    document = (folder / "README.md").read_text(encoding="utf-8")
    assert "## Trained on" in document
    assert "## Not for" in document


@pytest.mark.parametrize("name", NAMES)
def test_works_in_noise_units_and_says_how_sure_it_is(name: str) -> None:
    model = load_bundled(name)
    assert (model.axes, model.normalisation.kind) == ("yx", "anscombe")
    assert model.outputs == ("estimate", "scale")
    assert model.provenance["settings"]["seed"] < 900_000
    assert model.provenance["data"]


@pytest.mark.parametrize("name", NAMES)
def test_no_stray_files(name: str) -> None:
    of_its_own = {"model.int8.onnx"} if name == "default-fast" else set()
    assert {file.name for file in Path(BUNDLED_FOLDER, name).iterdir()} - of_its_own == {
        "README.md",
        "bioimageio.yaml",
        "cover.png",
        "model.onnx",
        "test_input.npy",
        "test_output.npy",
    }


@pytest.mark.parametrize("name", NAMES)
def test_files_are_those_that_are_described(name: str) -> None:
    content, folder = described(name), BUNDLED_FOLDER / name
    tensors = [content[key][0]["test_tensor"] for key in ("inputs", "outputs")]
    for file in (content["weights"]["onnx"], *tensors):
        assert hashlib.sha256((folder / file["source"]).read_bytes()).hexdigest() == file["sha256"]
    for named in (content["documentation"], *content["covers"]):
        assert (folder / named).stat().st_size > 0


@pytest.mark.parametrize("name", NAMES)
def test_is_valid_for_bioimageio(name: str) -> None:
    check_with_bioimageio(BUNDLED_FOLDER / name)


def test_the_check_can_fail(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED_FOLDER / "default", tmp_path / "default")
    (tmp_path / "default" / "test_input.npy").unlink()
    with pytest.raises(AssertionError):
        check_with_bioimageio(tmp_path / "default")


@pytest.fixture(scope="module", params=["default", "default-fast"])
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def engine(name: str) -> Iterator[Engine]:
    engine = make_engine("onnxruntime")
    engine.load(load_bundled(name), threads=2)
    yield engine
    engine.close()


@pytest.fixture
def restore(engine: Engine) -> Restore:
    def run(frames: Sequence[Pixels], normaliser: Normaliser) -> tuple[np.ndarray, np.ndarray]:
        batch = np.stack(frames)
        restored, scales = (np.empty(batch.shape, np.float32) for _ in range(2))
        engine.infer(batch, restored, [normaliser.of(frame) for frame in frames], scales)
        return restored, scales

    return run


def draw_fields(seed: int) -> Iterator[tuple[np.ndarray, np.random.Generator]]:
    """Draw light fields with 1 at the 99.9th percentile, and what to draw their noise from."""
    rng = np.random.default_rng(seed)
    for _ in range(FIELDS):
        field = random_field(SHAPE, rng)
        yield field / np.float32(np.percentile(field, 99.9)), rng


def squared_error(estimate: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean(np.square(estimate.astype(np.float64) - truth)))


@needs_onnxruntime
def test_reproduces_its_test_tensors(name: str, engine: Engine) -> None:
    folder, content = BUNDLED_FOLDER / name, described(name)
    values, expected = np.load(folder / "test_input.npy"), np.load(folder / "test_output.npy")
    made = np.empty(expected.shape[1:], np.float32)
    engine.infer(values[0], made[:1], [IntensityWindow(0.0, 1.0)], made[1:])
    tolerance = content["config"]["bioimageio"]["reproducibility_tolerance"][0]
    np.testing.assert_allclose(made, expected[0], atol=tolerance["absolute_tolerance"])
    assert np.abs(expected[0, 0] - values[0, 0]).mean() > 0.1, "it changes something"


@needs_onnxruntime
def test_tiled_equals_untiled(name: str, engine: Engine) -> None:
    """The halo that the package names is long enough for the weights in it."""
    from livecare.engines.onnx_runtime.cpu import OnnxRuntimeEngine  # noqa: PLC0415 an extra

    field, rng = next(draw_fields(FRESH_SEED + 3))
    frame = CAMERA.expose(np.pad(field, ((0, 180), (0, 170)), mode="reflect") * 30, rng)[np.newaxis]
    units = [load_bundled(name).lock([], noise=NOISE).present]
    whole, tiled = (np.empty(frame.shape, np.float32) for _ in range(2))
    engine.infer(frame, whole, units)
    small = OnnxRuntimeEngine(pixel_budget=240 * 240)
    small.load(load_bundled(name), threads=2)
    small.infer(frame, tiled, units)
    small.close()
    np.testing.assert_allclose(tiled, whole, atol=0.01)


@needs_onnxruntime
@pytest.mark.parametrize("noise", [NOISE, None], ids=["known camera", "estimated camera"])
def test_gains_at_least_8_db_and_keeps_the_intensity(
    name: str, restore: Restore, noise: CameraNoise | None
) -> None:
    gains_db, ratios = [], []
    for field, rng in draw_fields(FRESH_SEED):
        photons = field * np.float32(10.0)
        frames = [CAMERA.expose(photons, rng) for _ in range(8)]
        raw, truth = frames[0], CAMERA.expected_adu(photons)
        restored = restore([raw], load_bundled(name).lock(frames, noise=noise))[0][0]
        gains_db.append(10 * np.log10(squared_error(raw, truth) / squared_error(restored, truth)))
        ratios.append((restored.mean() - 150.0) / (truth.mean() - 150.0))
    assert np.mean(gains_db) >= 8.0
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.02)


@needs_onnxruntime
def test_bleaching_stays_visible_and_nothing_flickers(name: str, restore: Restore) -> None:
    """Under one lock a frame at half the brightness comes out at half of it, and frames of a still
    scene differ as the photons that came differ.
    """
    halves, flickers, photon_flickers = [], [], []
    for field, rng in draw_fields(FRESH_SEED + 1):
        photons = field * np.float32(30.0)
        steady = [CAMERA.expose(photons, rng) for _ in range(3)]
        dim = CAMERA.expose(photons / 2, rng)
        normaliser = load_bundled(name).lock(steady)
        restored, _ = restore([*steady, dim], normaliser)
        light, raw_light = (
            np.mean(frames, axis=(1, 2)) - 150.0 for frames in (restored, [*steady, dim])
        )
        halves.append(light[-1] / light[0])
        flickers.append(light[:-1].std() / light[0])
        photon_flickers.append(raw_light[:-1].std() / raw_light[0])
    assert np.mean(halves) == pytest.approx(0.5, abs=0.015)
    assert sum(flickers) < 1.3 * sum(photon_flickers)


@needs_onnxruntime
def test_intervals_of_90_percent_hold(name: str, restore: Restore) -> None:
    inside = []
    for field, rng in draw_fields(FRESH_SEED + 2):
        for peak in (5.0, 20.0, 80.0):
            photons = field * np.float32(peak) + np.float32(1.0)
            normaliser = load_bundled(name).lock([], noise=NOISE)
            restored, scales = restore([CAMERA.expose(photons, rng)], normaliser)
            assert (scales > 0).all()
            error = np.abs(restored[0] - CAMERA.expected_adu(photons))
            inside.append(float((error <= NINETY_PERCENT * scales[0]).mean()))
    assert 0.85 <= np.mean(inside) <= 0.985, "simulated specimens are among the easier ones"
