"""Knows the one connection that acquisitions go over, one after the other and in order."""

from typing import Final

from livecare.client.push import Pusher
from livecare.frame import StreamInfo

LINGER_S: Final = 2.0
"""Longest wait, seconds, for livecare to take the last frames."""

FEWEST_FRAMES: Final = 4
"""A queue is never shorter, frames, however large they are."""

QUEUE_BYTES: Final = 256 * 1024 * 1024
"""Memory that waiting frames may take, bytes: 512 of 512 × 512 or 32 of 2048 × 2048 pixels."""


class Line:
    """A connection to livecare, made when the first acquisition begins.

    Parameters
    ----------
    endpoint : str
        Where livecare listens.
    queue_frames : int
        Frames that may wait, fewer where they are large.
    """

    def __init__(self, endpoint: str, queue_frames: int) -> None:
        self._endpoint, self._queue_frames = endpoint, queue_frames
        self._pusher: Pusher | None = None
        self._room = 0

    def begin(self, info: StreamInfo) -> Pusher:
        """Begin an acquisition, after the end of the one before.

        Raises
        ------
        UsageError
            If the endpoint cannot be.
        ProtocolError
            If livecare would not take the description.
        """
        room = min(self._queue_frames, max(FEWEST_FRAMES, QUEUE_BYTES // info.frame_bytes))
        if self._pusher is None or room < self._room:  # a queue cannot be made shorter
            self.close()
            self._room = room
            self._pusher = Pusher(
                info, endpoint=self._endpoint, queue_frames=room, linger_s=LINGER_S
            )
        else:
            self._pusher.begin(info)
        return self._pusher

    def finish(self) -> None:
        """End the acquisition; the connection stays."""
        if self._pusher is not None:
            self._pusher.finish()

    def close(self) -> None:
        """End the connection, too; waits for `LINGER_S` or so if livecare is away."""
        if self._pusher is not None:
            self._pusher.end()
            self._pusher = None
