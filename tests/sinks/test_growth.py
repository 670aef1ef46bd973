"""A recording whose channels, planes and positions are found out while it is made."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import zarr
from store_frames import append, make_info, make_pixels, restored_pixels

from livecare import disk
from livecare.errors import StoreError
from livecare.frame import Ledger, Position
from livecare.sinks.options import StoreOptions
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

SMALL = replace(make_info(), grows=True)
LARGE = replace(
    SMALL, channels=("channel 0", "GFP"), size_z=3, positions=("well 0", "well 1", "well 2")
)
BEFORE = [Position(0), Position(1)]
AFTER = [Position(0, 1, 2, 0), Position(2, 0, 0, 0), Position(0, 1, 1, 2), Position(0, 0, 0, 1)]


def write(store: Store, first: int, places: list[Position]) -> None:
    for sequence, at in enumerate(places, first):
        raw = make_pixels(sequence, SMALL.shape_yx, SMALL.dtype)
        append(store.raw, sequence, at, raw)
        append(store.restored, sequence, at, restored_pixels(raw, SMALL.dtype))


def test_a_recording_grows_and_keeps_what_it_had(tmp_path: Path) -> None:
    path = tmp_path / "grown.ome.zarr"
    with Store.create(path, SMALL) as store:
        write(store, 0, BEFORE)
        store.grow(LARGE)
        write(store, len(BEFORE), AFTER)
        store.finish(Ledger(6, 6, 6))
    report = verify(path)
    assert (report.sound, report.problems) == (True, ())
    reader = StoreReader(path)
    assert reader.info == LARGE
    for sequence, at in enumerate(BEFORE + AFTER):
        expected = make_pixels(sequence, SMALL.shape_yx, SMALL.dtype)
        np.testing.assert_array_equal(reader.read("raw", at), expected)
    group = zarr.open_group(path, mode="r")
    assert group["raw/0"].shape == (3, 2, 3, *SMALL.shape_yx)
    assert group["restored_p002/0"].shape == (3, 2, 3, *SMALL.shape_yx)
    np.testing.assert_array_equal(
        group["raw/0"][0, 1, 2], make_pixels(2, SMALL.shape_yx, SMALL.dtype)
    )
    labels = [each["label"] for each in group["raw"].attrs["ome"]["omero"]["channels"]]
    assert labels == ["channel 0", "GFP"]
    assert group["OME"].attrs["ome"]["series"][:3] == ["raw", "raw_p001", "raw_p002"]


@pytest.mark.parametrize(
    "wrong",
    [
        replace(LARGE, channels=("other",)),
        replace(LARGE, shape_yx=(8, 8)),
        replace(SMALL, positions=("elsewhere", "well 0")),
    ],
)
def test_what_is_no_growth_is_refused(tmp_path: Path, wrong: object) -> None:
    with Store.create(tmp_path / "s", SMALL) as store, pytest.raises(StoreError, match="cannot"):
        store.grow(wrong)  # type: ignore[arg-type]


def test_a_recording_of_known_axes_does_not_grow(tmp_path: Path) -> None:
    fixed = replace(SMALL, grows=False)
    with (
        Store.create(tmp_path / "s", fixed) as store,
        pytest.raises(StoreError, match="record it as another one"),
    ):
        store.grow(LARGE)


@pytest.mark.parametrize("wider", [False, True])
def test_one_more_position_costs_the_same_whatever_came_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, wider: bool
) -> None:
    """It is made in the thread that acquires; a plate has hundreds."""
    replaced: list[Path] = []

    def count(source: Path, target: Path) -> None:
        replaced.append(target)
        source.replace(target)

    monkeypatch.setattr(disk, "move_over", count)
    grown = []
    first, options = replace(SMALL, positions=("well 0",)), StoreOptions(sync_interval_s=1000.0)
    with Store.create(tmp_path / "s", first, options) as store:
        for size in range(2, 13):
            store.sync()
            replaced.clear()
            names = tuple(f"well {number}" for number in range(size))
            channels = ("channel 0", "GFP") if wider and size == 12 else SMALL.channels
            store.grow(replace(SMALL, positions=names, channels=channels))
            waiting = store.raw.backlog.take().paths
            store.raw.backlog.add_paths(waiting)
            arrays = [path for path in replaced if path.parent.name == "0"]
            grown.append((len(arrays), len(waiting)))
        last = grown.pop()
        assert set(grown) == {(2, 1)}, "those of the new image, one in each lane"
        assert last == ((2 * 12, 12) if wider else (2, 1))
        store.finish(Ledger())
    assert verify(tmp_path / "s").sound
