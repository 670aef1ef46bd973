"""Knows one acquisition of one sender: its numbers, its time points, whether it lives."""

from dataclasses import replace

from livecare.frame import FrameHeader, Position, StreamInfo
from livecare.sources.push.stream import MAX_STEP, Block


class Sender:
    """One acquisition of one sender.

    Parameters
    ----------
    info : StreamInfo
        What it announced.
    start : bytes
        The message that it announced it with.
    connection : int or None
        What that came by.
    block : Block
        Where its frames go.
    now_ns : int
        When it was heard, monotonic clock, ns.

    Attributes
    ----------
    connection : int or None
        What its last start came by.
    heard_ns : int
        When its last message came, monotonic clock, ns.
    renewed : bool
        True from a repeated start to the next frame in sequence: it may have begun anew.
    """

    def __init__(
        self, info: StreamInfo, start: bytes, connection: int | None, block: Block, now_ns: int
    ) -> None:
        self.info = info
        self.start = start
        self.connection = connection
        self.block = block
        self.heard_ns = now_ns
        self.renewed = False
        self._t_offset = 0
        self._expected: int | None = None
        self._seen = 0
        self._epoch: int | None = None
        self._new_epoch = False

    def begin(self, t_offset: int, expected: int | None, *, new_epoch: bool) -> None:
        """Begin to count.

        Parameters
        ----------
        t_offset : int
            Time point in the recording of its t = 0.
        expected : int or None
            Number that its first frame has if nothing is lost; None to accept any.
        new_epoch : bool
            True where its frames follow those of an earlier acquisition in the same channels.
        """
        self._t_offset = t_offset
        self._expected = expected
        self._seen = expected or 0
        self._epoch = None
        self._new_epoch = new_epoch
        self.renewed = False

    @property
    def newest(self) -> int:
        """Number of the last frame that was taken; -1 before the first."""
        return (self._expected or 0) - 1

    @property
    def unaccounted(self) -> int:
        """Frames that came after the last one taken and were refused."""
        return self.missing_at_end(0)

    def repeat(self, connection: int | None) -> None:
        """Take note that it said its start again."""
        self.connection = connection
        self.renewed = True

    def began_anew(self, header: FrameHeader) -> bool:
        """Tell whether a frame is from a sender that was started again with the same start."""
        return self.renewed and self._expected is not None and header.sequence < self._expected

    def missing_before(self, header: FrameHeader) -> int | None:
        """Count the frames that did not come before this one; None if its number cannot be."""
        if self._expected is None:
            self._expected = header.sequence
        gap = header.sequence - self._expected
        if gap > MAX_STEP:
            return None
        self._seen = max(self._seen, header.sequence + 1)
        return gap if gap >= 0 else None

    def missing_at_end(self, acquired: int) -> int:
        """Count the frames that did not come after the last one taken.

        Parameters
        ----------
        acquired : int
            Frames that the sender numbered, by its ledger; 0 where it does not say.
        """
        expected = self._expected or 0
        if self._expected is None or acquired - expected > MAX_STEP:
            acquired = 0
        return max(self._seen, acquired, expected) - expected

    def place(self, position: Position) -> Position | None:
        """Say where a position lies in the recording; None outside the announced axes."""
        block = self.block
        inside = (
            position.c < len(block.channels)
            and position.z < block.size_z
            and position.p < len(block.positions)
        )
        if not inside:
            return None
        return Position(
            position.t + self._t_offset,
            block.channels[position.c],
            position.z,
            block.positions[position.p],
        )

    def reaching(self, position: Position) -> StreamInfo:
        """Describe the stream that this position would be inside of."""
        info = replace(self.info, size_z=max(self.block.size_z, position.z + 1))
        channels = [*info.channels, *_further("channel", len(info.channels), position.c)]
        positions = [*info.positions, *_further("position", len(info.positions), position.p)]
        return replace(info, channels=tuple(channels), positions=tuple(positions))

    def take(self, header: FrameHeader) -> bool:
        """Take note of a frame that is recorded; tell whether a new epoch begins with it."""
        self._expected = header.sequence + 1
        self._seen = max(self._seen, self._expected)
        self.renewed = False
        begun = self._new_epoch or (self._epoch is not None and header.epoch > self._epoch)
        self._epoch, self._new_epoch = header.epoch, False
        return begun


def _further(kind: str, known: int, index: int) -> list[str]:
    return [f"{kind} {number}" for number in range(known, index + 1)]
