"""Endpoints that others could reach: known in every spelling, and never bound without keys."""

import pytest

from livecare.errors import UsageError
from livecare.link.control import ControlServer
from livecare.link.requests import Done
from livecare.link.sockets import from_here, is_loopback, place_of
from livecare.publisher import check_endpoint
from livecare.sources.push import PushSettings, PushSource

OPEN = [
    "tcp://*:*",
    "tcp://0.0.0.0:5765",
    "tcp://[::]:5765",
    "tcp://192.0.2.2:*",
    "tcp://microscope:5765",
    "tcp://lo:*",
    "tcp://eth0:*",
    "tcp://2130706433:*",
    "tcp://127.1:*",
    "tcp://0x7f.1:*",
    "tcp://[::ffff:192.0.2.2]:*",
]
NO_ENDPOINTS = [
    "",
    "5765",
    "ipc:///x",
    "udp://127.0.0.1:1",
    "tcp://127.0.0.1",
    "tcp://127.0.0.1:99999",
    "tcp://127.0.0.1:1;127.0.0.1:2",
    "tcp://127.0.0.1@example.org:1",
    "tcp://127.0.0.1:1@0.0.0.0:1",
    "tcp://127.0.0.1:1/../0.0.0.0:1",
    "tcp://127.0.0.1:1\n",
    "tcp://127.0.0.1 :1",
    "TCP://127.0.0.1:1",
]
HERE = ["tcp://127.0.0.1:*", "tcp://localhost:1", "tcp://127.8.9.10:*", "tcp://[::1]:5765"]


@pytest.mark.parametrize("endpoint", OPEN)
def test_what_is_not_loopback_is_open(endpoint: str) -> None:
    assert not is_loopback(endpoint)
    assert place_of(endpoint)


@pytest.mark.parametrize("endpoint", HERE)
def test_what_is_loopback(endpoint: str) -> None:
    assert is_loopback(endpoint)


@pytest.mark.parametrize("endpoint", NO_ENDPOINTS)
def test_what_is_no_endpoint_is_none(endpoint: str) -> None:
    assert not is_loopback(endpoint)
    with pytest.raises(ValueError, match="no endpoint"):
        place_of(endpoint)


@pytest.mark.parametrize("endpoint", [*OPEN, *NO_ENDPOINTS])
def test_nothing_open_is_bound_without_keys(endpoint: str) -> None:
    with pytest.raises(UsageError, match=r"without \[security\] only this machine"):
        ControlServer(lambda _: Done(""), endpoint)
    with pytest.raises(UsageError, match=r"without \[security\] only this machine"):
        check_endpoint(endpoint)


@pytest.mark.parametrize("endpoint", OPEN)
def test_a_push_source_opens_nothing_without_keys(endpoint: str) -> None:
    source = PushSource(PushSettings(endpoint=endpoint))
    with pytest.raises(UsageError, match=r"without \[security\] only this machine"):
        source.open("run")
    source.close()


@pytest.mark.parametrize(("bound", "here"), [
    ("tcp://0.0.0.0:5", "tcp://127.0.0.1:5"),
    ("tcp://[::]:5", "tcp://[::1]:5"),
    ("tcp://192.0.2.2:5", "tcp://192.0.2.2:5"),
])  # fmt: skip
def test_how_this_machine_reaches_itself(bound: str, here: str) -> None:
    assert from_here(bound) == here
