"""What a service manager is told: decided without one, and sent through a real socket."""

import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from livecare.service_manager import (
    ENDING_S,
    EXTENSION_S,
    FEEDS,
    STATUS_INTERVAL_S,
    Look,
    Said,
    ServiceManager,
    decide,
    socket_address,
    watchdog_s,
)

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Unix sockets")
FEED = "WATCHDOG=1"
MORE_TIME = f"EXTEND_TIMEOUT_USEC={EXTENSION_S * 1e6:.0f}"
PERIOD_S = 20.0
READY = Look("ready", status="recording")
FAR_S = 1000.0
"""Between two looks: no interval matters."""


def feeds(*looks: Look) -> list[bool]:
    """Say at which of these looks the watchdog is fed."""
    said, fed = Said(), []
    for number, look in enumerate(looks):
        lines, said = decide(said, look, number * FAR_S, PERIOD_S)
        fed.append(FEED in lines)
    return fed


def test_ready_is_said_once() -> None:
    lines, said = decide(Said(), Look("opening", status="opening"), 0.0, PERIOD_S)
    assert lines == ["STATUS=opening"]
    lines, said = decide(said, READY, 0.1)
    assert lines == ["READY=1", "STATUS=recording"]  # however soon after the status before
    lines, said = decide(said, READY, 0.2)
    assert (lines, said.ready) == ([], True)


def test_stopping_is_said_once_and_with_time_to_end() -> None:
    said = Said(ready=True)
    look = Look("stopping", completed=4, status="draining")
    lines, said = decide(said, look, 0.0)
    assert lines == ["STOPPING=1", MORE_TIME, "STATUS=draining"]
    assert decide(said, look, FAR_S)[0] == []
    lines, said = decide(said, replace(look, completed=5), FAR_S)
    assert lines == [MORE_TIME]  # only what completes anything gets more time
    assert decide(said, replace(look, completed=6), FAR_S + 1)[0] == []  # it has enough


def test_who_ends_is_not_hurried_by_the_watchdog() -> None:
    said = Said(ready=True, fed_at_s=0.0)
    lines, _ = decide(said, Look("stopping"), 0.1, PERIOD_S)
    assert lines[:2] == ["STOPPING=1", f"WATCHDOG_USEC={ENDING_S * 1e6:.0f}"]
    assert decide(said, Look("stopping"), 0.1, 2 * ENDING_S)[0][1] == MORE_TIME


def test_what_gets_ready_has_time_and_what_waits_for_a_camera_has_not() -> None:
    said = Said()
    for number in range(3):
        lines, said = decide(said, Look("warming"), number * FAR_S)
        assert lines == [MORE_TIME]
    assert decide(Said(), Look("opening"), 0.0)[0] == []
    assert decide(Said(ready=True), Look("warming"), 0.0)[0] == []  # the next part's engine


def test_the_watchdog_is_fed_by_progress() -> None:
    moving = [replace(READY, recorded=n, waiting=3) for n in range(4)]
    assert feeds(*moving) == [True] * 4


def test_the_watchdog_is_fed_while_nothing_waits() -> None:
    assert feeds(*[replace(READY, recorded=7)] * 4) == [True] * 4


def test_the_watchdog_is_not_fed_while_frames_wait_and_none_is_recorded() -> None:
    hanging = replace(READY, recorded=7, waiting=1)
    going_on = replace(READY, recorded=8, waiting=1)
    assert feeds(hanging, hanging, hanging, going_on, going_on) == [True, False, False, True, False]


def test_the_watchdog_is_not_fed_more_often_than_helps() -> None:
    _, said = decide(Said(), READY, 0.0, PERIOD_S)
    assert FEED not in decide(said, READY, 0.9 * PERIOD_S / FEEDS, PERIOD_S)[0]
    assert FEED in decide(said, READY, 1.1 * PERIOD_S / FEEDS, PERIOD_S)[0]


def test_without_a_watchdog_nobody_is_fed() -> None:
    assert decide(Said(), READY, 0.0, None)[0] == ["READY=1", "STATUS=recording"]


def test_the_status_is_one_line_and_not_said_too_often() -> None:
    _, said = decide(Said(ready=True), replace(READY, status="one"), 0.0)
    two = replace(READY, status="two\nlines  and\ttabs")
    assert decide(said, two, 0.5 * STATUS_INTERVAL_S)[0] == []
    assert decide(said, two, STATUS_INTERVAL_S)[0] == ["STATUS=two lines and tabs"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "20000000"}, 20.0),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid())}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": ""}, 0.5),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": str(os.getpid() + 1)}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "-4"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "500000", "WATCHDOG_PID": "me"}, None),
    ],
)
def test_when_a_feed_is_due(environment: dict[str, str], expected: float | None) -> None:
    assert watchdog_s(environment) == expected


@POSIX
@pytest.mark.parametrize(
    ("named", "address"),
    [
        ("", None),
        ("@", None),
        ("relative/socket", None),
        ("vsock:2:1234", None),
        ("/run/systemd/notify", "/run/systemd/notify"),
        ("@abstract", b"\0abstract"),
    ],
)
def test_which_sockets_are_meant(named: str, address: str | bytes | None) -> None:
    assert socket_address(named) == address


@pytest.fixture(params=["file", "abstract"])
def mailbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """A service manager's socket, and how NOTIFY_SOCKET names it."""
    named = f"@livecare-{os.getpid()}-{id(request)}"
    address: str | bytes = b"\0" + named[1:].encode()
    if request.param == "file":
        named = address = str(tmp_path / "notify")
    elif sys.platform != "linux":
        pytest.skip("sockets without a file are Linux'")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as box:
        box.bind(address)
        box.settimeout(60)
        yield named, box


@POSIX
def test_a_real_socket_gets_it(mailbox: tuple[str, socket.socket]) -> None:
    named, box = mailbox
    manager = ServiceManager.from_environment({"NOTIFY_SOCKET": named, "WATCHDOG_USEC": "20000000"})
    assert manager.watchdog_s == 20.0
    manager.look(Look("ready", status="recording 5 frames, lost 0"))
    told = box.recv(4096).decode().split("\n")
    assert told == ["READY=1", FEED, "STATUS=recording 5 frames, lost 0"]


@POSIX
@pytest.mark.parametrize("named", ["", "nonsense", "/nowhere/at/all", "@nobody\0there", "@" * 300])
def test_a_socket_that_is_none_changes_nothing(named: str, tmp_path: Path) -> None:
    manager = ServiceManager.from_environment({"NOTIFY_SOCKET": named})
    for _ in range(3):
        manager.look(READY)
    (tmp_path / "file").touch()
    manager = ServiceManager.from_environment({"NOTIFY_SOCKET": str(tmp_path / "file")})
    manager.look(READY)


def test_what_was_not_taken_is_said_again() -> None:
    sent: list[str] = []
    takes = iter([False, False, True])

    def send(message: str) -> bool:
        sent.append(message)
        return next(takes)

    manager = ServiceManager(send, clock=lambda: 0.0)
    for _ in range(4):
        manager.look(READY)
    assert sent == ["READY=1\nSTATUS=recording"] * 3
