"""A model's own test frame as frames of a camera: what the network sees of them is the same."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up_engines import made_up_model
from window_package import WINDOW_PACKAGE, load_window_model

from livecare.errors import ModelError
from livecare.frame import PIXEL_TYPES, PixelType
from livecare.models import IntensityWindow, Model, bundled_names, load_bundled
from livecare.models.noise_units import NoiseUnits
from livecare.models.sample import read_test_input, sample_of


def seen_by_network(model: Model, dtype: PixelType) -> tuple[np.ndarray, np.ndarray]:
    """Return the sample in network units, and what was meant."""
    sample = sample_of(model, dtype)
    assert sample.frame.dtype == dtype
    values = np.empty(sample.frame.shape, np.float32)
    sample.normalisation.normalise(sample.frame, values)
    return values, read_test_input(model)[0, 0]


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
@pytest.mark.parametrize("name", bundled_names())
def test_bundled_models_see_their_test_input(name: str, dtype: PixelType) -> None:
    """But for a quarter of a photon, by which the unbiased way back to counts is another."""
    values, meant = seen_by_network(load_bundled(name), dtype)
    assert isinstance(sample_of(load_bundled(name), dtype).normalisation, NoiseUnits)
    photons, meant_photons = (np.square(each / 2) for each in (values, meant))
    room = 0.6 if dtype == "uint8" else 0.06
    bright = meant > 2.0
    assert bright.mean() > 0.9
    assert np.abs(photons - meant_photons - 0.25)[bright].max() < room


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_window_models_see_their_test_input_in_a_window(dtype: PixelType) -> None:
    model = load_window_model()
    values, counts = seen_by_network(model, dtype)
    window = IntensityWindow.from_frames([counts], 2.0, 99.8)
    meant = (counts - window.low) / (window.high - window.low)
    clipped = np.clip(meant, values.min(), values.max())
    room = {"uint8": 0.5 / 160, "uint16": 0.5 / 20_000, "float32": 1e-6}[dtype]
    assert np.abs(values - clipped).max() <= room * 1.01
    assert (meant != clipped).mean() < 0.01


def test_a_models_own_window_is_what_its_test_input_was_made_for() -> None:
    model = load_window_model()
    recipe = replace(model.normalisation, window=IntensityWindow(100.0, 150.0))
    values, counts = seen_by_network(replace(model, normalisation=recipe), "float32")
    np.testing.assert_allclose(values, (counts - 100.0) / 50.0, atol=1e-5)


@pytest.mark.parametrize("shape", [(1, 1), (7, 300), (128, 128), (129, 127), (500, 40)])
def test_any_size_repeats_mirrors_or_cuts(shape: tuple[int, int]) -> None:
    model = load_window_model()
    counts = read_test_input(model)[0, 0]
    frame = sample_of(model, "float32", shape).frame
    assert frame.shape == shape
    assert frame.flags.c_contiguous
    rows, columns = (min(n, 128) for n in shape)
    cut = sample_of(model, "float32", (rows, columns)).frame
    if shape == (128, 128):
        np.testing.assert_array_equal(frame, sample_of(model, "float32").frame)
    mirrored = np.pad(
        counts[:rows, :columns], [(0, n - m) for n, m in zip(shape, cut.shape, strict=True)],
        mode="symmetric",
    )  # fmt: skip
    order = np.argsort(mirrored, axis=None)
    assert (np.diff(frame.ravel()[order]) >= 0).all(), "the same picture but for its window"


@pytest.mark.parametrize("shape", [None, (2, 9, 70), (11, 24, 32)])
def test_stacks(tmp_path: Path, shape: tuple[int, ...] | None) -> None:
    model = made_up_model(tmp_path, axes="zyx")
    frame = sample_of(model, "uint16", shape).frame
    assert frame.shape == (shape or (5, 24, 32))
    assert np.unique(frame).size > 100


def test_samples_are_the_same_every_time() -> None:
    model = load_bundled()
    first, second = (sample_of(model, "uint16", (50, 300)) for _ in range(2))
    np.testing.assert_array_equal(first.frame, second.frame)
    assert first.normalisation == second.normalisation


def of_another_shape(file: Path) -> None:
    np.save(file, np.zeros((1, 32, 32), np.float32))


def empty_frame(file: Path) -> None:
    np.save(file, np.zeros((1, 1, 0, 32), np.float32))


def not_finite(file: Path) -> None:
    np.save(file, np.full((1, 1, 32, 32), np.nan, np.float32))


def of_words(file: Path) -> None:
    np.save(file, np.full((1, 1, 32, 32), "words"))


def several_arrays(file: Path) -> None:
    with file.open("wb") as opened:
        np.savez(opened, np.zeros(3), np.zeros(4))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "gone": Path.unlink,
    "emptied": lambda file: file.write_bytes(b""),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:200]),
    "text": lambda file: file.write_text("no tensor"),
    "half a zip": lambda file: file.write_bytes(b"PK\x03\x04 no zip"),
    "pickled": lambda file: np.save(file, np.array([{}], object), allow_pickle=True),
    "shape": of_another_shape,
    "empty frame": empty_frame,
    "not finite": not_finite,
    "words": of_words,
    "several": several_arrays,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_test_input_is_named(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "package"
    shutil.copytree(WINDOW_PACKAGE, folder)
    model = Model.load(folder)
    DAMAGES[damage](folder / "test_input.npy")
    with pytest.raises(ModelError, match=r"test_input\.npy .*get the package again"):
        sample_of(model, "uint16")


@pytest.mark.parametrize("inputs", ["[]", "[3]", "[{id: raw}]", "[{test_tensor: raw}]"])
def test_a_package_that_names_no_test_input(tmp_path: Path, inputs: str) -> None:
    model = made_up_model(tmp_path)
    file = tmp_path / "rdf.yaml"
    file.write_text(f"type: model\nformat_version: 0.5.4\ninputs: {inputs}\n")
    with pytest.raises(ModelError, match="inputs") as caught:
        sample_of(model, "uint16")
    assert str(file) in str(caught.value)
