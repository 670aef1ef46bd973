"""Any order of steps of one writer that crashes, one gating reader and several overrunnable ones.

The model is the list of what was published. A writer's crash may fall between any two of its
steps, and the writer may act between any two steps of an overrunnable reader.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
)
from ring_frames import DTYPE, SHAPE_YX, frame_bytes, is_whole, message_for, paint
from ring_steps import PUBLISH_STEPS, STEPS, CrashError, crash_in, interleave

from livecare.errors import RingError
from livecare.ring import GatingReader, OverrunnableReader, Phase, RingWriter, Slot

MEMORY_FOLDER = Path("/dev/shm")  # noqa: S108 - a folder in memory is what a ring wants


@dataclass
class Viewer:
    """An overrunnable reader and its own account of what became of every frame since it opened."""

    reader: OverrunnableReader
    opened_at: int
    read: int = 0
    missed: int = 0
    skipped: int = 0

    @property
    def accounted(self) -> int:
        return self.read + self.missed + self.skipped


class RingMachine(RuleBasedStateMachine):
    """The ring against the model."""

    viewers = Bundle("viewers")

    @initialize(slots=st.integers(2, 4))
    def make_ring(self, slots: int) -> None:
        parent = MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None
        self.folder = Path(tempfile.mkdtemp(prefix="livecare-test-", dir=parent))
        self.path = self.folder / "frames.ring"
        self.slots = slots
        self.writer = RingWriter.create(self.path, slots, frame_bytes())
        self.gate = GatingReader(self.path)
        self.slot: Slot | None = None
        self.begun = 0
        """Frames begun, published or not: each has a number of its own."""
        self.claimed = 0
        """Tickets ever claimed."""
        self.published: list[int] = []
        self.released = 0
        self.phase = Phase.LIVE
        self.open_viewers: list[Viewer] = []

    # The writer, whole steps.

    @rule()
    def claim(self) -> None:
        slot = self.writer.claim()
        full = len(self.published) - self.released == self.slots
        assert (slot is None) == full
        if slot is not None:
            assert slot.ticket == len(self.published)
            self.slot = slot
            self.claimed = slot.ticket + 1

    @precondition(lambda self: self.slot is not None)
    @rule()
    def write_half(self) -> None:
        half = frame_bytes() // 2
        self.slot.block[:half] = b"\xee" * half

    @precondition(lambda self: self.slot is not None)
    @rule()
    def publish(self) -> None:
        self.begun += 1
        paint(self.slot, self.begun)
        self.writer.publish(self.slot, message_for(self.begun))
        self.published.append(self.begun)
        self.slot = None

    @precondition(lambda self: self.slot is None)
    @rule()
    def publish_what_is_not_claimed(self) -> None:
        past = Slot(len(self.published) - 1, memoryview(b""))
        with pytest.raises(RingError, match="is not claimed"):
            self.writer.publish(past, message_for(0))

    @rule(phase=st.sampled_from(Phase))
    def set_phase(self, phase: Phase) -> None:
        self.writer.set_phase(phase)
        self.phase = phase

    # The writer, killed.

    @rule()
    def crash(self) -> None:
        self.slot = None
        self.writer.close()
        self.writer = RingWriter(self.path)

    @precondition(lambda self: self.slot is not None)
    @rule(step=st.sampled_from(PUBLISH_STEPS))
    def crash_within_publish(self, step: str) -> None:
        self.begun += 1
        paint(self.slot, self.begun)
        crash_in(self.writer, step)
        with pytest.raises(CrashError):
            self.writer.publish(self.slot, message_for(self.begun))
        self.crash()

    # The gating reader.

    @rule()
    def gate_peek(self) -> None:
        held = self.gate.peek()
        assert (held is None) == (self.released == len(self.published))
        if held is not None:
            slot, message = held
            assert slot.ticket == self.released
            assert message == message_for(self.published[self.released])
            assert is_whole(message, slot.pixels(SHAPE_YX, DTYPE))

    @rule()
    def gate_release(self) -> None:
        if self.released == len(self.published):
            with pytest.raises(RingError, match="nothing to release"):
                self.gate.release()
            return
        self.gate_peek()
        self.gate.release()
        self.released += 1

    @rule()
    def gate_killed_and_reopened(self) -> None:
        self.gate.close()
        self.gate = GatingReader(self.path)

    # Overrunnable readers.

    @precondition(lambda self: len(self.open_viewers) < 4)
    @rule(target=viewers)
    def view(self) -> Viewer:
        viewer = Viewer(OverrunnableReader(self.path), len(self.published))
        self.open_viewers.append(viewer)
        return viewer

    @rule(viewer=consumes(viewers))
    def view_killed(self, viewer: Viewer) -> None:
        self.open_viewers.remove(viewer)
        viewer.reader.close()

    @rule(viewer=viewers, keep=st.integers(0, 4))
    def view_skip(self, viewer: Viewer, keep: int) -> None:
        viewer.skipped += viewer.reader.skip_to_newest(keep)
        assert viewer.reader.waiting <= keep

    @rule(viewer=viewers)
    def view_read(self, viewer: Viewer) -> None:
        if viewer.reader.waiting:
            self.read(viewer)
            return
        with pytest.raises(RingError, match="no frame waits"):
            viewer.reader.read_into(np.zeros(SHAPE_YX, DTYPE))

    @precondition(lambda self: any(viewer.reader.waiting for viewer in self.open_viewers))
    @rule(
        choice=st.integers(0, 3),
        step=st.sampled_from(STEPS),
        frames=st.integers(0, 5),
        ending=st.sampled_from(["claim", "write_half", "crash", "crash_within_publish"]),
    )
    def view_read_interrupted(
        self, choice: int, step: tuple[str, int], frames: int, ending: str
    ) -> None:
        waiting = [viewer for viewer in self.open_viewers if viewer.reader.waiting]
        viewer = waiting[choice % len(waiting)]

        def meanwhile() -> None:
            for _ in range(frames):
                self.make_room_and_claim()
                self.publish()
            self.make_room_and_claim()
            if ending == "crash_within_publish":
                self.crash_within_publish(PUBLISH_STEPS[choice % len(PUBLISH_STEPS)])
            elif ending != "claim":
                getattr(self, ending)()

        with interleave(viewer.reader, *step, meanwhile):
            self.read(viewer)

    def make_room_and_claim(self) -> None:
        if len(self.published) - self.released == self.slots:
            self.gate_release()
        self.claim()

    def read(self, viewer: Viewer) -> None:
        ticket = viewer.reader.cursor
        lost_already = self.is_overwritten(ticket)
        pixels = np.zeros(SHAPE_YX, DTYPE)
        message = viewer.reader.read_into(pixels)
        if message is None:
            viewer.missed += 1
            assert self.is_overwritten(ticket)
            return
        viewer.read += 1
        assert not lost_already
        assert message == message_for(self.published[ticket])
        assert is_whole(message, pixels)

    def is_overwritten(self, ticket: int) -> bool:
        """Tell whether the writer has come round to a ticket's slot."""
        return self.claimed > ticket + self.slots

    # What always holds.

    @invariant()
    def counters_are_the_models(self) -> None:
        for end in (self.writer, self.gate, *(viewer.reader for viewer in self.open_viewers)):
            assert end.published == len(self.published)
            assert end.phase is self.phase
        assert self.writer._file.released == self.released

    @invariant()
    def viewers_account_for_every_frame(self) -> None:
        for viewer in self.open_viewers:
            waiting = viewer.reader.waiting
            assert viewer.accounted + waiting == len(self.published) - viewer.opened_at

    def teardown(self) -> None:
        if not hasattr(self, "folder"):
            return
        while self.released < len(self.published):
            self.gate_release()
        for viewer in self.open_viewers:
            while viewer.reader.waiting:
                self.read(viewer)
            assert viewer.accounted == len(self.published) - viewer.opened_at
        self.slot = None
        for end in (self.writer, self.gate, *(viewer.reader for viewer in self.open_viewers)):
            end.close()
        shutil.rmtree(self.folder)


class TestAnyOrderOfSteps(RingMachine.TestCase):
    settings = settings(max_examples=80, stateful_step_count=60, deadline=None)
