"""What the models that come with livecare promise."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from contracts.package import check_with_bioimageio

from livecare.engines import available_engines, make_engine
from livecare.models import IntensityWindow, Normalisation, bundled_names, load_bundled
from livecare.models.package import BUNDLED_FOLDER
from livecare.simulation import Camera, random_field

NAMES = bundled_names()
FRESH_SEED = 20_261_121
"""No seed of the training, which used 1 and 900001 ff."""
LARGEST_PACKAGE_BYTES = 4_000_000

needs_onnxruntime = pytest.mark.skipif(
    "onnxruntime" not in available_engines(), reason="the extra 'onnxruntime' is missing"
)


@pytest.mark.parametrize("name", NAMES)
def test_is_small_and_has_its_documents(name: str) -> None:
    folder = BUNDLED_FOLDER / name
    assert sum(file.stat().st_size for file in folder.iterdir()) < LARGEST_PACKAGE_BYTES
    document = (folder / "README.md").read_text(encoding="utf-8")
    assert "## Trained on" in document
    assert "## Not for" in document
    assert load_bundled(name).provenance["settings"]["seed"] < 900_000


@pytest.mark.parametrize("name", NAMES)
def test_is_valid_for_bioimageio(name: str) -> None:
    check_with_bioimageio(BUNDLED_FOLDER / name)


def test_the_check_can_fail(tmp_path: Path) -> None:
    shutil.copytree(BUNDLED_FOLDER / "first", tmp_path / "first")
    (tmp_path / "first" / "test_input.npy").unlink()
    with pytest.raises(AssertionError):
        check_with_bioimageio(tmp_path / "first")


@needs_onnxruntime
@pytest.mark.parametrize("name", NAMES)
def test_reproduces_its_test_tensors(name: str) -> None:
    folder = BUNDLED_FOLDER / name
    raw, expected = np.load(folder / "test_input.npy"), np.load(folder / "test_output.npy")
    window = IntensityWindow.from_frames([raw[0, 0]])
    restored = restore(name, raw[0], window)
    normalised = (restored - window.low) / (window.high - window.low)
    np.testing.assert_allclose(normalised, expected[0], atol=1e-4)


@needs_onnxruntime
@pytest.mark.parametrize("peak_photons", [10.0, 20.0])
def test_gains_at_least_4_db_and_keeps_the_intensity(peak_photons: float) -> None:
    rng = np.random.default_rng(FRESH_SEED)
    camera = Camera(gain_adu_per_e=1.7, offset_adu=150.0, read_noise_e=1.4)
    gains_db, ratios = [], []
    for _ in range(8):
        field = random_field((192, 224), rng)
        photons = field * np.float32(peak_photons / np.percentile(field, 99.9))
        raw, truth = camera.expose(photons, rng), camera.expected_adu(photons)
        window = load_bundled().lock([camera.expose(photons, rng)]).present
        restored = restore("first", raw[np.newaxis], window)[0]
        gains_db.append(10 * np.log10(squared_error(raw, truth) / squared_error(restored, truth)))
        ratios.append((restored.mean() - 150.0) / (raw.mean() - 150.0))
    assert np.mean(gains_db) >= 4.0
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.02)


@needs_onnxruntime
def test_bleaching_stays_visible() -> None:
    """A frame at half the brightness, in the window of the first, comes out at half."""
    rng = np.random.default_rng(FRESH_SEED + 1)
    camera = Camera(gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.6)
    ratios = []
    for _ in range(8):
        field = random_field((192, 192), rng)
        photons = field * np.float32(30.0 / np.percentile(field, 99.9))
        bright, dim = camera.expose(photons, rng), camera.expose(photons / 2, rng)
        window = load_bundled().lock([bright]).present
        restored = restore("first", np.stack([bright, dim]), window)
        ratios.append((restored[1].mean() - 100.0) / (restored[0].mean() - 100.0))
    assert np.mean(ratios) == pytest.approx(0.5, abs=0.015)


def restore(name: str, frames: np.ndarray, window: Normalisation) -> np.ndarray:
    engine = make_engine("onnxruntime")
    engine.load(load_bundled(name), threads=2)
    restored = np.zeros(frames.shape, np.float32)
    engine.infer(frames, restored, [window] * len(frames))
    engine.close()
    return restored


def squared_error(estimate: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean(np.square(estimate.astype(np.float64) - truth)))


def test_no_stray_files() -> None:
    assert {file.name for file in Path(BUNDLED_FOLDER, "first").iterdir()} == {
        "README.md",
        "bioimageio.yaml",
        "cover.png",
        "model.onnx",
        "test_input.npy",
        "test_output.npy",
    }
