"""A thin network: a process that passes TCP on, so many bytes a second towards the viewer."""

import socket
import threading
import time
from multiprocessing.connection import Connection
from typing import Final

CHUNK_BYTES: Final = 16 << 10
"""What is passed on at once, bytes: some packets of a radio."""
BUFFERED_BYTES: Final = 64 << 10
"""What waits in the relay's sockets, bytes, before the sender has to: an access point's queue."""


def relay(connection: Connection, port: int, bytes_per_s: float) -> None:
    """Pass on what comes to a port of its own, which is said first, to another of this machine."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFERED_BYTES)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        connection.send(listening.getsockname()[1])
        while True:
            viewer, _ = listening.accept()
            run = socket.socket()
            run.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFERED_BYTES)
            try:
                run.connect(("127.0.0.1", port))
            except OSError:  # not there yet: the viewer tries again
                run.close()
                viewer.close()
                continue
            for work in ((run, viewer, bytes_per_s), (viewer, run, float("inf"))):
                threading.Thread(target=_pass_on, args=work, daemon=True).start()


def _pass_on(source: socket.socket, sink: socket.socket, bytes_per_s: float) -> None:
    """Pass on until one of them is closed; each chunk takes the time that the network would."""
    free_at_s = time.perf_counter()
    while True:
        try:
            chunk = source.recv(CHUNK_BYTES)
            if not chunk:
                break
            free_at_s = max(free_at_s, time.perf_counter()) + len(chunk) / bytes_per_s
            sink.sendall(chunk)
        except OSError:
            break
        time.sleep(max(0.0, free_at_s - time.perf_counter()))
    for each in (source, sink):
        each.close()
