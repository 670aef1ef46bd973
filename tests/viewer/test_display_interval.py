"""How far raw pixels are expected from a restored value."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from livecare.frame import Restoration
from livecare.simulation import Camera
from livecare.viewer.display.camera_noise import why_unknown
from livecare.viewer.display.interval import raw_spread

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


def taken(expected: Image, dtype: str = "uint16") -> tuple[Image, Image]:
    """A frame of our camera, and what a perfect restoration of it is."""
    camera = Camera(GAIN, OFFSET, READ_NOISE, hot_pixel_fraction=1e-4, dtype=dtype)
    perfect = camera.expected_adu(expected)
    if dtype == "uint16":
        perfect = np.rint(perfect).astype(np.uint16)
    return camera.expose(expected, RNG), perfect


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (None, "no restored frame"),
        (restoration(kind="fixed", low=0.0, high=1.0), "'fixed' knows nothing of the camera"),
        (restoration(engine="raw"), "no engine was ready, or a guard objected"),
        (restoration(gain=1.0), "does not say"),
        (restoration(gain=0.0, offset=0.0, read_noise=1.0), "does not say"),
    ],
)
def test_without_the_camera_s_values_there_is_no_spread(made: Restoration | None, why: str) -> None:
    assert why in why_unknown(made)
    assert raw_spread(500.0, made) is None


@pytest.mark.parametrize("level", [20.0, 200.0])
def test_nine_tenths_of_raw_pixels_are_within_the_spread(level: float) -> None:
    raw, perfect = taken(np.full((300, 300), level, np.float32), "float32")
    spread = raw_spread(float(perfect[0, 0]), OURS)
    assert np.mean(np.abs(raw - perfect) <= spread) == pytest.approx(0.9, abs=0.01)


def test_below_the_offset_the_spread_is_that_of_the_read_noise() -> None:
    assert raw_spread(50.0, OURS) == pytest.approx(1.6449 * GAIN * READ_NOISE, rel=1e-4)
    assert raw_spread(float("nan"), OURS) is None
