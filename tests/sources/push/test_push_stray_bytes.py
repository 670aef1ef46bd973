"""Bytes that are a message of ZeroMQ's first protocol, by chance or from a very old program."""

import contextlib
import socket
from urllib.parse import urlsplit

from livecare.sources.push.inbox import Inbox

GREETING_OF_ZMTP_1 = b"\x01\x00"
HELLO = b"\x06\x00hello"


def test_a_message_of_the_first_protocol_is_of_no_known_connection() -> None:
    inbox = Inbox("tcp://127.0.0.1:*", buffer_frames=4)
    address = "127.0.0.1", urlsplit(inbox.endpoint).port or 0
    with contextlib.closing(inbox), socket.create_connection(address) as stray:
        stray.sendall(GREETING_OF_ZMTP_1 + HELLO)

        mail = inbox.receive(60.0)

    assert mail is not None
    assert bytes(mail.parts[0]) == b"hello"
    assert mail.connection is None
