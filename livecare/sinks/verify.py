"""Whether a recording holds what it says: every checksum, every line, every count."""

from dataclasses import dataclass
from pathlib import Path

from livecare.disk import PARTIAL_SUFFIX
from livecare.errors import StoreDamagedError
from livecare.frame import Ledger
from livecare.sinks.audit import LaneAudit, Problems
from livecare.sinks.catalogue import contradictions, root_contradiction, set_by_others
from livecare.sinks.layout import LANES, METADATA, LaneName, ledger_path, marks_path
from livecare.sinks.manifest import Manifest, State
from livecare.sinks.marks import Mark, scan_marks
from livecare.sinks.numbers import NumberRange, compact
from livecare.sinks.progress import LaneProgress
from livecare.sinks.reader import StoreReader


@dataclass(frozen=True, slots=True)
class Verification:
    """What `verify` found.

    Attributes
    ----------
    path : Path
        The store.
    state : {"open", "complete", "incomplete"}
        What the store says of itself.
    ledger : Ledger or None
        Its final count.
    raw_frames, restored_frames : int
        Frames that are there and intact, or at least have a line.
    raw_holes, restored_holes : tuple of NumberRange
        Sequences that are not there. Holes are no damage: they are known by number.
    problems : tuple of str
        What is damaged, missing without a record, or contradictory.
    marks : int
        Events that were marked.
    notes : tuple of str
        What is odd and no damage.
    """

    path: Path
    state: State
    ledger: Ledger | None
    raw_frames: int
    restored_frames: int
    raw_holes: tuple[NumberRange, ...]
    restored_holes: tuple[NumberRange, ...]
    problems: tuple[str, ...]
    marks: int = 0
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """True when nothing is damaged and no missing frame passes for a black one."""
        return not self.problems

    @property
    def complete(self) -> bool:
        """True when it is sound and holds every raw frame of a recording that ended by itself."""
        return self.sound and self.state == "complete" and not self.raw_holes

    @property
    def ok(self) -> bool:
        """The same as `sound`: an interrupted recording that was recovered is ok."""
        return self.sound

    def __str__(self) -> str:
        lines = [
            f"{self.path}: {self._verdict}",
            f"  raw: {_count(self.raw_frames, self.raw_holes)}",
            f"  restored: {_count(self.restored_frames, self.restored_holes)}",
            *([f"  marked events: {self.marks}"] if self.marks else []),
            *(f"  problem: {problem}" for problem in self.problems),
            *(f"  note: {note}" for note in self.notes),
            *([self._cure] if self._restorable else []),
        ]
        return "\n".join(lines)

    @property
    def _verdict(self) -> str:
        if self.complete:
            return "complete"
        if self.sound:
            return "sound, incomplete"
        unclosed_only = self.state == "open" and len(self.problems) == 1  # that is the problem
        return "NOT CLOSED" if unclosed_only else "DAMAGED"

    @property
    def _cure(self) -> str:
        return (
            "  note: restored frames that are missing can be made: "
            f"livecare restore {self.path} OUT"
        )

    @property
    def _restorable(self) -> bool:
        """True when raw frames of a recording that is over have no restored ones."""
        return self.sound and _number_of(self.restored_holes) > _number_of(self.raw_holes)

    def require_sound(self) -> None:
        """Raise where something is damaged.

        Raises
        ------
        StoreDamagedError
            Lists the problems.
        """
        if not self.sound:
            raise StoreDamagedError(str(self))


def verify(path: Path) -> Verification:
    """Check a closed recording from end to end; reads every byte once, writes nothing.

    Parameters
    ----------
    path : Path
        The store.

    Raises
    ------
    StoreError
        It is not a livecare store, or the disk failed.
    """
    store = StoreReader(path)
    problems = Problems()
    audits = {name: LaneAudit(store.lane(name), problems) for name in LANES}
    for audit in audits.values():
        audit.run()
    raw, restored = audits["raw"], audits["restored"]
    _check_state(store, problems)
    contradicting = list(contradictions(path, store.info).values())
    wrong = root_contradiction(path)
    for contradiction in [*contradicting, *([] if wrong is None else [wrong])]:
        problems.add(f"{contradiction}; run 'livecare recover {path}'")
    _check_shapes(store, max(raw.size_t, restored.size_t), problems)
    _check_progress(store, audits, problems)
    marks = _check_marks(store, problems)
    ledger = store.manifest.ledger
    if ledger is not None:
        _check_ledger(ledger, raw, restored, problems)
    acquired = max(raw.sequences.end, restored.sequences.end, ledger.acquired if ledger else 0)
    return Verification(
        path=path,
        state=store.manifest.state,
        ledger=ledger,
        raw_frames=raw.frames,
        restored_frames=restored.frames,
        raw_holes=raw.sequences.missing_below(acquired),
        restored_holes=restored.sequences.missing_below(acquired),
        problems=problems.found,
        marks=marks,
        notes=() if contradicting else tuple(set_by_others(path, store.info)),
    )


def _number_of(holes: tuple[NumberRange, ...]) -> int:
    return sum(len(hole) for hole in holes)


def _count(frames: int, holes: tuple[NumberRange, ...]) -> str:
    missing = _number_of(holes)
    return f"{frames} frames" + (f", {missing} missing: {compact(holes)}" if missing else "")


def _check_state(store: StoreReader, problems: Problems) -> None:
    if store.manifest.state == "open":
        problems.add(
            f"the recording was not closed: it is still being written, or it was interrupted; "
            f"if it was, run 'livecare recover {store.path}'"
        )
    elif store.manifest.ledger is None:
        problems.add("the recording was closed without a ledger")
    elif store.manifest.state == "complete" and not store.manifest.ledger.complete:
        problems.add("the recording is called complete, and its ledger says that it is not")
    if Manifest.is_changed(store.path):
        problems.add(
            f"{METADATA} does not match its checksum: what it says of channels, spacing, settings "
            "or the ledger was changed since it was written"
        )
    for leftover in store.path.rglob(f"*{PARTIAL_SUFFIX}"):
        problems.add(f"{leftover.relative_to(store.path)} is left over from an interruption")


def _check_shapes(store: StoreReader, size_t: int, problems: Problems) -> None:
    info = store.info
    expected = (len(info.channels), info.size_z, info.shape_yx)
    for name in LANES:
        lane = store.lane(name)
        for folder, array in zip(lane.array_names, lane.arrays, strict=True):
            if (array.size_c, array.size_z, array.shape_yx) != expected:
                problems.add(f"{folder}: the array's shape is not that of the recording")
            if array.dtype not in (info.dtype, *(["float32"] if name == "restored" else [])):
                problems.add(f"{folder}: the array's pixels are {array.dtype}")
            if store.manifest.state != "open" and array.size_t != size_t:
                problems.add(
                    f"{folder}: the array has {array.size_t} time points, the frames {size_t}"
                )


def _check_progress(
    store: StoreReader, audits: dict[LaneName, LaneAudit], problems: Problems
) -> None:
    try:
        progress = store.progress
    except StoreDamagedError as error:
        problems.add(str(error))
        return
    closed = store.manifest.state != "open"
    for name, audit in audits.items():
        known = progress.lanes.get(name, LaneProgress())
        if audit.frames < known.frames or (closed and audit.frames > known.frames):
            problems.add(f"{name}: the disk had {known.frames} frames, {audit.frames} are there")
        elif closed and known != audit.progress:
            problems.add(
                f"{ledger_path(store.path).name} says of the {name} lane that the disk has "
                f"{known}, and it has {audit.progress}"
            )


def _check_marks(store: StoreReader, problems: Problems) -> int:
    """Return how many marks are as they were written."""
    good = lines = 0
    place = marks_path(store.path).relative_to(store.path).as_posix()
    for number, found in scan_marks(store.path):
        lines += 1
        if isinstance(found, Mark):
            good += 1
            continue
        cure = f"; run 'livecare recover {store.path}'" if found.torn else ""
        problems.add(f"{place}, line {number}: {found.reason}{cure}")
    if lines < (store.manifest.marks or 0):
        problems.add(
            f"{place}: {store.manifest.marks} events were marked, {lines} are there; run "
            f"'livecare recover {store.path}'"
        )
    return good


def _check_ledger(ledger: Ledger, raw: LaneAudit, restored: LaneAudit, problems: Problems) -> None:
    counts = {
        f"recorded {ledger.recorded}, {raw.frames} are there": ledger.recorded == raw.frames,
        f"restored {ledger.restored}, {restored.frames} are there": (
            ledger.restored == restored.frames
        ),
        f"acquired {ledger.acquired}, the frames' numbers reach {raw.sequences.end}": (
            ledger.acquired >= raw.sequences.end
        ),
        f"acquired {ledger.acquired}, recorded and failed are fewer": (
            ledger.acquired <= ledger.recorded + ledger.failed
        ),
        f"acquired {ledger.acquired}, restored, skipped and failed are fewer": (
            ledger.acquired <= ledger.restored + ledger.skipped + ledger.failed
        ),
        f"lost {ledger.lost}, the frames' lines say {raw.lost}": ledger.lost >= raw.lost,
    }
    for count, right in counts.items():
        if not right:
            problems.add(f"the ledger does not add up: it says {count}")
