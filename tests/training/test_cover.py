import io

import numpy as np
import pytest

from livecare.training.cover import before_after, encode_png


def test_a_picture_reads_back() -> None:
    image = pytest.importorskip("PIL.Image", reason="pillow is missing")
    grey = np.arange(15, dtype=np.uint8).reshape(3, 5) * np.uint8(17)
    with image.open(io.BytesIO(encode_png(grey))) as picture:
        np.testing.assert_array_equal(np.asarray(picture), grey)


def test_before_and_after_stand_side_by_side() -> None:
    image = pytest.importorskip("PIL.Image", reason="pillow is missing")
    black, white = np.full((2, 3), -1.0, np.float32), np.full((2, 3), 2.0, np.float32)
    with image.open(io.BytesIO(before_after(black, white, enlarge=2))) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (4, 12)
    assert not pixels[:, :6].any()
    assert np.all(pixels[:, 6:] == 255)
