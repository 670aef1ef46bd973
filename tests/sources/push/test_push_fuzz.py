"""Whatever is sent, a frame comes of it or it is counted; nothing raises and nothing hangs.

LIVECARE_FUZZ sets how many messages are sent.
"""

import os
import sys
import threading

import numpy as np
import zmq
from push_bench import Listener, Raw
from push_mutations import Mutator

from livecare import wire
from livecare.frame import Position, StreamInfo
from livecare.sources.protocol import Arrival, NoFrame
from livecare.sources.push import PushSettings
from livecare.sources.push.inbox import Mail
from livecare.sources.push.reception import Delivery, Reception

MESSAGES = int(os.environ.get("LIVECARE_FUZZ", "4000"))


def figures(words: str) -> None:
    sys.stderr.write(f"\n{words}\n")  # pytest -s shows them


def test_mutated_messages_over_a_socket() -> None:
    mutator = Mutator(seed=1)
    with Listener(Raw) as listener:
        endpoint, source = listener.endpoint, listener.source

        def send() -> None:
            raw = Raw(endpoint, announce=False)
            for _ in range(MESSAGES):
                raw.socket.send_multipart(mutator.message())
            raw.socket.setsockopt(zmq.LINGER, 30_000)
            raw.end()

        sender = threading.Thread(target=send)
        sender.start()
        frames = 0
        while True:
            pixels = np.empty(listener.stream.shape_yx, listener.stream.dtype)
            event = source.read_into(pixels, 0.5)
            assert event is not NoFrame.ENDED
            if isinstance(event, StreamInfo):
                listener.stream = event
            elif isinstance(event, Arrival):
                frames += 1
                size_c, size_z = len(listener.stream.channels), listener.stream.size_z
                assert event.position.c < size_c
                assert event.position.z < size_z
                assert event.position.p < len(listener.stream.positions)
            elif not sender.is_alive():
                break
        sender.join()
        assert source.malformed > MESSAGES / 3
        assert frames > 0
        listener.sender.end()
        figures(
            f"{MESSAGES} messages: {frames} frames, {source.malformed} refused: {source.reasons}"
        )


def test_every_mutated_message_is_taken_or_counted() -> None:
    mutator = Mutator(seed=2)
    reception = Reception(PushSettings(), "run", lambda: frozenset({1}))
    seen: set[Position] = set()
    stream: StreamInfo | None = None
    lost = taken = control = 0
    for number in range(MESSAGES):
        parts = [memoryview(part) for part in mutator.message()]
        before = reception.refusals.total
        event = reception.take(Mail(parts[:3], 1, waited_for=False), number)
        held = reception.held()
        if isinstance(event, StreamInfo):
            if stream is None or not event.grows_from(stream):
                seen.clear()  # another recording
            stream = event
        delivery = event if isinstance(event, Delivery) else held
        refused = reception.refusals.total - before
        if delivery is None:
            assert refused == 1 or not isinstance(wire.decode(parts[0]), wire.FrameMessage)
            control += not refused
            continue
        assert refused == 0
        where = delivery.arrival.position
        taken += 1
        lost += delivery.arrival.lost_before
        assert where not in seen
        seen.add(where)
    assert taken + control + reception.refusals.total == MESSAGES
    assert taken > MESSAGES / 50
    assert 0 <= lost < 2**63
    figures(
        f"{MESSAGES} messages: {taken} frames, {control} starts and ends, "
        f"{reception.refusals.total} refused, {lost} lost"
    )
