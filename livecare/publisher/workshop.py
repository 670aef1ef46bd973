"""Knows how light frames are made beside the plain ones: in a thread of its own."""

import contextlib
import math
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Final, Self

import zmq

from livecare.light_frame import TOPICS
from livecare.link import HEARTBEAT_MS, WakeListener
from livecare.publisher.light import LightLanes

JOIN: Final = b"\x01"
LEAVE: Final = b"\x00"
"""What a subscription and its end begin with, on the wire of ZeroMQ."""

HANDED_OVER: Final = 1
"""Messages that wait on either side of the door between the threads: whoever makes light frames
waits while nobody takes them."""

DOOR: Final = "inproc://light"
"""Where the two threads meet: inside this process."""
THE_END: Final = [b""]
"""What is said last through the door."""

Context = zmq.Context[zmq.Socket[bytes]]


class Workshop:
    """Makes light frames in a thread, which a plain frame never waits for.

    What takes long in it (sums, compression) holds up no other thread. It owns readers of the rings
    and a listener of its own; the socket of the subscribers stays with the one thread that has it,
    which asks here and passes on what comes out.

    Parameters
    ----------
    context : zmq.Context
        Of the sockets.
    wake_endpoints : tuple of str
        Where frames are announced.
    lanes : LightLanes
        What is to be made; used by nobody else from the beginning to the end.

    Attributes
    ----------
    socket : zmq.Socket
        Says that there is something to pass on.
    """

    def __init__(
        self, context: Context, wake_endpoints: tuple[str, ...], lanes: LightLanes
    ) -> None:
        self._context, self._wake_endpoints, self._lanes = context, wake_endpoints, lanes
        self.socket = context.socket(zmq.PAIR)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVHWM, HANDED_OVER)
        self.socket.bind(DOOR)
        self._threads = ThreadPoolExecutor(1, "livecare-light")
        self._open, self._over = threading.Event(), threading.Event()
        self._work: Future[None] | None = None

    @property
    def topics(self) -> tuple[bytes, ...]:
        """The topics that somebody wants; to be asked once the work has ended."""
        return self._lanes.topics

    def __enter__(self) -> Self:
        """Begin to work; what is asked from then on reaches it."""
        self._work = self._threads.submit(self._make)
        self._open.wait()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the work; what it made meanwhile is dropped."""
        self._over.set()
        if self._work is not None:
            with contextlib.suppress(zmq.Again):  # it does not wait where so much is asked
                self.socket.send_multipart(THE_END, zmq.NOBLOCK)
            while self.socket.recv_multipart() != THE_END:
                pass
        self._threads.shutdown()
        self.socket.close()
        if kind is None:
            self._fail()

    def note_subscription(self, request: bytes) -> None:
        """Take note of who wants what, as the wire of ZeroMQ has it; never waits.

        Where too much is asked at once some of it is lost: whoever wants a light topic asks again.
        """
        if request[1:] in TOPICS:
            with contextlib.suppress(zmq.Again):
                self.socket.send(request, zmq.NOBLOCK)

    def forget_subscribers(self) -> None:
        """Take note that nobody wants anything: the socket they were at is closed."""
        for topic in TOPICS:
            self.note_subscription(LEAVE + topic)

    def pass_on(self, socket: "zmq.Socket[bytes]") -> None:
        """Send the messages that are ready; never waits.

        Raises
        ------
        LivecareError, OSError
            If the work has failed, as it did.
        """
        with contextlib.suppress(zmq.Again):
            while True:
                parts = self.socket.recv_multipart(zmq.NOBLOCK, copy=False)
                if len(parts) == len(THE_END):
                    self._fail()
                socket.send_multipart(parts, copy=False)

    def _fail(self) -> None:
        """Raise what ended the work, if anything did but the end of the run."""
        work, self._work = self._work, None
        if work is not None:
            work.result()

    def _make(self) -> None:
        """Make light frames until the end is said."""
        with contextlib.ExitStack() as stack:
            stack.callback(self._open.set)  # nobody waits for one that could not begin
            door = stack.enter_context(self._context.socket(zmq.PAIR))
            door.setsockopt(zmq.SNDHWM, HANDED_OVER)
            door.connect(DOOR)
            self._open.set()
            try:
                with contextlib.closing(WakeListener(self._context, self._wake_endpoints)) as wakes:
                    while not self._over.is_set():
                        self._take_notes(door)
                        self._lanes.publish_newest(door)
                        self._wait(door, wakes)
            finally:
                door.send_multipart(THE_END)

    def _take_notes(self, door: "zmq.Socket[bytes]") -> None:
        """Take note of who wants what, and answer."""
        with contextlib.suppress(zmq.Again):
            while True:
                request = door.recv(zmq.NOBLOCK)
                joined = request[:1] == JOIN
                for told in self._lanes.note_subscription(request[1:], joined=joined):
                    door.send_multipart(told)

    def _wait(self, door: "zmq.Socket[bytes]", wakes: WakeListener) -> None:
        """Wait until there may be something to do."""
        if self._lanes.busy or self._over.is_set():  # which is set before it is said
            wakes.drain()
            return
        if (pause_s := self._lanes.pause_s()) > 0:
            door.poll(math.ceil(1e3 * pause_s))
            wakes.drain()
            return
        poller = zmq.Poller()
        poller.register(door, zmq.POLLIN)
        poller.register(wakes.socket, zmq.POLLIN)
        if wakes.socket in dict(poller.poll(HEARTBEAT_MS)):
            wakes.clear()
