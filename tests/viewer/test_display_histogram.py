import numpy as np
import pytest

from livecare.viewer.display.histogram import histograms


def test_both_are_counted_on_one_axis_and_every_pixel_counts() -> None:
    raw = np.array([[0, 1, 1, 9]], np.uint16)
    restored = np.array([[3, 3, 3, 20]], np.uint16)
    edges, raw_counts, restored_counts = histograms(raw, restored, 256)
    centres = (edges[1:] + edges[:-1]) / 2
    assert dict(zip(centres[raw_counts > 0], raw_counts[raw_counts > 0], strict=True)) == {
        0: 1,
        1: 2,
        9: 1,
    }
    assert restored_counts[centres == 3] == 3
    assert restored_counts[-1] == 1


def test_bars_of_integers_hold_whole_values_so_that_none_stands_out() -> None:
    even = np.arange(1000, dtype=np.uint16).reshape(10, 100)
    edges, counts, _ = histograms(even, even, 256)
    assert len(counts) <= 256
    assert set(np.diff(edges)) == {4.0}
    assert set(counts) == {4}


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_a_constant_frame_is_one_bar(dtype: str) -> None:
    edges, counts, _ = histograms(np.full((5, 5), 7, dtype), None, 64)
    assert counts.sum() == 25
    assert np.count_nonzero(counts) == 1
    assert (np.diff(edges) > 0).all()


def test_what_is_no_number_is_left_out() -> None:
    raw = np.array([[np.nan, 1.0, np.inf, 2.0, -np.inf]], np.float32)
    edges, counts, _ = histograms(raw, None, 10)
    assert counts.sum() == 2
    assert np.isfinite(edges).all()
    assert (edges[0], edges[-1]) == (1.0, 2.0)


def test_frames_that_are_not_there_have_no_counts() -> None:
    edges, raw_counts, restored_counts = histograms(None, np.zeros((0, 3), np.float32), 16)
    assert raw_counts.sum() == restored_counts.sum() == 0
    assert len(edges) == len(raw_counts) + 1


def test_integers_and_floats_share_an_axis() -> None:
    raw = np.array([[100, 200]], np.uint16)
    restored = np.array([[99.5, 150.0]], np.float32)
    edges, raw_counts, restored_counts = histograms(raw, restored, 50)
    assert (edges[0], edges[-1]) == (99.5, 200.0)
    assert raw_counts.sum() == restored_counts.sum() == 2


def test_large_frames_are_sampled_evenly() -> None:
    raw = np.tile(np.arange(256, dtype=np.uint8), (4096, 16))
    _, counts, _ = histograms(raw, None, 16)
    assert 0 < counts.sum() <= 1 << 18
    assert counts.max() == counts.min()


def test_counts_of_floats_are_those_of_numpy() -> None:
    raw = np.random.default_rng(0).normal(100, 10, (300, 300)).astype(np.float32)
    edges, counts, _ = histograms(raw, None, 64)
    assert np.abs(counts - np.histogram(raw.astype(np.float64), edges)[0]).max() <= 1
    assert counts.sum() == raw.size
