"""Knows what each message means: which frames are taken, where they go, what was lost before."""

from collections.abc import Callable
from dataclasses import dataclass

from livecare import wire
from livecare.errors import ProtocolError
from livecare.frame import Frame, FrameHeader, Pixels, Position, StreamInfo
from livecare.sources.protocol import Arrival
from livecare.sources.push.inbox import Mail
from livecare.sources.push.refusals import Reason, Refusals
from livecare.sources.push.roster import Roster
from livecare.sources.push.sender import Sender
from livecare.sources.push.settings import PushSettings
from livecare.sources.push.stream import (
    MAX_CHANNELS,
    MAX_LEAP,
    MAX_PLANES,
    MAX_POSITIONS,
    MAX_STEP,
    RecordedStream,
)
from livecare.wire import EndMessage, FrameMessage, StartMessage


@dataclass(frozen=True, slots=True)
class Delivery:
    """A frame for the recorder: what to say of it, and a view of its pixels."""

    arrival: Arrival
    pixels: Pixels


class Reception:
    """Takes messages one after the other, whatever they are; never raises because of one.

    Parameters
    ----------
    settings : PushSettings
        What the source was told.
    run_id : str
        Name of the run that records.
    connected : callable
        Gives the connections that stand.

    Attributes
    ----------
    refusals : Refusals
        What was not taken.
    roster : Roster
        Who is sending.
    """

    def __init__(
        self, settings: PushSettings, run_id: str, connected: Callable[[], frozenset[int]]
    ) -> None:
        self.refusals = Refusals()
        self.roster = Roster(settings, run_id, connected, self.refusals)
        self._held: Delivery | None = None

    @property
    def lost_at_end(self) -> int:
        """Frames that were lost after the last one that was taken."""
        return self.roster.lost + sum(s.unaccounted for s in self.roster.senders.values())

    def held(self) -> Delivery | None:
        """Hand out the frame that waited for the stream to grow, if there is one."""
        held, self._held = self._held, None
        return held

    def take(self, mail: Mail, now_ns: int) -> Delivery | StreamInfo | None:
        """Take a message.

        Returns
        -------
        Delivery, StreamInfo or None
            The frame in it, or how the stream has changed with it, or neither. After a change,
            `held` may have the frame that made it necessary.
        """
        if not mail.parts:  # of one who may not push any more: it is counted already
            return None
        try:
            message, frame = wire.decode_message(mail.parts)
        except ProtocolError as error:
            self.refusals.note(Reason.UNREADABLE, str(error))
            return None
        if isinstance(message, StartMessage):
            return self._take_start(message.info, mail, now_ns)
        if isinstance(message, EndMessage):
            self.roster.end(message)
        elif frame is not None:
            return self._take_frame(message, frame, now_ns)
        return None

    def _take_start(self, info: StreamInfo, mail: Mail, now_ns: int) -> StreamInfo | None:
        reason = Reason.NAMES
        try:
            wire.check_names(info)
            reason = Reason.TOO_MUCH
            return self.roster.start(info, bytes(mail.parts[0]), mail.connection, now_ns)
        except ProtocolError as error:
            self.refusals.note(reason, str(error))
            return None

    def _take_frame(
        self, message: FrameMessage, frame: Frame, now_ns: int
    ) -> Delivery | StreamInfo | None:
        header, stream = frame.header, self.roster.stream
        sender = self.roster.senders.get(message.run_id)
        if sender is None or stream is None:
            self.roster.remember(message.run_id, header.sequence)
            self.refusals.note(
                Reason.UNKNOWN_RUN,
                f"frame {header.sequence} of {message.run_id!r:.80}: send a start first, and again "
                "every second or so, for a livecare that is started later",
            )
            return None
        sender.heard_ns = now_ns
        if sender.began_anew(header):
            self.roster.begin_again(sender)
        missing = sender.missing_before(header)
        if missing is None:
            words = f"frame {header.sequence} cannot follow the one before it"
            self.refusals.note(Reason.NUMBERS, words)
            return None
        wrong = _mismatch(message, sender)
        if wrong is not None:
            self.refusals.note(*wrong)
            return None
        before = stream.info
        position = self._place(header, sender, stream)
        if position is None:
            return None
        stream.fill(position)
        arrival = Arrival(
            position=position,
            received_ns=now_ns,
            camera_index=header.camera_index,
            camera_time_ns=header.camera_time_ns,
            lost_before=missing + header.lost_before + self.roster.take_lost(),
            loss_estimated=header.loss_estimated,
            skipped_before=header.skipped_before,
            new_epoch=sender.take(header),
        )
        delivery = Delivery(arrival, frame.pixels)
        if stream.info is before:
            return delivery
        self._held = delivery
        return stream.info

    def _place(
        self, header: FrameHeader, sender: Sender, stream: RecordedStream
    ) -> Position | None:
        """Say where a frame goes, in a stream that has grown for it if it may; else count it."""
        position = sender.place(header.position)
        if position is None and _may_grow(header.position, sender, stream):
            try:
                stream.widen(sender.block, sender.reaching(header.position))
            except ProtocolError as error:
                self.refusals.note(Reason.TOO_MUCH, str(error))
                return None
            position = sender.place(header.position)
        if position is None:
            self.refusals.note(
                Reason.OUTSIDE,
                f"frame {header.sequence} at {header.position}: announce its channel, plane and "
                "position in the start, or grows there",
            )
        elif position.t - stream.next_t > MAX_STEP:
            self.refusals.note(Reason.NUMBERS, f"frame {header.sequence} at t {header.position.t}")
            return None
        elif not stream.is_free(position):
            self.refusals.note(
                Reason.REPEATED,
                f"frame {header.sequence} at {header.position}: t must rise in each channel, plane "
                "and position",
            )
            return None
        return position


def _mismatch(message: FrameMessage, sender: Sender) -> tuple[Reason, str] | None:
    """Say why a frame cannot be one of a sender's stream; None if it can."""
    header, info = message.header, sender.info
    if (header.shape_yx, header.dtype) != (info.shape_yx, info.dtype):
        return Reason.OTHER_SHAPE, (
            f"frame {header.sequence} is {header.shape_yx} {header.dtype}, and {info.shape_yx} "
            f"{info.dtype} was announced: send a new start when that changes"
        )
    if message.restoration is not None:
        return Reason.RESTORED, f"frame {header.sequence}: send what the camera took"
    if max(header.lost_before, header.skipped_before) > MAX_STEP:
        return Reason.NUMBERS, f"frame {header.sequence}: that many cannot be missing before it"
    return None


def _may_grow(position: Position, sender: Sender, stream: RecordedStream) -> bool:
    info = sender.info
    sizes = (
        (position.c, len(info.channels), MAX_CHANNELS),
        (position.z, info.size_z, MAX_PLANES),
        (position.p, len(info.positions), MAX_POSITIONS),
    )
    small = all(index < min(size + MAX_LEAP, most) for index, size, most in sizes)
    possible = position.t - stream.next_t <= MAX_STEP
    return small and possible and info.grows and stream.info.grows
