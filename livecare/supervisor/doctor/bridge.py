"""Asks whether a Micro-Manager on this machine serves its bridge, and which version."""

import json
import socket
from typing import Final

import zmq

from livecare.supervisor.doctor.finding import Finding

HOST: Final = "127.0.0.1"
PORT: Final = 4827
"""Micro-Manager's own; a second one takes the next."""
CONNECT_S: Final = 0.5
ANSWER_MS: Final = 2000
"""A server answers in milliseconds, and a busy one in a second."""
WORDS: Final = json.dumps({"command": "connect", "debug": False}).encode("iso-8859-1")
UNNAMED: Final = "2.0.0"
"""Version of servers from before they said it."""
WHAT: Final = "bridge"


def look_at_bridge(port: int = PORT) -> Finding:
    """Knock at the bridge; what answers is asked for nothing but its version."""
    try:
        socket.create_connection((HOST, port), CONNECT_S).close()
    except OSError:
        return Finding(
            WHAT,
            f"nobody listens on port {port}",
            "yellow",
            "to watch a running Micro-Manager: tick 'Run server on port 4827' in its Tools > "
            "Options",
        )
    answer = _ask(port)
    if answer is None:
        return Finding(
            WHAT,
            f"port {port} is open and does not answer within {ANSWER_MS / 1000:.0f} s",
            "red",
            "restart Micro-Manager; if it does not run, another program has its port",
        )
    try:
        reply = json.loads(answer.decode("iso-8859-1"))
        kind, server = reply["type"], reply.get("version", UNNAMED)
    except (ValueError, TypeError, KeyError, AttributeError):
        return Finding(
            WHAT,
            f"what listens on port {port} is no Micro-Manager: it said {answer[:40]!r}",
            "red",
            "end the program that has this port, and restart Micro-Manager",
        )
    if kind == "exception":
        words = str(reply.get("message", "without a reason"))
        return Finding(WHAT, f"the server refused: {words}", "red", "restart Micro-Manager")
    return Finding(WHAT, f"Micro-Manager's server {server} on port {port}")


def _ask(port: int) -> bytes | None:
    """Send the greeting; None if no answer comes."""
    context = zmq.Context()
    try:
        with context.socket(zmq.REQ) as asker:
            asker.linger = 0
            asker.connect(f"tcp://{HOST}:{port}")
            asker.send(WORDS)
            return asker.recv_multipart()[0] if asker.poll(ANSWER_MS) else None
    finally:
        context.term()
