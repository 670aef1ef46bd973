import tracemalloc

import numpy as np
import pytest

from livecare.errors import ConfigError
from livecare.frame import PIXEL_TYPES
from livecare.models import IntensityWindow


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_window_ends_become_zero_and_one(dtype: str) -> None:
    pixels = np.array([[20, 60], [100, 180]], dtype)
    normalised = np.empty((2, 2), np.float32)
    IntensityWindow(20.0, 100.0).normalise(pixels, normalised)
    np.testing.assert_allclose(normalised, [[0.0, 0.5], [1.0, 2.0]], rtol=1e-6)


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_there_and_back(dtype: str) -> None:
    values = np.arange(256).reshape(16, 16)
    pixels = (values * 257).astype(dtype) if dtype == "uint16" else values.astype(dtype)
    normalised = np.empty(pixels.shape, np.float32)
    again = np.empty_like(pixels)
    window = IntensityWindow(10.3, 99.7)
    window.normalise(pixels, normalised)
    window.denormalise(normalised, again)
    if dtype == "float32":
        np.testing.assert_allclose(again, pixels, atol=1e-4)
    else:
        np.testing.assert_array_equal(again, pixels)


@pytest.mark.parametrize(("dtype", "greatest"), [("uint8", 255), ("uint16", 65535)])
def test_integers_are_rounded_and_clipped(dtype: str, greatest: int) -> None:
    counts = np.array([[-3.0, -0.4, 0.5, 1.5, 2.4, 2.6, 1e9]], np.float32)
    pixels = np.empty(counts.shape, dtype)
    IntensityWindow(0.0, 1.0).denormalise(counts, pixels)
    np.testing.assert_array_equal(pixels, [[0, 0, 0, 2, 2, 3, greatest]])


def test_floats_are_left_as_they_are() -> None:
    pixels = np.empty((1, 3), np.float32)
    IntensityWindow(0.0, 2.0).denormalise(np.array([[-1.25, 0.3, 1e6]], np.float32), pixels)
    np.testing.assert_allclose(pixels, [[-2.5, 0.6, 2e6]])


def test_nan_stays_nan_in_a_float_frame() -> None:
    pixels = np.array([[np.nan, 5.0]], np.float32)
    normalised, again = np.empty_like(pixels), np.empty_like(pixels)
    window = IntensityWindow(0.0, 10.0)
    window.normalise(pixels, normalised)
    window.denormalise(normalised, again)
    np.testing.assert_array_equal(again, pixels)


def test_locking_takes_the_percentiles_of_all_frames() -> None:
    frames = [np.full((10, 10), value, np.uint16) for value in range(100, 200)]
    window = IntensityWindow.from_frames(frames)
    assert window.low == pytest.approx(np.percentile(np.arange(100, 200), 2), abs=1)
    assert window.high == pytest.approx(np.percentile(np.arange(100, 200), 99.8), abs=1)
    middle = IntensityWindow.from_frames(frames, 25.0, 75.0)
    assert (middle.low, middle.high) == pytest.approx((124.5, 174.5), abs=1)


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_a_flat_field_gives_a_window_one_count_wide(dtype: str) -> None:
    window = IntensityWindow.from_frames([np.full((8, 8), 7, dtype)])
    assert window == IntensityWindow(7.0, 8.0)


def test_small_float_ranges_are_kept() -> None:
    frame = np.linspace(0.0, 1e-3, 1001, dtype=np.float32).reshape(7, 143)
    assert IntensityWindow.from_frames([frame]).high == pytest.approx(0.998e-3, rel=1e-3)


def test_pixels_that_are_not_finite_do_not_count() -> None:
    clean = np.linspace(0, 50, 100, dtype=np.float32).reshape(10, 10)
    dirty = np.vstack([clean, np.array([[np.nan, np.inf, -np.inf, *[np.nan] * 7]], np.float32)])
    assert IntensityWindow.from_frames([dirty]) == IntensityWindow.from_frames([clean])
    nothing = np.full((4, 4), np.nan, np.float32)
    assert IntensityWindow.from_frames([nothing]) == IntensityWindow(0.0, 1.0)


def test_locking_needs_a_frame() -> None:
    with pytest.raises(ConfigError, match="at least one"):
        IntensityWindow.from_frames([])


@pytest.mark.parametrize(("low", "high"), [(5.0, 5.0), (6.0, 5.0), (np.nan, 1.0), (0.0, np.inf)])
def test_impossible_windows_are_refused(low: float, high: float) -> None:
    with pytest.raises(ConfigError, match="low below high"):
        IntensityWindow(low, high)


@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_no_temporary_of_a_frame_size(dtype: str) -> None:
    pixels = np.full((2048, 2048), 40, dtype)
    normalised = np.empty(pixels.shape, np.float32)
    window = IntensityWindow(1.0, 80.0)
    tracemalloc.start()
    try:
        window.normalise(pixels, normalised)
        window.denormalise(normalised, pixels)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 1 << 20
