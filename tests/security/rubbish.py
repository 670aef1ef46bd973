"""What strangers send: random and mutated messages for each kind of socket, and bare bytes."""

import contextlib
import json
import random
import socket
from collections.abc import Callable
from typing import Final

import msgspec
import zmq

from livecare.errors import ProtocolError
from livecare.link.control import MOST_PARTS
from livecare.link.requests import MarkRequest, decode_request, encode

Parts = list[bytes]
Make = Callable[[], Parts]
SEEDS: Final = (
    {"type": "mark", "text": "drug added"},
    {"type": "swap", "model": "../../etc/passwd"},
    {"type": "swap", "engine": "none", "precision": "fp8"},
    {"type": "record", "on": True},
    {"type": "offer"},
)
ODD: Final = (None, True, -1, 2**63, 1e308, "", "x" * 3000, "\x1b[2J\n", [], {}, [[[]]], "\u202e")
TOPICS: Final = (b"", b"raw", b"restored", b"light/raw/2/none", b"light/", b"telemetry", b"\xff")
LINGER_MS: Final = 60_000
GREETING: Final = b"\xff" + bytes(7) + b"\x01\x7f" + b"\x03\x00NULL" + bytes(48)
READY: Final = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x04PUSH"
IN_A_CONNECTION: Final = 50
"""Pieces of rubbish that one connection gets, at most; most are ended by the other side before."""
ROUND: Final = 500
"""Messages after which a stranger leaves, and another one comes."""
PATIENCE_MS: Final = 1000
"""Until a question is asked again: answers to somebody who reads slowly are dropped."""
ASKED: Final = 60
"""Times that a question is asked."""


class Rubbish:
    """Makes messages, always the same ones."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def noise(self) -> Parts:
        draw = self.random
        return [
            draw.randbytes(draw.choice((0, 1, 8, 200))) for _ in range(draw.choice((1, 1, 2, 9)))
        ]

    def request(self) -> Parts:
        """For a ROUTER: half of it parses as JSON, some of it is a request."""
        draw = self.random
        if draw.random() < 0.2:
            return self.noise()
        request = dict(draw.choice(SEEDS))
        kind = draw.random()
        if kind < 0.4:
            request[draw.choice(["type", "text", "model", "on", "sequence", "x"])] = draw.choice(
                ODD
            )
        encoded = bytearray(json.dumps(request).encode())
        if kind > 0.5:
            for _ in range(draw.randint(1, 3)):
                encoded[draw.randrange(len(encoded))] = draw.randrange(256)
        before = draw.choice(([b""], [b"7", b""], [b"7"], [], [b""] * 9))
        return [*before, bytes(encoded)]

    def subscription(self) -> Parts:
        """For a PUB or XPUB: also what begins as a subscription, or as its end."""
        draw = self.random
        topic = draw.choice(TOPICS) if draw.random() < 0.5 else draw.randbytes(draw.randint(0, 40))
        return [draw.choice((b"\x00", b"\x01", b"\x02", b"")) + topic]

    def report(self) -> Parts:
        """For the reports: what would be one, too, from somebody who does not know the word."""
        draw = self.random
        if draw.random() < 0.3:
            return self.noise()
        kinds = ("Progress", "FrameFailed", "Ready", "NormalisationLocked", "Sabotage", "Degraded")
        report = {"type": draw.choice(kinds), "cursor": 10**6, "skipped": 10**6, "sequence": 3}
        encoded = msgspec.msgpack.encode(report | {"reason": "x", "values": {}, "kind": "fixed"})
        return draw.choice(([encoded], [draw.randbytes(32), encoded], [b"", encoded]))

    def bytes_alone(self) -> bytes:
        """For no protocol at all, or for ZeroMQ's as somebody gets it wrong."""
        draw = self.random
        whole = GREETING + READY + b"\x00\x04\x01raw" + b"\x02" + (2**62).to_bytes(8, "big")
        spoilt = bytearray(whole[: draw.randint(1, len(whole))])
        for _ in range(draw.choice((0, 1, 2, 8))):
            spoilt[draw.randrange(len(spoilt))] = draw.randrange(256)
        other = (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", draw.randbytes(300))
        return bytes(spoilt) if draw.random() < 0.7 else draw.choice(other)


def send_messages(endpoint: str, kind: int, make: Make, count: int) -> None:
    """Send so many, as strangers who come and go; wait until they have left.

    One who may be answered leaves when all that it sent is read: what a connection still holds
    when it breaks never comes to a socket, and nobody can count it.
    """
    for first in range(0, count, ROUND):
        with zmq.Context() as context, context.socket(kind) as stranger:
            stranger.setsockopt(zmq.LINGER, LINGER_MS)
            stranger.setsockopt(zmq.SNDHWM, 0)
            stranger.setsockopt(zmq.RCVHWM, 10)
            stranger.connect(endpoint)
            for _ in range(min(ROUND, count - first)):
                stranger.send_multipart(make())
                with contextlib.suppress(zmq.Again):
                    while kind != zmq.PUSH:
                        stranger.recv_multipart(zmq.NOBLOCK)
            if kind == zmq.DEALER:
                _read_to_here(stranger)


def _read_to_here(stranger: zmq.Socket[bytes]) -> None:
    """Ask something that is answered at once, and in turn: all before it is read then."""
    for number in range(ASKED):
        tag = f"read to here {number}".encode()
        stranger.send_multipart([tag, b"", encode(MarkRequest("read to here"))])
        while stranger.poll(PATIENCE_MS):
            if stranger.recv_multipart()[0] == tag:
                return
    raise AssertionError("what a stranger sent was not read")


def is_request(parts: Parts) -> bool:
    """Tell whether a message to a ROUTER asks something."""
    if b"" not in parts or len(parts) >= MOST_PARTS:
        return False
    try:
        decode_request(b"".join(parts[parts.index(b"") + 1 :]))
    except ProtocolError:
        return False
    return True


def send_bytes(endpoint: str, rubbish: Rubbish, count: int) -> int:
    """Send so many pieces of rubbish; return how many connections that took."""
    host, port = endpoint.removeprefix("tcp://").rsplit(":", 1)
    connections = sent = 0
    while sent < count:
        connections += 1
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 60) as raw:
            raw.settimeout(60)
            for _ in range(min(IN_A_CONNECTION, count - sent)):
                sent += 1
                raw.sendall(rubbish.bytes_alone())
    return connections
