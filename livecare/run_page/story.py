"""Knows how a recording is read for its page: once through the lines, whatever state it is in."""

from dataclasses import dataclass
from pathlib import Path

from livecare.errors import UsageError
from livecare.frame import Ledger
from livecare.run_page.raw_lane import NS_PER_S, RawLane
from livecare.run_page.restored_lane import RestoredLane
from livecare.sinks.frame_line import FrameLine, LineFault
from livecare.sinks.layout import LaneName
from livecare.sinks.manifest import Manifest
from livecare.sinks.marks import Mark, scan_marks
from livecare.sinks.reader import StoreReader


@dataclass(frozen=True, slots=True)
class Story:
    """All that a page tells of a recording, but its pictures.

    Attributes
    ----------
    path : Path
        The store.
    manifest : Manifest
        What is true of the whole recording.
    ledger : Ledger
        The final count or, where the recording was never closed, what its lines come to.
    raw : RawLane
        What the raw frames' lines tell.
    restored : RestoredLane
        What the restored frames' lines tell.
    marks : tuple of Mark
        Events that were marked.
    damage : tuple of str
        What is damaged; frames that it concerns are not in the numbers.
    """

    path: Path
    manifest: Manifest
    ledger: Ledger
    raw: RawLane
    restored: RestoredLane
    marks: tuple[Mark, ...]
    damage: tuple[str, ...]

    @property
    def began_wall_ns(self) -> int:
        """When the first frame came, ns since 1970, UTC; the recording's start if none did."""
        info = self.manifest.info
        if self.raw.first_ns is None:
            return info.started_wall_ns
        return info.started_wall_ns + self.raw.first_ns - info.started_monotonic_ns

    def channel_name(self, channel: int) -> str:
        """Return a channel's name; its number where the recording does not name it."""
        names = self.manifest.info.channels
        return names[channel] if channel < len(names) else f"channel {channel}"

    def mark_s(self, mark: Mark) -> float:
        """Return when an event was marked, seconds from the first frame."""
        return (mark.wall_ns - self.began_wall_ns) / NS_PER_S


def read_story(store: Path) -> Story:
    """Read a recording: finished, interrupted or still being written; writes nothing.

    Damaged lines are named in the story. Pixels are not read: that is what `verify` does.

    Raises
    ------
    UsageError
        There is nothing at this path.
    StoreError
        It is no livecare store, or its zarr.json is damaged, or the disk failed.
    """
    if not store.exists():
        raise UsageError(f"{store} does not exist: give the folder of a recording (*.ome.zarr)")
    reader = StoreReader(store)
    damage: list[str] = []
    raw = RawLane()
    _read_lines(reader, "raw", raw, damage)
    restored = RestoredLane(raw)
    _read_lines(reader, "restored", restored, damage)
    marks = _read_marks(store, damage)
    if Manifest.is_changed(store):
        damage.append("zarr.json was changed since it was written: it does not match its checksum")
    ledger = reader.manifest.ledger or _count(raw, restored)
    return Story(store, reader.manifest, ledger, raw, restored, marks, tuple(damage))


def _read_lines(
    reader: StoreReader, lane: LaneName, into: RawLane | RestoredLane, damage: list[str]
) -> None:
    for found in reader.lane(lane).found_lines():
        content = found.content
        if isinstance(content, FrameLine):
            if reader.lane(lane).holds(content.position):
                into.add(content)
            else:
                damage.append(f"{lane} frame {content.sequence}: its place is outside the array")
        elif not (content.torn and reader.manifest.state == "open"):
            damage.append(f"{lane} line {found.number}: {content.reason}")


def _read_marks(store: Path, damage: list[str]) -> tuple[Mark, ...]:
    marks = []
    for number, found in scan_marks(store):
        if isinstance(found, LineFault):
            damage.append(f"marked event {number}: {found.reason}")
        else:
            marks.append(found)
    return tuple(marks)


def _count(raw: RawLane, restored: RestoredLane) -> Ledger:
    """Count what a recording that was never closed has."""
    acquired = max(raw.sequences.end, restored.sequences.end)
    recorded, there = len(raw.sequences), len(restored.sequences)
    return Ledger(
        acquired=acquired,
        recorded=recorded,
        restored=there,
        skipped=max(0, recorded - there),
        failed=max(0, acquired - recorded),
        lost=raw.lost,
    )
