from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from livecare.frame import Restoration
from livecare.simulation import Camera
from livecare.viewer.display.interval import raw_spread
from livecare.viewer.display.noise_check import check_noise

Image = NDArray[Any]


RNG = np.random.default_rng(4)
GAIN, OFFSET, READ_NOISE = 2.0, 100.0, 1.6


def restoration(
    kind: str = "anscombe", engine: str = "onnxruntime", **values: float
) -> Restoration:
    return Restoration(
        engine=engine,
        precision="fp32",
        model="a model",
        model_sha256="0" * 64,
        normalisation=kind,
        normalised_with=values,
        taken_ns=0,
        engine_ns=0,
        published_ns=0,
        batch=1,
    )


OURS = restoration(gain=GAIN, offset=OFFSET, read_noise=READ_NOISE, binning=1.0)


def photons(peak: float, side: int = 512) -> Image:
    rows, columns = np.mgrid[:side, :side]
    blobs = np.exp(-((rows % 64 - 32) ** 2 + (columns % 64 - 32) ** 2) / 60)
    return np.asarray(peak * (0.05 + blobs), np.float32)


def taken(expected: Image, dtype: str = "uint16") -> tuple[Image, Image]:
    """A frame of our camera, and what a perfect restoration of it is."""
    camera = Camera(GAIN, OFFSET, READ_NOISE, hot_pixel_fraction=1e-4, dtype=dtype)
    perfect = camera.expected_adu(expected)
    if dtype == "uint16":
        perfect = np.rint(perfect).astype(np.uint16)
    return camera.expose(expected, RNG), perfect


def smoothed(frame: Image, side: int) -> Image:
    padded = np.pad(frame.astype(np.float64), side // 2, mode="edge")
    shifts = [
        padded[row : row + frame.shape[0], column : column + frame.shape[1]]
        for row in range(side)
        for column in range(side)
    ]
    return np.asarray(np.mean(shifts, axis=0), np.float32)


@pytest.mark.parametrize("dtype", ["uint16", "float32"])
@pytest.mark.parametrize("peak", [1, 20, 500])
def test_a_perfect_restoration_is_as_expected(peak: float, dtype: str) -> None:
    check = check_noise(*taken(photons(peak), dtype), OURS)
    assert check.verdict == "as expected", check
    assert check.ratio == pytest.approx(1, abs=0.06)
    assert max(map(abs, check.correlation_yx)) < 0.05
    assert check.share == 0


def test_a_modest_filter_is_as_expected() -> None:
    raw, _ = taken(photons(20))
    assert check_noise(raw, smoothed(raw, 5), OURS).verdict == "as expected"


@pytest.mark.parametrize("kept", [0.5, 1.0])
def test_noise_that_was_kept_is_less_than_the_cameras(kept: float) -> None:
    raw, perfect = taken(photons(20), "float32")
    check = check_noise(raw, (1 - kept) * perfect + kept * raw, OURS)
    assert check.verdict == "less"
    assert check.ratio == pytest.approx((1 - kept) ** 2, abs=0.05)
    assert "noise was kept" in check.words


def test_signal_that_was_removed_is_more_than_noise() -> None:
    raw, _ = taken(photons(100))
    flat = np.full(raw.shape, raw.mean(), np.float32)
    check = check_noise(raw, flat, OURS)
    assert check.verdict == "more"
    assert "signal was removed" in check.words


def test_faint_structure_in_what_was_removed_is_noticed() -> None:
    """A shade of 0.4 standard deviations: in the variance alone it would pass."""
    raw, perfect = taken(np.full((512, 512), 50, np.float32), "float32")
    shade = 6 * np.sign(np.sin(np.arange(512) / 20))[:, None].astype(np.float32)
    check = check_noise(raw + shade, perfect, OURS)
    assert check.ratio < 1.3
    assert check.verdict == "more"


def test_a_few_spots_that_were_removed_are_noticed() -> None:
    expected = photons(20)
    bright = expected.copy()
    for row, column in ((100, 100), (300, 400), (440, 60), (200, 200), (20, 480), (350, 130)):
        bright[row : row + 8, column : column + 8] += 60
    camera = Camera(GAIN, OFFSET, READ_NOISE)
    raw = camera.expose(bright, RNG)
    check = check_noise(raw, camera.expected_adu(expected), OURS)
    assert check.ratio < 1.15
    assert check.verdict == "more"
    assert "removed there" in check.words


@pytest.mark.parametrize(("gain", "verdict"), [(1.3, "more"), (3.0, "less")])
def test_wrong_values_of_the_camera_are_noticed(gain: float, verdict: str) -> None:
    check = check_noise(
        *taken(photons(20)), restoration(gain=gain, offset=OFFSET, read_noise=READ_NOISE)
    )
    assert check.verdict == verdict
    assert "values are wrong" in check.words


def test_values_of_means_of_pixels_are_compared_with_means() -> None:
    """Noise of variance 100 that each pixel shares with its next ones: means of 4 have 56."""
    white = RNG.normal(0, 20, (513, 513))
    shared = (white[1:, 1:] + white[:-1, 1:] + white[1:, :-1] + white[:-1, :-1]) / 4
    raw = np.asarray(1000 + shared, np.float32)
    means = raw.reshape(256, 2, 256, 2).mean(axis=(1, 3))
    read_noise = float(means.std())
    values = {"gain": 1.0, "offset": 1000.0, "read_noise": read_noise, "binning": 2.0}
    check = check_noise(raw, np.full_like(raw, 1000), restoration(**values))
    assert check.ratio == pytest.approx(1, abs=0.05)
    assert raw.std() > 1.2 * read_noise


def test_saturated_and_odd_pixels_are_left_out() -> None:
    raw, perfect = taken(photons(20))
    raw[:, :100] = 65535
    restored = perfect.astype(np.float32)
    restored[:100] = np.nan
    assert check_noise(raw, restored, OURS).verdict == "as expected"


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (None, "no restored frame"),
        (restoration(kind="fixed", low=0.0, high=1.0), "'fixed' knows nothing of the camera"),
        (restoration(engine="raw"), "no engine was ready"),
        (restoration(gain=1.0), "does not say"),
        (restoration(gain=0.0, offset=0.0, read_noise=1.0), "does not say"),
    ],
)
def test_without_the_cameras_values_nothing_is_said_but_why(
    made: Restoration | None, why: str
) -> None:
    check = check_noise(*taken(photons(5, 64)), made)
    assert (check.verdict, check.ratio) == ("unknown", None)
    assert why in check.words
    assert raw_spread(500.0, made) is None


def test_frames_without_a_valid_pixel_or_of_other_sizes_cannot_be_judged() -> None:
    raw, perfect = taken(photons(5, 64))
    assert check_noise(np.full_like(raw, 65535), perfect, OURS).verdict == "unknown"
    assert check_noise(raw[1:], perfect, OURS).verdict == "unknown"


@pytest.mark.parametrize("shape", [(1, 1), (5, 70), (33, 47), (4, 4)])
def test_small_frames_raise_nothing(shape: tuple[int, int]) -> None:
    raw, perfect = taken(np.full(shape, 9, np.float32))
    assert check_noise(raw, perfect, OURS).words


@pytest.mark.parametrize("level", [20.0, 200.0])
def test_nine_tenths_of_raw_pixels_are_within_the_spread(level: float) -> None:
    raw, perfect = taken(np.full((300, 300), level, np.float32), "float32")
    spread = raw_spread(float(perfect[0, 0]), OURS)
    assert np.mean(np.abs(raw - perfect) <= spread) == pytest.approx(0.9, abs=0.01)


def test_below_the_offset_the_spread_is_that_of_the_read_noise() -> None:
    assert raw_spread(50.0, OURS) == pytest.approx(1.6449 * GAIN * READ_NOISE, rel=1e-4)
    assert raw_spread(float("nan"), OURS) is None
