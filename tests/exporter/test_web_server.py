"""What is served to this machine over real sockets, and what is refused."""

import http.client
import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

pytest.importorskip("uvicorn", reason="the extra 'metrics' is missing")
pytest.importorskip("starlette", reason="the extra 'metrics' is missing")

from exported import PATIENCE_S, SPEC, until, value, values, view

from livecare.errors import UsageError
from livecare.exporter.listener import check_listener, open_listener
from livecare.exporter.view import View
from livecare.exporter.web import Answers, Web


@dataclass
class Served:
    """A server, and what it shows."""

    port: int = 0
    view: View = field(default_factory=view)

    def ask(
        self,
        path: str,
        method: str = "GET",
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> tuple[int, str, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), dict(answer.getheaders())
        finally:
            connection.close()

    def say(self, words: bytes) -> bytes:
        """Send bytes of one's own, and return all that is answered until the other end closes."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as plain:
            plain.sendall(words)
            plain.shutdown(socket.SHUT_WR)
            answer = b""
            while more := plain.recv(1 << 16):
                answer += more
            return answer


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    listener = open_listener("127.0.0.1", 0)
    served.port = listener.getsockname()[1]
    web = Web(listener, Answers(lambda: served.view, SPEC))
    yield served
    web.close()
    assert not web.alive


def test_each_path_answers(served: Served) -> None:
    status, text, headers = served.ask("/metrics")
    assert status == 200
    assert value(values(text), "livecare_up") == 1
    assert headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "server" not in {name.lower() for name in headers}, "no banner"
    assert served.ask("/healthz")[:2] == (200, "livecare runs\n")
    status, text, _ = served.ask("/readyz")
    assert (status, json.loads(text)) == (200, {"ready": True, "reasons": []})
    status, text, _ = served.ask("/status")
    said = json.loads(text)
    assert (status, said["run_id"], said["fate"]) == (200, SPEC.run_id, "on")
    assert said["telemetry"]["total"]["acquired"] == 140


def test_a_run_that_is_silent_or_not_ready(served: Served) -> None:
    served.view = view(age_s=77.0)
    status, text, _ = served.ask("/healthz")
    assert status == 503
    assert "has said nothing for 77 s" in text
    served.view = view(free_minutes=1.0)
    status, text, _ = served.ask("/readyz")
    assert status == 503
    assert "the disk lasts for 1.0 min more" in json.loads(text)["reasons"][0]


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:9999", 200),
        ("LOCALHOST", 200),
        ("[::1]:9464", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost@evil.example", 403),
        ("localhost:80:80", 403),
        ("", 403),
    ],
)
def test_a_page_of_somebody_else_cannot_ask(served: Served, host: str, status: int) -> None:
    assert served.ask("/status", headers={"Host": host})[0] == status


def test_it_cannot_be_written_to(served: Served) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
        assert served.ask("/metrics", method)[0] == 405
    assert served.ask("/metrics", "GET", body=b"x" * 100)[0] == 413
    assert served.ask("/metrics", "GET", headers={"Transfer-Encoding": "chunked"})[0] == 413
    status, text, headers = served.ask("/metrics", "HEAD")
    assert (status, text) == (200, "")
    assert int(headers["content-length"]) > 1000


@pytest.mark.parametrize(
    "path", ["/", "/metrics/", "/../status", "/%2e%2e/etc/passwd", "/docs", "//status", "/x" * 999]
)
def test_there_is_nothing_else(served: Served, path: str) -> None:
    assert served.ask(path)[0] in (404, 307)


def test_garbage_changes_nothing(served: Served) -> None:
    host = b"Host: localhost\r\n"
    for words in (
        b"\x00\xff" * 500,
        b"GET /metrics HTTP/1.1\r\n\r\n",
        b"GET /metrics HTTP/1.1\r\n" + host + host + b"\r\n",
        b"GET /metrics HTTP/x\r\n" + host + b"\r\n",
        b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * (1 << 20) + b"\r\n\r\n",
        b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n",
    ):
        try:
            answer = served.say(words)
        except OSError:  # it did not listen to the end: reset, or not connected any more
            continue
        assert answer.startswith(b"HTTP/1.1 4"), answer[:200]
    assert served.ask("/healthz")[0] == 200


def test_a_port_that_is_taken_is_said_in_words(served: Served) -> None:
    with pytest.raises(UsageError, match=r"cannot serve metrics at 127\.0\.0\.1:.* another port"):
        check_listener("127.0.0.1", served.port)


def test_who_is_under_way_when_it_ends_holds_nobody_up() -> None:
    listener = open_listener("localhost", 0)
    port = listener.getsockname()[1]
    web = Web(listener, Answers(view, SPEC))
    until(lambda: web.alive)
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as slow:
        slow.sendall(b"GET /metr")
        web.close()
    assert not web.alive
