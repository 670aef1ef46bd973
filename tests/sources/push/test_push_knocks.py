"""Programs that only look whether the port answers, by the thousand, while no frame comes."""

import contextlib
import socket
import subprocess
import sys
import threading

import zmq
from push_bench import ANY_PORT

from livecare.link.sockets import place_of
from livecare.sources.push.inbox import Inbox

PATIENCE_S = 60.0
KNOCKS = 800
"""More than ZeroMQ's monitor holds unread: it then takes no connection any more."""
UNREAD = """
import socket
from livecare.link.sockets import place_of
from livecare.sources.push.inbox import Inbox

inbox = Inbox("tcp://127.0.0.1:*", 4)
place = place_of(inbox.endpoint)
try:
    while True:
        socket.create_connection((place.host, place.port), 0.2).close()
except OSError:  # ZeroMQ waits for somebody to read what it said
    inbox.close()
"""


def test_who_waits_for_a_sender_notes_them_and_the_sender_comes_in() -> None:
    with (
        contextlib.closing(Inbox(ANY_PORT, buffer_frames=4)) as inbox,
        zmq.Context() as context,
        context.socket(zmq.PUSH) as sender,
    ):
        place = place_of(inbox.endpoint)

        def knock() -> None:
            for _ in range(KNOCKS):
                socket.create_connection((place.host, place.port or 0), PATIENCE_S).close()
            sender.connect(inbox.endpoint)
            sender.send(b"a start")

        thread = threading.Thread(target=knock)
        thread.start()
        mail = inbox.receive(None)
        thread.join(PATIENCE_S)
        assert mail is not None
        assert bytes(mail.parts[0]) == b"a start"
        assert mail.connection == inbox.strangers.accepted == KNOCKS + 1


def test_a_source_that_reads_nothing_more_still_closes() -> None:
    subprocess.run([sys.executable, "-c", UNREAD], check=True, timeout=PATIENCE_S)
