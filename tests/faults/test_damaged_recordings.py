"""Anything in a finished recording may be damaged later: it is named, and never made worse."""

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import tifffile
from damage import Wound, all_frames, copy_of, intact, meaning, wound
from fault_run import Trial

from livecare.disk import aligned_block
from livecare.errors import LivecareError, StoreDamagedError, StoreError
from livecare.frame import FrameHeader, Ledger, Pixels, Position, StreamInfo
from livecare.sinks.export import export_ome_tiff
from livecare.sinks.layout import LANES, LaneName
from livecare.sinks.options import StoreOptions
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import Verification, verify

FRAMES, RESTORED = 40, 33
SHARD_FRAMES = 8
WOUNDS = 120
INFO = StreamInfo(
    "made up", "a test", (9, 12), "uint16", ("GFP",), pixel_size_um=0.108, interval_s=0.5
)

Frames = dict[LaneName, list[Pixels]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory, where there is one: recovering syncs, and there it waits for nothing."""
    memory = Path("/dev/shm")  # noqa: S108  # the folder in it is private
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def record(path: Path) -> Path:
    """Make a recording with everything in it."""
    block = aligned_block(INFO.frame_bytes + 4)
    with Store.create(path, INFO, StoreOptions(shard_frames=SHARD_FRAMES)) as store:
        for t in range(FRAMES):
            header = FrameHeader(t, Position(t), INFO.shape_yx, INFO.dtype, 1000 * t, t)
            pixels = np.random.default_rng(t).integers(1, 999, INFO.shape_yx).astype(INFO.dtype)
            np.frombuffer(block, INFO.dtype, pixels.size)[:] = pixels.ravel()
            store.raw.append(header, block)
            if t < RESTORED:
                store.restored.append(header, block, {"engine": "none"})
        store.mark(3, "light on", 1)
        store.mark(9, "light off", 2)
        store.finish(Ledger(FRAMES, FRAMES, RESTORED, FRAMES - RESTORED))
    assert verify(path).complete
    return path


def look(store: Path) -> Verification | str:
    """Verify; what cannot even be opened says why."""
    try:
        return verify(store)
    except LivecareError as error:
        return str(error)


def check_named(store: Path, good: dict[str, object]) -> Verification | str:
    """Whatever says something else than before is named; nothing else is."""
    found = look(store)
    now = meaning(store)
    changed = [name for name, said in good.items() if now.get(name) != said]
    if isinstance(found, str):
        assert changed
        assert str(store) in found
    elif changed:
        assert found.problems or found.notes, changed
    else:
        assert found.complete, found
    return found


def check_export(store: Path, lane: LaneName, frames: Frames, target: Path) -> None:
    """What is exported is what it was, but for as many black frames as it says."""
    target.unlink(missing_ok=True)
    try:
        export = export_ome_tiff(store, target, lane)
    except (StoreError, StoreDamagedError):
        return  # it refuses, and says why
    found = tifffile.imread(target)
    black = [t for t, page in enumerate(found) if not page.any()]
    assert export.missing == len(black)
    assert len(found) == len(frames[lane])
    for t in set(range(len(found))) - set(black):
        np.testing.assert_array_equal(found[t], frames[lane][t])


def check_recovery(store: Path, frames: Frames) -> None:
    """Nothing that was there is lost; a second time nothing is done."""
    try:
        before = intact(store, frames)
    except LivecareError:
        untouched = meaning(store)
        with pytest.raises(LivecareError, match=str(store)):
            recover(store)
        assert meaning(store) == untouched
        return
    recover(store)
    after = intact(store, frames)
    for lane in LANES:
        assert before[lane] <= after[lane], sorted(before[lane] - after[lane])
    files = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}
    assert recover(store).mended == ()
    assert {path: path.read_bytes() for path in store.rglob("*") if path.is_file()} == files
    found = verify(store)
    whole = all(after[lane] == set(range(len(frames[lane]))) for lane in LANES)
    assert found.sound or found.problems
    if not whole:
        assert found.problems or found.state == "incomplete"


@pytest.mark.timeout(300)
def test_recordings_damaged_anywhere(trial: Trial, folder: Path) -> None:
    store = record(folder / "good")
    good, frames = meaning(store), all_frames(store)
    chance, struck = random.Random(7), list[Wound]()
    for number in range(WOUNDS):
        damaged = copy_of(store, folder / "damaged")
        struck.append(wound(damaged, chance))
        try:
            check_named(damaged, good)
            if number % 5 == 0:
                check_export(damaged, chance.choice(LANES), frames, folder / "out.ome.tif")
            check_recovery(damaged, frames)
        except (AssertionError, LivecareError, OSError, ValueError) as error:
            raise AssertionError(f"{struck[-1]}: {error}") from error
    trial.count(runs=1, frames_in=FRAMES, recorded=FRAMES, unrestored=FRAMES - RESTORED)
