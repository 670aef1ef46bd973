"""Where frames are restored: intake, streams and engine of the moment, changed at a boundary."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from livecare.engines.protocol import Allocating
from livecare.link import GettingReady, Progress, Report, Swapped, SwapRefused
from livecare.restorer.degrading import Trust
from livecare.restorer.intake import Batch, Frame, Intake
from livecare.restorer.judging import Judge
from livecare.restorer.locking import Lock, is_binned
from livecare.restorer.onlookers import Onlookers
from livecare.restorer.passing import pass_on
from livecare.restorer.restoring import Restoring
from livecare.restorer.serving import Serving
from livecare.restorer.streams import Streams
from livecare.ring import OverrunnableReader, RingWriter

CHECK_S: Final = 120.0
"""Time for the comparison with fp32 on the first live frame, seconds: fp32 on a processor takes
seconds for a large frame, and its library as many to load."""
REPLACE_S: Final = 2000.0
"""Time for the next engine, where that frame refuses one or is the first that a GPU takes another
way, seconds: full TensorRT may take half an hour to build one."""


@dataclass(slots=True)
class _Seat:
    """What goes with one serving."""

    serving: Serving
    intake: Intake
    streams: Streams
    takes_binned: bool = False

    def may_build_for(self, batch: Batch) -> bool:
        """Tell whether an engine of a GPU may be built on the way: for the first binned frame.

        Where such units were handed on, it was built for them while it got ready.
        """
        if self.takes_binned or not isinstance(self.serving.choice.engine, Allocating):
            return False
        used = {message.header.position.c for message in batch.messages}
        self.takes_binned = any(is_binned(self.streams.normalisers[each]) for each in used)
        return self.takes_binned


class Stage:
    """Restores frames with what serves, and lets something else serve between two batches.

    Parameters
    ----------
    serving : Serving
        What serves first.
    reader : OverrunnableReader
        Of the raw ring.
    ring : RingWriter
        The restored ring.
    wait_for_slot : callable
        Returns when a slot of it may have become free.
    say : callable
        Told what is locked, what waits, each frame that cannot be restored, and what serves.

    Attributes
    ----------
    skipped_before : int
        Frames that were passed over by what served before.
    restored : int
        Frames that went to the engine so far.
    """

    def __init__(
        self,
        serving: Serving,
        reader: OverrunnableReader,
        ring: RingWriter,
        wait_for_slot: Callable[[], None],
        say: Callable[[Report], None],
    ) -> None:
        self._reader, self._ring = reader, ring
        self._say = say
        self._room = reader.slots // 2
        self._seat = self._seated(serving.limited_to(self._room))
        self._judge = Judge(say)
        self._judge.begin_anew(serving.model.name)
        self._restoring = Restoring(
            self.serving.recipe(self._seat.streams), ring, wait_for_slot, self._judge
        )
        self._show_onlookers()
        self._settled = self.intake.cursor
        self._relock: int | None = None
        self.skipped_before = 0
        self.restored = 0

    @property
    def serving(self) -> Serving:
        """What serves."""
        return self._seat.serving

    @property
    def intake(self) -> Intake:
        """Where frames are taken from."""
        return self._seat.intake

    @property
    def progress(self) -> Progress:
        """How far it is."""
        skipped = self.skipped_before + self.intake.skipped + self._seat.streams.skipped
        held = self.intake.cursor - self._settled
        return Progress(self._settled, skipped + self._judge.skipped, held)

    @property
    def holding_after_acquisition(self) -> bool:
        """Whether frames are held for a lock that no live frame will help any more."""
        return self._seat.streams.holding and not self.intake.live

    def restore_waiting(self) -> None:
        """Take what waits, up to a batch, and restore what can be restored of it."""
        seat, live = self._seat, self.intake.live
        self._judge.begin_batch(live=live)
        if self._restoring.onlookers is not None:
            self._restoring.onlookers.begin(live=live)
        batch = seat.intake.take(seat.serving.pace.batch, in_turn=seat.streams.begins)
        worked = self._judge.successes
        tried = self._chosen(batch) if live else batch
        self._restore(seat.streams.sort(tried, live=live))
        if self._judge.trust is Trust.NONE and self._judge.successes == worked:
            self._show_raw(batch)
        if not self._seat.streams.holding:
            self._settled = self.intake.cursor

    def settle(self) -> None:
        """Restore what is held with what it shows, or fail it."""
        self._restore(self._seat.streams.settle())
        self._judge.settle()
        self._settled = self.intake.cursor

    def change_to(self, serving: Serving) -> None:
        """Let something else serve from the next frame on; what is held goes over to it."""
        before = self._seat
        self.skipped_before += before.intake.skipped + before.streams.skipped
        self._seat = self._seated(serving.limited_to(self._room))
        streams, live = self._seat.streams, self.intake.live
        streams.normalisers.clear()  # what the orders hand on was locked for what served before
        if serving.units_of(before.serving):
            streams.normalisers.update(before.streams.normalisers)
        self._restoring.recipe = serving.recipe(streams)
        self._judge.begin_anew(serving.model.name)
        self._show_onlookers()
        held = before.streams.hand_over()
        self._restore([each for frame in held for each in streams.sort(frame, live=live)])
        if not streams.holding:
            self._settled = self.intake.cursor
        before.serving.choice.engine.close()

    def limit_to(self, serving: Serving) -> None:
        """Go on with the same engine within another latency budget."""
        self._seat.serving = serving.limited_to(self._room)
        self._keep_pace()
        self._keep_batches_small()

    def relock(self, revision: int) -> None:
        """Measure the normalisation anew, as orders of this revision say; `answer_relock` tells."""
        self._seat.streams.remeasure()
        self._relock = revision

    def keep_lock(self) -> None:
        """Stop measuring anew; what is locked goes on."""
        self._seat.streams.remeasuring = None
        self._relock = None

    def answer_relock(self) -> None:
        """Say what became of an order to measure anew, once that is known."""
        remeasuring = self._seat.streams.remeasuring
        if self._relock is None or remeasuring is None:
            return
        if remeasuring.settled:
            self._say(self._outcome(self._relock, remeasuring.refusals))
            self._relock = None
        elif not self.intake.live:
            reason = "the acquisition ended before there were enough frames to measure"
            self._say(SwapRefused(self._relock, reason))
            self.keep_lock()

    def close(self) -> None:
        """Free the engine."""
        self.serving.choice.engine.close()

    def _outcome(self, revision: int, refusals: list[str]) -> Report:
        if refusals:
            return SwapRefused(revision, "; ".join(refusals))
        return Swapped(msgspec.structs.replace(self.serving.ready_report(), revision=revision))

    def _seated(self, serving: Serving) -> _Seat:
        pace, spec = serving.pace, serving.spec
        engine = serving.choice.engine
        memory = (
            engine.allocate(pace.batch, spec.shape_yx, spec.dtype)
            if isinstance(engine, Allocating)
            else None
        )
        intake = Intake(self._reader, pace.batch, pace.backlog, spec.shape_yx, spec.dtype, memory)
        streams = Streams(Lock(spec, serving.model), pace, self._room, self._say)
        return _Seat(serving, intake, streams, any(map(is_binned, streams.normalisers.values())))

    def _show_onlookers(self) -> None:
        """Let those of what serves look from now on, at live frames or others."""
        serving = self.serving
        if self._restoring.onlookers is not None:
            self._restoring.onlookers.leave()
        onlookers = Onlookers.of(
            serving.choice.engine,
            serving.model,
            serving.spec.guards,
            self._say,
            serving.spec.reference,
        )
        if onlookers is not None:
            onlookers.begin(live=self.intake.live)
        self._restoring.onlookers = onlookers

    def _restore(self, ready: list[Batch]) -> None:
        for batch in ready:
            patience_s = REPLACE_S if self._seat.may_build_for(batch) else 0.0
            if self.serving.needs_live_check:
                self._check_live(batch, CHECK_S + patience_s)
            elif patience_s:
                self._say(GettingReady(patience_s))
            self._restoring.restore(batch)
            self.restored += len(batch.messages)

        self._keep_batches_small()

    def _keep_pace(self) -> None:
        """Take frames, and hold them, at the pace of what serves now."""
        seat = self._seat
        seat.intake.backlog = seat.serving.pace.backlog
        seat.streams.pace = seat.serving.pace

    def _keep_batches_small(self) -> None:
        """Take fewer frames at once from now on, where more found no memory."""
        most, seat = self._judge.most_at_once, self._seat
        if most is None or seat.serving.pace.batch <= most:
            return
        seat.serving = seat.serving.limited_to(seat.serving.pace.backlog, most)
        seat.streams.pace = seat.serving.pace
        self._say(Swapped(seat.serving.ready_report()))

    def _chosen(self, batch: Batch) -> Batch:
        """Return those frames of a live batch that are to be tried; the others are passed over."""
        if self._judge.trust is Trust.FULL:
            return batch
        places = [place for place in range(len(batch.messages)) if self._judge.tries()]
        return Batch([batch.messages[place] for place in places], batch.pixels[places])

    def _show_raw(self, batch: Batch) -> None:
        """Show the newest frame of a batch of which none was restored."""
        if batch.messages and self.intake.live:
            newest = Frame(batch.messages[-1], batch.pixels[-1])
            pass_on(self._ring, newest, self.serving.spec.restored_dtype)

    def _check_live(self, batch: Batch, patience_s: float) -> None:
        """Compare an engine with fp32 before its first frame; take another where it differs."""
        seat = self._seat
        served_by = seat.serving.choice.engine
        self._say(GettingReady(patience_s))
        seat.serving = seat.serving.checked_live(
            batch, seat.streams, lambda: self._say(GettingReady(REPLACE_S))
        )
        if seat.serving.choice.engine is not served_by:
            self._keep_pace()
            self._restoring.recipe = seat.serving.recipe(seat.streams)
            self._show_onlookers()
            self._say(Swapped(seat.serving.ready_report()))
