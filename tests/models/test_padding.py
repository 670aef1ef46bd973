import numpy as np
import pytest

from livecare.models.padding import Padding


def pad(frame: np.ndarray, multiple_of: tuple[int, ...]) -> np.ndarray:
    padding = Padding.to_multiple(frame.shape, multiple_of)
    padded = np.full(padding.padded, np.nan, np.float32)
    padded[padding.frame] = frame
    padding.fill(padded)
    return padded


@pytest.mark.parametrize(
    "shape", [(13, 9), (8, 16), (10, 8), (5, 7), (2, 3), (5, 13, 9), (4, 8, 16), (2, 3, 21)]
)
def test_mirrors_like_numpy(shape: tuple[int, ...]) -> None:
    frame = np.random.default_rng(1).random(shape, dtype=np.float32)
    multiple_of = (4, 8, 8)[-len(shape) :]
    padded = pad(frame, multiple_of)
    added = [(0, after - before) for before, after in zip(shape, padded.shape, strict=True)]
    np.testing.assert_array_equal(padded, np.pad(frame, added, mode="reflect"))
    assert not any(np.mod(padded.shape, multiple_of))
    assert max(after for _, after in added) < 8


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (1, 1, 1), (1, 9, 5)])
def test_a_single_plane_row_or_column_is_repeated(shape: tuple[int, ...]) -> None:
    assert np.all(pad(np.full(shape, 3.0, np.float32), (8,) * len(shape)) == 3.0)
