"""Asking a run and waiting: for its answer only, not for ever, and for no other program's."""

import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import zmq
from answering import PATIENCE_S, told

from livecare.errors import ProtocolError, UsageError
from livecare.link.asking import ask
from livecare.link.control import ControlServer
from livecare.link.requests import Done, SwapRequest


def test_a_run_that_has_ended_is_not_waited_for() -> None:
    server = ControlServer(told)
    server.close()
    with pytest.raises(UsageError, match=f"{server.endpoint} ended before it answered"):
        ask(server.endpoint, SwapRequest("a"), PATIENCE_S)


def test_a_run_that_answers_nothing_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        endpoint = f"tcp://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(UsageError, match=f"{endpoint} did not answer within 0 s"):
            ask(endpoint, SwapRequest("a"), 0.01)


@pytest.mark.parametrize("envelope", [(), (b"",), (b"0", b"", b""), (b"no number", b"")])
def test_an_answer_that_belongs_to_no_request_is_passed_over(
    threads: ThreadPoolExecutor, envelope: tuple[bytes, ...]
) -> None:
    """It wakes the asker, who must neither take it nor wait for ever."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as stranger:
        stranger.setsockopt(zmq.LINGER, 0)
        stranger.bind("tcp://127.0.0.1:*")
        endpoint = stranger.getsockopt_string(zmq.LAST_ENDPOINT)
        asked = threads.submit(ask, endpoint, SwapRequest("a"), PATIENCE_S)
        assert stranger.poll(int(PATIENCE_S * 1e3))
        *address, _ = stranger.recv_multipart()
        stranger.send_multipart([address[0], *envelope, b'{"type": "done", "words": "wrong"}'])
        stranger.send_multipart([*address, b'{"type": "done", "words": "right"}'])
        assert asked.result(PATIENCE_S) == Done("right")


@pytest.mark.parametrize("answer", [b"", b"{", b'{"type": "maybe"}', b"\xff", b"[" * 10_000])
def test_an_answer_of_another_program_is_no_answer(
    threads: ThreadPoolExecutor, answer: bytes
) -> None:
    with zmq.Context() as context, context.socket(zmq.REP) as stranger:
        stranger.setsockopt(zmq.LINGER, 0)
        stranger.bind("tcp://127.0.0.1:*")
        endpoint = stranger.getsockopt_string(zmq.LAST_ENDPOINT)
        asked = threads.submit(ask, endpoint, SwapRequest("a"), PATIENCE_S)
        assert stranger.poll(int(PATIENCE_S * 1e3))
        stranger.recv()
        stranger.send(answer)
        with pytest.raises(ProtocolError, match="no livecare"):
            asked.result(PATIENCE_S)
