"""Knows who is sending: which start begins, goes on with or is refused by the recording."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from livecare.errors import ProtocolError
from livecare.frame import StreamInfo
from livecare.logs import logger
from livecare.sources.clock import NS_PER_S
from livecare.sources.push.refusals import Reason, Refusals
from livecare.sources.push.sender import Sender
from livecare.sources.push.settings import PushSettings
from livecare.sources.push.stream import Block, RecordedStream
from livecare.wire import EndMessage

MAX_PROBLEMS: Final = 3
"""Acquisitions without an end that are named; of others, only the number."""
SAME_CLOCK_NS: Final = NS_PER_S
"""Two machines' clocks are hardly ever less than that, ns, as far from each other."""
MAX_STRANGERS: Final = 16
"""Runs without a start that are remembered, to count what was lost when their start comes."""


class Roster:
    """The senders of the present acquisition, and the stream that they are recorded in.

    Parameters
    ----------
    settings : PushSettings
        What the source was told.
    run_id : str
        Name of the run that records.
    connected : callable
        Gives the connections that stand.
    refusals : Refusals
        Where refused starts are counted.

    Attributes
    ----------
    stream : RecordedStream or None
        What is recorded; None before the first start.
    finished : int
        Acquisitions that ended.
    lost : int
        Frames that were lost at the end of acquisitions, until `take_lost` hands them out.
    problem : str or None
        Which acquisitions ended without their end, and how; None if none did.
    """

    def __init__(
        self,
        settings: PushSettings,
        run_id: str,
        connected: Callable[[], frozenset[int]],
        refusals: Refusals,
    ) -> None:
        self.stream: RecordedStream | None = None
        self.finished = 0
        self.lost = 0
        self._problems: list[str] = []
        self._settings = settings
        self._run_id = run_id
        self._connected = connected
        self._refusals = refusals
        self._opened_wall_ns, self._opened_ns = time.time_ns(), time.perf_counter_ns()
        self._senders: dict[str, Sender] = {}
        self._strangers: dict[str, int] = {}

    @property
    def senders(self) -> Mapping[str, Sender]:
        """Who is sending, by run id."""
        return self._senders

    @property
    def problem(self) -> str | None:
        """Which acquisitions ended without their end, and how; None if none did."""
        more = len(self._problems) - MAX_PROBLEMS
        words = [*self._problems[:MAX_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
        return "; ".join(words) or None

    def take_lost(self) -> int:
        """Hand out the frames that were lost at the end of earlier acquisitions, once."""
        lost, self.lost = self.lost, 0
        return lost

    def start(
        self, info: StreamInfo, message: bytes, connection: int | None, now_ns: int
    ) -> StreamInfo | None:
        """Take a start.

        Returns
        -------
        StreamInfo or None
            What the stream is from now on, where that has changed.

        Raises
        ------
        ProtocolError
            If it announces more than can be recorded.
        """
        known = self._senders.get(info.run_id)
        if known is not None and known.start == message:
            known.repeat(connection)
            return None
        if known is not None and _extends(known.info, info):
            return self._extend(known, info, message)
        if known is not None:
            self._note_if_gone(info.run_id, known)
            self._leave(info.run_id, known.missing_at_end(0))
        self._drop_gone()
        before = self.stream.info if self.stream else None
        block, new_epoch = self._join(info) if self._senders else self._follow(info)
        if block is None or self.stream is None:
            return None
        sender = Sender(info, message, connection, block, now_ns)
        first = self._strangers.pop(info.run_id, None if self._began_before(info) else 0)
        sender.begin(self.stream.begin(block), first, new_epoch=new_epoch)
        self._senders[info.run_id] = sender
        logger().info("acquisition begins", run=info.run_id[:80], sender=info.source[:80])
        return None if self.stream.info == before else self.stream.info

    def begin_again(self, sender: Sender) -> None:
        """Let a sender that was started again with the same start count from 0."""
        if self.stream is not None:
            self._note_gone(sender.info.run_id, sender)
            self.lost += sender.missing_at_end(0)
            sender.begin(self.stream.begin(sender.block), 0, new_epoch=True)

    def end(self, message: EndMessage) -> None:
        """Take an end."""
        sender = self._senders.get(message.run_id)
        if sender is None:
            self._strangers.pop(message.run_id, None)
            self._refusals.note(Reason.UNKNOWN_RUN, f"end of {message.run_id!r:.80}")
            return
        self._leave(message.run_id, sender.missing_at_end(message.ledger.acquired))
        self.finished += not self._senders
        logger().info("acquisition ends", run=message.run_id[:80])

    def remember(self, run_id: str, sequence: int) -> None:
        """Take note of a frame of a run that has not started or was refused."""
        if run_id in self._strangers or len(self._strangers) < MAX_STRANGERS:
            self._strangers.setdefault(run_id, sequence)

    def dismiss_silent(self, now_ns: int) -> None:
        """Take acquisitions for over whose sender was not heard for too long."""
        silent_s = self._settings.silent_s
        if silent_s is None:
            return
        for run_id, sender in list(self._senders.items()):
            if now_ns - sender.heard_ns >= silent_s * NS_PER_S:
                self._leave(run_id, sender.missing_at_end(0))
                self.finished += not self._senders
                self._problems.append(
                    f"push source: the sender of {run_id!r:.80} was silent for {silent_s} s and "
                    "sent no end; if it only pauses, set silent_s higher"
                )
                logger().warning("sender silent", run=run_id[:80], silent_s=silent_s)

    def _follow(self, info: StreamInfo) -> tuple[Block | None, bool]:
        """Begin an acquisition while there is no other: in the same recording if it is alike."""
        fresh = RecordedStream(
            self._run_id,
            info,
            grows=self._settings.grows,
            open_end=self._settings.acquisitions != 1,
        )
        stream = self.stream
        if stream is not None:
            stream.base_t = stream.next_t
            block = stream.free_block(info, same_source=False)
            if block is not None:
                return block, True
            wider = fresh.info.frames_per_timepoint > stream.info.frames_per_timepoint
            if fresh.info.grows_from(stream.info) and (stream.info.grows or not wider):
                return stream.adopt(info, fresh.info), True  # what the recorder takes it for
        self.stream = fresh
        return fresh.first, False

    def _join(self, info: StreamInfo) -> tuple[Block | None, bool]:
        """Begin an acquisition beside others: in further channels of the same stream."""
        stream = self.stream
        if stream is None:
            return None, False
        block = stream.free_block(info, same_source=True)
        if block is not None:
            return block, True
        there = stream.info
        if there.grows and (info.shape_yx, info.dtype) == (there.shape_yx, there.dtype):
            return stream.add_block(info), False
        known = info.run_id in self._strangers
        self.remember(info.run_id, 0)
        self._refusals.note(
            Reason.OTHER_STREAM,
            f"{info.run_id!r:.80} sends {info.shape_yx} {info.dtype} while {there.shape_yx} "
            f"{there.dtype} is recorded{'' if there.grows else ', and grows is false'}: run a "
            "second livecare for it, with another port as endpoint",
            quiet=known,
        )
        return None, False

    def _extend(self, sender: Sender, info: StreamInfo, message: bytes) -> StreamInfo | None:
        """Take a start that adds axes to what its run said before."""
        stream = self.stream
        if stream is None or not stream.info.grows:
            raise ProtocolError(
                f"{info.run_id!r:.80} adds axes, and grows is false: set it to true"
            )
        before = stream.info
        stream.widen(sender.block, info)
        sender.info, sender.start = info, message
        return None if stream.info == before else stream.info

    def _drop_gone(self) -> None:
        """Let go of senders whose connection closed without an end: they died."""
        for run_id, sender in list(self._senders.items()):
            if self._note_if_gone(run_id, sender):
                self._leave(run_id, sender.missing_at_end(0))

    def conclude(self) -> None:
        """Take note of the senders that are gone without an end, now that nothing more is read."""
        for run_id, sender in self._senders.items():
            self._note_if_gone(run_id, sender)

    def _began_before(self, info: StreamInfo) -> bool:
        """Tell whether an acquisition began before anybody listened here.

        A sender of this machine has its clocks, which are as far from each other as ours, now or
        then; and the one that is never set is right although the other was set meanwhile.
        """
        apart_ns = info.started_wall_ns - info.started_monotonic_ns
        then_ns = self._opened_wall_ns - self._opened_ns
        now_ns = time.time_ns() - time.perf_counter_ns()
        if min(abs(apart_ns - then_ns), abs(apart_ns - now_ns)) < SAME_CLOCK_NS:
            return info.started_monotonic_ns < self._opened_ns
        return info.started_wall_ns < self._opened_wall_ns

    def _note_if_gone(self, run_id: str, sender: Sender) -> bool:
        gone = sender.connection not in self._connected()
        if gone:
            self._note_gone(run_id, sender)
        return gone

    def _note_gone(self, run_id: str, sender: Sender) -> None:
        """Say that a sender died: nobody can say what it had still to send."""
        logger().warning("sender gone without an end", run=run_id[:80])
        self._problems.append(
            f"push source: the sender of {run_id!r:.80} was gone after frame {sender.newest} "
            "without an end; if it took frames after that, they are not known"
        )

    def _leave(self, run_id: str, lost: int) -> None:
        self._senders.pop(run_id).block.taken = False
        self.lost += lost


def _extends(earlier: StreamInfo, later: StreamInfo) -> bool:
    """Tell whether a start adds to what the same start said before."""
    began = (earlier.started_wall_ns, earlier.started_monotonic_ns)
    same = (later.started_wall_ns, later.started_monotonic_ns) == began
    return same and later.grows_from(earlier)
