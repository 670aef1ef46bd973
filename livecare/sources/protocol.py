"""What a frame source is: the contract between a camera of any kind and the recorder."""

from dataclasses import dataclass
from enum import Enum
from typing import Protocol, runtime_checkable

from livecare.frame import Pixels, Position, StreamInfo


class NoFrame(Enum):
    """Why `FrameSource.read_into` came back without a frame."""

    WAITING = "waiting"
    """Nothing arrived within the time-out; ask again."""
    ENDED = "ended"
    """The acquisition is over; nothing will arrive any more."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What a source says of the frame that it has just copied.

    Attributes
    ----------
    position : Position
        Where the frame belongs.
    received_ns : int
        When livecare had the frame in its hands, monotonic clock, ns.
    camera_index : int or None
        The camera's own number of the frame.
    camera_time_ns : int or None
        The camera's own time, ns since its sequence began.
    lost_before : int
        Frames that the camera took directly before this one and that never arrived.
    loss_estimated : bool
        True where `lost_before` is a guess.
    skipped_before : int
        Frames passed over by design (newest-only taps).
    new_epoch : bool
        True where the sequence began anew before this frame, so that what is missing between them
        cannot be counted; the recording goes on.
    """

    position: Position
    received_ns: int
    camera_index: int | None = None
    camera_time_ns: int | None = None
    lost_before: int = 0
    loss_estimated: bool = False
    skipped_before: int = 0
    new_epoch: bool = False


@runtime_checkable
class FrameSource(Protocol):
    """A stream of frames, of one shape and type at a time.

    The recorder calls, from one thread: `open`, `start`, then `read_into` until it returns
    `NoFrame.ENDED`, then `close`. `request_stop` may come from any other thread, also during
    `open`.

    Where the stream changes, `read_into` returns its new description instead of a frame, and the
    recorder calls again with an array for that:

    - more channels, planes or positions than before, the earlier ones unchanged: the recording
      grows, and positions may use them from now on;
    - another shape or pixel type: a new epoch, whose positions count from t = 0 again and which is
      recorded beside the one before.

    A source that is not asked for frames for a while (the disk is slow, the ring is full) either
    makes the camera wait or loses frames; it counts what it lost in the next `Arrival`, and what
    was lost after the last frame in `lost_at_end`.
    """

    @property
    def lost_at_end(self) -> int:
        """Frames lost after the last one that arrived; final once `read_into` said ENDED."""
        ...

    @property
    def problem(self) -> str | None:
        """Why frames ended early, in a sentence with its cure; None if they did not.

        It stays once it is said. Why frames were lost on the way is for `ExplainsLosses`.
        """
        ...

    def open(self, run_id: str) -> StreamInfo:
        """Connect, and say what the stream will look like; waits until that is known.

        Raises
        ------
        SourceError
            It cannot connect.
        StoppedError
            A stop was requested before anything came.
        """
        ...

    def start(self) -> None:
        """Begin to acquire. Raises SourceError."""
        ...

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        """Copy the next frame into `pixels` (the stream's shape and type), or say what changed.

        Raises
        ------
        SourceError
            Frames can no longer be read; names the frame and the cure.
        """
        ...

    def request_stop(self) -> None:
        """End the acquisition soon; frames already taken still come, then ENDED."""
        ...

    def close(self) -> None:
        """Let go of the camera; safe to call twice and at any moment after construction."""
        ...


@runtime_checkable
class ExplainsLosses(Protocol):
    """A `FrameSource` that knows why it lost frames; others need not have it."""

    @property
    def why_lost(self) -> str | None:
        """Why frames were lost, in a sentence with its cure; None if none was."""
        ...


def why_lost(source: FrameSource) -> str | None:
    """Return why a source has lost frames, whenever that was; None where it does not say."""
    return source.why_lost if isinstance(source, ExplainsLosses) else None
