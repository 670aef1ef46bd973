"""How an interrupted recording is brought to a sound end."""

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from livecare.disk import PARTIAL_SUFFIX, sync_path
from livecare.errors import StoreDamagedError, StoreError
from livecare.frame import Ledger, Position
from livecare.sinks.catalogue import bring_up_to_date, mend_root
from livecare.sinks.claim import claimed
from livecare.sinks.failures import failure
from livecare.sinks.lane_recovery import LaneRecovery, Orphan, sequences_at
from livecare.sinks.layout import LANES, METADATA, ledger_path, marks_path, reserve_path
from livecare.sinks.makers import Makers, name_makers
from livecare.sinks.manifest import Manifest
from livecare.sinks.marks import drop_torn_mark, scan_marks
from livecare.sinks.progress import LaneProgress, Progress, find_writer
from livecare.sinks.reader import StoreReader

_CHANGED: Final = (
    f"{METADATA}: does not match its checksum, and is taken as it is; look at what it says of "
    "channels, spacing and settings"
)
"""Told of a store whose own zarr.json somebody has changed."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What `recover` did.

    Attributes
    ----------
    path : Path
        The store.
    mended : tuple of str
        What it changed, in order; nothing when the recording was in order.
    ledger : Ledger or None
        The recording's final count.
    """

    path: Path
    mended: tuple[str, ...]
    ledger: Ledger | None

    def __str__(self) -> str:
        if not self.mended:
            return f"{self.path}: nothing to mend"
        return "\n".join([f"{self.path}: mended", *(f"  {what}" for what in self.mended)])


def recover(path: Path) -> Recovery:
    """Make an interrupted recording sound; a second run changes nothing.

    A line that is torn or has no intact pixels is dropped, a frame without a line gets one, an
    index is rebuilt from the lines, the arrays get their exact length, and the recording is closed
    as "incomplete". A growth that was interrupted is finished: names of images and channels become
    those of the manifest, which alone does not make a complete recording incomplete. Pixels are
    never changed; a frame whose pixels the disk has damaged since is left for `verify` to name.

    Parameters
    ----------
    path : Path
        The store.

    Raises
    ------
    StoreError
        It is not a livecare store, is being written or mended, or the disk failed.
    DiskFullError
        No space for what has to be written, which is little.
    """
    StoreReader(path)  # refuses what is no store
    writer = find_writer(path)
    if writer is not None:
        raise StoreError(f"{path} is being written by process {writer.pid}; stop it before")
    try:
        with claimed(path):
            return _mend(StoreReader(path))
    except OSError as error:
        raise failure(error, "recovering the recording", path) from error


def _mend(store: StoreReader) -> Recovery:
    changed = Manifest.is_changed(store.path)
    leftovers, renamed = _remove_leftovers(store.path), _rename(store)
    tidied = leftovers + renamed + _mend_marks(store)
    mended = [_CHANGED] if changed else []
    store = _widened(store, mended)
    known = _known_progress(store, mended)
    raw, restored = (
        LaneRecovery(
            store.lane(name), known.lanes.get(name, LaneProgress()).line_bytes, mended.append
        )
        for name in LANES
    )
    with closing(raw), closing(restored):
        _mend_lanes(store, raw, restored)
    for lane in (raw, restored):
        lane.set_size_t(max(raw.size_t, restored.size_t))
    _save_progress(store.path, Progress({"raw": raw.progress, "restored": restored.progress}))
    ledger = store.manifest.ledger
    if renamed or mended or store.manifest.state == "open":
        name_makers(store.path, store.info, _makers(store))
    if mended or store.manifest.state == "open":
        ledger = _count(ledger or Ledger(), raw, restored)
        mended.append("closed as incomplete")
        marks = _count_marks(store.path)
        ended = replace(store.manifest, state="incomplete", ledger=ledger, marks=marks)
        ended.save(store.path)
        sync_path(store.path)
    return Recovery(store.path, (*tidied, *mended), ledger)


def _makers(store: StoreReader) -> Makers:
    makers = Makers()
    for line in store.lines("restored"):
        makers.add(line.provenance)
    return makers


def _rename(store: StoreReader) -> list[str]:
    """Have every group say what the manifest says of images and channels."""
    written = bring_up_to_date(store.path, store.info) + mend_root(store.path)
    return [f"{contradiction}: written anew" for contradiction in written]


def _mend_marks(store: StoreReader) -> list[str]:
    """Drop a mark that was never finished; say how many are missing besides."""
    torn = drop_torn_mark(store.path)
    there, marked = _count_marks(store.path), store.manifest.marks or 0
    if there >= marked:
        return [] if torn is None else [torn]
    replace(store.manifest, marks=there).save(store.path)
    place = marks_path(store.path).relative_to(store.path).as_posix()
    return [torn or f"{place}: {marked} events were marked, {there} are there"]


def _count_marks(root: Path) -> int:
    return sum(1 for _ in scan_marks(root))


def _widened(store: StoreReader, mended: list[str]) -> StoreReader:
    """Give arrays whose growth was interrupted the channels and planes that the manifest says."""
    info = store.info
    if not info.grows:
        return store
    for lane in map(store.lane, LANES):
        for folder, array in zip(lane.array_names, lane.arrays, strict=True):
            if (array.size_c, array.size_z) != (len(info.channels), info.size_z):
                array.with_axes(len(info.channels), info.size_z).save(store.path / folder)
                mended.append(f"{folder}: widened to the recording's channels and planes")
    return StoreReader(store.path)


def _mend_lanes(store: StoreReader, raw: LaneRecovery, restored: LaneRecovery) -> None:
    """Mend both lanes; each tells the other the sequence of a frame that has lost its line."""
    raw.mend_lines()
    restored.mend_lines()
    orphans = raw.find_orphans()
    raw.adopt(orphans, sequences_at(store.lane("restored"), _positions(orphans)))
    orphans = restored.find_orphans()
    restored.adopt(orphans, sequences_at(store.lane("raw"), _positions(orphans)))


def _positions(orphans: list[Orphan]) -> set[Position]:
    return {orphan.position for orphan in orphans}


def _remove_leftovers(root: Path) -> list[str]:
    """Remove files that were never finished, and the room kept for closing."""
    reserve_path(root).unlink(missing_ok=True)
    removed = []
    for leftover in sorted(root.rglob(f"*{PARTIAL_SUFFIX}")):
        leftover.unlink()
        removed.append(f"{leftover.relative_to(root)}: removed, never finished")
    return removed


def _known_progress(store: StoreReader, mended: list[str]) -> Progress:
    try:
        return store.progress
    except StoreDamagedError:
        mended.append(f"{ledger_path(store.path)}: written anew")
        return Progress()


def _save_progress(root: Path, progress: Progress) -> None:
    path = ledger_path(root)
    if not path.exists() or path.read_bytes() != progress.encode():
        progress.save(root)
        sync_path(path)


def _count(before: Ledger, raw: LaneRecovery, restored: LaneRecovery) -> Ledger:
    """Return what became of every frame, as far as anyone can still know."""
    acquired = max(before.acquired, raw.sequences.end, restored.sequences.end)
    failed = acquired - raw.frames
    return Ledger(
        acquired=acquired,
        recorded=raw.frames,
        restored=restored.frames,
        skipped=max(0, raw.frames - restored.frames),
        failed=failed,
        lost=max(before.lost, raw.lost),
    )
