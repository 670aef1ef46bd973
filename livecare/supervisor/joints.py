"""What joins a part's recorder and its children: rings for the frames, sockets for the words."""

import contextlib
import secrets
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import zmq

from livecare import run_place
from livecare.config import Config
from livecare.frame import StreamInfo
from livecare.link import ReportInbox, Waker
from livecare.ring import GatingReader, RingWriter
from livecare.supervisor.plan import plan_rings

WORD_BYTES: Final = 16
"""Of the word that a restorer's reports begin with: nobody guesses so many."""


class Joints:
    """The recorder's ends of them.

    Parameters
    ----------
    config : Config
        The run's configuration.
    info : StreamInfo
        What the frames are.
    folder : Path
        Where the rings are made.

    Raises
    ------
    RingError
        If there is no room for the rings.

    Attributes
    ----------
    raw_ring : RingWriter
        Where raw frames go.
    raw_gate, restored_gate : GatingReader
        The readers that the writers of the two rings wait for.
    raw_waker, restored_waker, control_waker : Waker
        Say that there is a raw frame, room for a restored one, or a change of orders.
    inbox : ReportInbox
        Where the restorer reports.
    """

    def __init__(self, config: Config, info: StreamInfo, folder: Path) -> None:
        rings = plan_rings(config, info)
        self._files = raw, restored = run_place.raw_ring(folder), run_place.restored_ring(folder)
        with ExitStack() as stack:
            context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
            stack.callback(context.term)
            self.raw_ring = stack.enter_context(
                RingWriter.create(raw, rings.raw_slots, rings.raw_frame_bytes)
            )
            RingWriter.create(restored, rings.restored_slots, rings.restored_frame_bytes).close()
            self.raw_gate = stack.enter_context(GatingReader(raw))
            self.restored_gate = stack.enter_context(GatingReader(restored))
            self.raw_waker, self.restored_waker = Waker(context), Waker(context)
            self.control_waker = Waker(context)
            self.inbox = ReportInbox(context, secrets.token_hex(WORD_BYTES))
            for socket in (self.raw_waker, self.restored_waker, self.control_waker, self.inbox):
                stack.callback(socket.close)
            self._closing = stack.pop_all()

    @property
    def wake_endpoints(self) -> tuple[str, str]:
        """Where children hear of raw frames, and of room for restored ones."""
        return self.raw_waker.endpoint, self.restored_waker.endpoint

    @property
    def strange_reports(self) -> int:
        """How many messages came as reports from somebody who does not know the word."""
        return sum(self.inbox.strangers.counts.values())

    def close(self) -> None:
        """Unmap the rings and close the sockets; a second time does nothing."""
        self._closing.close()

    def delete(self) -> None:
        """Delete the rings' files: the memory is free once all others have let go, too."""
        for file in self._files:
            with contextlib.suppress(OSError):  # on Windows, while somebody still looks at it
                file.unlink(missing_ok=True)
