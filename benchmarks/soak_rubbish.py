"""Messages that are none, or nearly one: what a confused or hostile program might send."""

import contextlib
import random
import socket
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import zmq

from livecare import wire
from livecare.frame import FrameHeader, Position
from livecare.link.requests import MAX_REQUEST_BYTES, MarkRequest, encode

MESSAGES: Final = 200
"""How many of them are sent at once."""
LONGEST: Final = 2 * MAX_REQUEST_BYTES
"""Bytes of the longest."""
LINGER_MS: Final = 500
"""How long they may take to leave, milliseconds."""
KNOCK_S: Final = 2.0
"""Longest wait for a port to be opened, seconds."""


def throw(endpoint: str, target: str, seed: int) -> str:
    """Send rubbish to a socket of the run; return what was sent, for people.

    Parameters
    ----------
    endpoint : str
        Where it listens.
    target : str
        "push" or "control": what a message to it looks like when it is right.
    seed : int
        Chooses the messages.
    """
    chance = random.Random(seed)
    _knock(endpoint, chance)
    with zmq.Context() as context:
        kind = zmq.PUSH if target == "push" else zmq.DEALER
        with context.socket(kind) as out:
            out.setsockopt(zmq.LINGER, LINGER_MS)
            out.setsockopt(zmq.SNDHWM, MESSAGES)
            out.connect(endpoint)
            sent = sum(_send(out, parts) for parts in messages(target, chance, MESSAGES))
    return f"{sent} messages"


def messages(target: str, chance: random.Random, count: int) -> Iterator[list[bytes]]:
    """Make messages: noise, pieces of right ones, and right ones with bytes changed."""
    right = _right(target)
    for _ in range(count):
        sort = chance.randrange(4)
        if sort == 0:
            yield [chance.randbytes(chance.randrange(LONGEST)) for _ in range(chance.randrange(4))]
        elif sort == 1:
            yield [part[: chance.randrange(len(part) + 1)] for part in right]
        elif sort == 2:  # noqa: PLR2004 one of four
            yield [_changed(part, chance) for part in right]
        else:
            yield [*right, *right][: chance.randrange(1, 2 * len(right) + 1)]


def _right(target: str) -> list[bytes]:
    """Return a message as it should be, of an acquisition that nobody knows."""
    if target != "push":
        return [b"1", b"", encode(MarkRequest("rubbish"))]
    header = FrameHeader(
        sequence=7, position=Position(t=7), shape_yx=(16, 16), dtype="uint16", received_ns=1
    )
    return [wire.encode(wire.FrameMessage("nobody", header)), bytes(2 * 16 * 16)]


def _changed(part: bytes, chance: random.Random) -> bytes:
    changed = bytearray(part)
    for _ in range(chance.randrange(1, 4)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _send(out: "zmq.Socket[bytes]", parts: list[bytes]) -> bool:
    try:
        out.send_multipart(parts or [b""], zmq.NOBLOCK)
    except zmq.Again:  # the run has closed the door on too long a message; it opens again
        return False
    return True


def _knock(endpoint: str, chance: random.Random) -> None:
    """Speak to the port without ZeroMQ."""
    place = urlsplit(endpoint)
    with contextlib.suppress(OSError):
        address = (place.hostname or "", place.port or 0)
        with socket.create_connection(address, KNOCK_S) as connection:
            connection.sendall(chance.randbytes(chance.randrange(1, LONGEST)))
