"""Knows what a subscriber is owed: its frames in order, the gaps, the starts and ends of runs."""

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Final, Literal, Self

from livecare.client.pairing import Pairing
from livecare.client.previews import QUEUED_FRAMES, Previews
from livecare.client.received import Pair, Received
from livecare.errors import UsageError
from livecare.frame import Ledger, Pixels, StreamInfo
from livecare.wire import EndMessage, FrameMessage, StartMessage

Topic = Literal["raw", "restored", "both"]
TOPICS: Final[dict[str, tuple[str, ...]]] = {
    "raw": ("raw",),
    "restored": ("restored",),
    "both": ("raw", "restored"),
}

PAIRING_FRAMES: Final = 32
"""Frames that may wait for their partner: a restored one comes a few frames after its raw one."""


class Subscription:
    """Frames of a run as they come, `Received`; an iterator and a context manager, for one thread.

    Made by `subscribe`, which says what the parameters mean::

        with subscribe("tcp://127.0.0.1:5765", until_end=True) as frames:
            for frame in frames:
                print(frame.header.sequence, frame.pixels.mean(), frame.missed)

    Nothing here can hold the run up: a subscriber that is slow misses frames, and counts them.

    Attributes
    ----------
    endpoint : str
        Where the frames come from.
    info : StreamInfo or None
        The run that is on, or was last; None before the first.
    ledger : Ledger or None
        What became of every frame of the last run that ended; None before.
    missed : int
        Frames of the sequence that this subscriber was not handed, in all.

    Raises
    ------
    UsageError
        By the iteration, if the run wants a key, or refuses this one.
    TimeoutError
        By the iteration, if no frame came in time; asking again goes on.
    ProtocolError
        By the iteration, if something else than livecare, or another version, sends.
    """

    def __init__(
        self,
        endpoint: str,
        topic: Topic,
        *,
        newest: bool,
        timeout_s: float | None,
        until_end: bool,
    ) -> None:
        if topic not in TOPICS:
            raise UsageError(f"topic {topic!r} is unknown; choose one of {', '.join(TOPICS)}")
        self.endpoint, self._topics = endpoint, TOPICS[topic]
        self._newest, self._timeout_s, self._until_end = newest, timeout_s, until_end
        self.info: StreamInfo | None = None
        self.ledger: Ledger | None = None
        self.missed = 0
        self._followed_by_another = False
        self._ended_topics: set[str] = set()
        self._last: dict[str, tuple[str, int]] = {}
        self._ready: deque[Received] = deque()
        self._pairing = Pairing(PAIRING_FRAMES)
        self._previews = Previews(endpoint, self._topics)

    @property
    def ended(self) -> bool:
        """True from the end of a run to the start of the next."""
        return self._ended_topics.issuperset(self._topics)

    @property
    def unpaired(self) -> int:
        """Frames that `pairs` gave up, as the other one of their sequence number never came."""
        return self._pairing.unpaired

    def pairs(self) -> Iterator[Pair]:
        """Iterate over raw frames with what they were restored to, for the topic "both".

        Previews go out at `publish.max_hz` at most, raw and restored ones each for themselves: give
        it the camera's rate or more, or few will meet.

        Raises
        ------
        UsageError
            If only one topic was subscribed to.
        TimeoutError
            As iteration does; call `pairs` again to go on.
        """
        if len(self._topics) == 1:
            raise UsageError(f'pairs need both topics, not {self._topics[0]!r}: topic="both"')
        while (pair := self._next_pair()) is not None:
            yield Pair(self._hand_out(pair.raw), self._hand_out(pair.restored))

    def close(self) -> None:
        """Let go of the connection; safe to call twice."""
        self._previews.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Received:
        deadline = self._deadline()
        if self._newest and self._previews.waiting:
            self._take_what_came()
        while not self._ready:
            if self._over():
                raise StopIteration
            self._await(deadline)
            self._take_what_came()
        return self._hand_out(self._ready.popleft())

    def _next_pair(self) -> Pair | None:
        """Wait for a pair: the next or, if only the newest are wanted, the last one there."""
        deadline, found = self._deadline(), None
        while True:
            while self._ready:
                found = self._pairing.add(self._ready.popleft()) or found
                if found is not None and not self._newest:
                    return found
            if found is not None or self._over():
                return found
            self._await(deadline)
            self._take_what_came(passing_over=False)

    def _over(self) -> bool:
        return self._until_end and (self.ended or self._followed_by_another)

    def _deadline(self) -> float | None:
        return None if self._timeout_s is None else time.monotonic() + self._timeout_s

    def _await(self, deadline: float | None) -> None:
        """Wait for a message. Raises TimeoutError."""
        if not self._previews.wait(deadline):
            raise TimeoutError(self._silence())

    def _silence(self) -> str:
        which = " or ".join(self._topics)
        what = f"no {which} frame from {self.endpoint} within {self._timeout_s:g} s"
        if self.info is None:
            return f"{what}, and no run is seen there; is publish.preview the same endpoint?"
        if self.ended:
            return f"{what}: run {self.info.run_id} has ended, and no other has begun"
        return f"{what}: run {self.info.run_id} has not ended; does its camera stand still?"

    def _take_what_came(self, *, passing_over: bool = True) -> None:
        """Take one message, or all that are there if only the newest are wanted."""
        for _ in range(2 * QUEUED_FRAMES if self._newest else 1):
            frame = self._read()
            if frame is not None:
                if self._newest and passing_over:
                    self._ready = deque(each for each in self._ready if each.topic != frame.topic)
                self._ready.append(frame)
            if not self._previews.waiting:
                return

    def _read(self) -> Received | None:
        """Read a message; return the frame that it brings, if it is one to hand out."""
        topic, message, frame = self._previews.read()
        if isinstance(message, StartMessage):
            self._begin(message.info)
        elif isinstance(message, EndMessage):
            self._end(topic, message)
        elif frame is not None:
            return self._accept(topic, message, frame.pixels)
        return None

    def _accept(self, topic: str, message: FrameMessage, pixels: Pixels) -> Received | None:
        """Take a frame whose run is known; if it is not, ask what it is.

        A frame can overtake the start message, or push it out of a full queue.
        """
        if self.info is None or message.run_id != self.info.run_id:
            self._previews.ask_for_start()
            return None
        last_run, last = self._last.get(topic, ("", -1))
        if last_run == message.run_id and message.header.sequence <= last:
            return None  # a publisher that was restarted begins with what is there
        return Received(topic, message.header, pixels, message.restoration, self.info)

    def _begin(self, info: StreamInfo) -> None:
        if self.info is not None and info.run_id != self.info.run_id:
            self._followed_by_another = True
            if self._until_end:
                return
            self._ended_topics.clear()
        self.info = info

    def _end(self, topic: str, message: EndMessage) -> None:
        if self.info is not None and message.run_id == self.info.run_id:
            self._ended_topics.add(topic)
            self.ledger = message.ledger

    def _hand_out(self, frame: Received) -> Received:
        """Count what is missing between a frame and the one handed out before it."""
        run_id, sequence = frame.info.run_id, frame.header.sequence
        last_run, last = self._last.get(frame.topic, ("", 0))
        self._last[frame.topic] = run_id, sequence
        missed = max(0, sequence - last - 1) if last_run == run_id else 0
        self.missed += missed
        return replace(frame, missed=missed)
