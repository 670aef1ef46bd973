import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

from livecare.errors import ConfigError
from livecare.training.masking import PUBLISHED_SHARE, BlindSpots, hide


def patches(count: int = 4, side: int = 64) -> np.ndarray:
    return np.random.default_rng(0).random((count, 1, side, side), dtype=np.float32)


def test_the_published_share_of_pixels_is_hidden() -> None:
    rng = np.random.default_rng(1)
    shares = [len(hide(patches(), BlindSpots(), rng).places[0]) / patches().size for _ in range(40)]
    assert np.mean(shares) == pytest.approx(PUBLISHED_SHARE, rel=0.1)


def test_only_hidden_pixels_change_and_values_come_from_the_surroundings() -> None:
    given = patches()
    spots = BlindSpots(share=0.03, radius_px=2)
    hidden = hide(given, spots, np.random.default_rng(1))
    untouched = np.ones(given.shape, bool)
    untouched[hidden.places] = False
    np.testing.assert_array_equal(hidden.patches[untouched], given[untouched])
    for index, _, row, column in zip(*hidden.places, strict=True):
        near = given[index, 0, max(row - 2, 0) : row + 3, max(column - 2, 0) : column + 3]
        assert hidden.patches[index, 0, row, column] in near


def test_every_pixel_can_be_hidden() -> None:
    rng = np.random.default_rng(3)
    seen = np.zeros((1, 1, 24, 24), bool)
    for _ in range(300):
        seen[hide(patches(1, 24), BlindSpots(share=0.1), rng).places] = True
    assert seen.all()


def test_the_median_leaves_the_pixel_itself_out() -> None:
    given = np.zeros((1, 1, 32, 32), np.float32)
    given[0, 0] = np.arange(32)[:, None]
    hidden = hide(given, BlindSpots("median", share=0.02, radius_px=1), np.random.default_rng(1))
    index, channel, rows, columns = hidden.places
    inner = (rows > 0) & (rows < 31)
    found = hidden.patches[index, channel, rows, columns][inner]
    np.testing.assert_array_equal(found, rows[inner])


def test_the_median_ignores_what_is_hidden() -> None:
    given = np.zeros((1, 1, 32, 32), np.float32)
    spots = BlindSpots("median", share=0.02)
    places = hide(given, spots, np.random.default_rng(4)).places
    given[places] = 1000.0
    hidden = hide(given, spots, np.random.default_rng(4))
    assert hidden.patches[places].max() == 0


@pytest.mark.parametrize(("share", "side"), [(PUBLISHED_SHARE, 32), (0.01, 16), (0.03, 8)])
def test_no_patch_is_left_without_a_hidden_pixel(share: float, side: int) -> None:
    rng = np.random.default_rng(5)
    spots = BlindSpots(share=share)
    assert all(len(hide(patches(1, side), spots, rng).places[0]) for _ in range(1000))


@pytest.mark.parametrize("direction", ["rows", "columns"])
def test_structure_hides_nine_in_a_line_with_values_from_beside_it(direction: str) -> None:
    given = np.zeros((1, 1, 64, 64), np.float32)
    line = np.arange(64, dtype=np.float32)
    given[0, 0] = line[:, None] if direction == "rows" else line[None, :]
    spots = BlindSpots(share=0.003, direction=direction)  # type: ignore[arg-type]
    hidden = hide(given, spots, np.random.default_rng(2))
    index, _, rows, columns = hidden.places
    inner = (rows >= 9) & (rows < 55) & (columns >= 9) & (columns < 55)
    for row, column in zip(rows[inner], columns[inner], strict=True):
        across = slice(column - 4, column + 5)
        along = slice(row - 4, row + 5)
        place = (row, across) if direction == "rows" else (along, column)
        assert (hidden.patches[0, 0][place] != given[0, 0][place]).all()
    assert inner.any()
    assert (index == 0).all()


@pytest.mark.parametrize("direction", ["rows", "columns"])
def test_structure_at_the_edge_is_hidden_by_what_lies_beside_it_as_well(direction: str) -> None:
    lines = np.broadcast_to(np.arange(24, dtype=np.float32)[:, None], (24, 24))
    picture = lines if direction == "rows" else lines.T
    given = np.ascontiguousarray(np.broadcast_to(picture, (16, 1, 24, 24)))
    spots = BlindSpots(share=0.003, direction=direction)  # type: ignore[arg-type]
    for seed in range(8):
        hidden = hide(given, spots, np.random.default_rng(seed))
        assert (hidden.patches[hidden.places] != given[hidden.places]).all()


def test_the_same_seed_hides_the_same() -> None:
    one, two = (hide(patches(), BlindSpots(), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one.patches, two.patches)


@pytest.mark.parametrize("wrong", [{"share": 0.0}, {"share": 0.5}, {"radius_px": 0}])
def test_what_cannot_be_hidden_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match="blind spots"):
        BlindSpots(**wrong)  # type: ignore[arg-type]
