"""Real runs with keys: readers see, operators control, this user needs nothing, strangers get none.

Where this machine has another address than loopback, they come from there.
"""

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest
from guarded_run import GuardedRun, guarded, listening
from keyring import KeyRing, address_elsewhere
from live_run import LiveRun, Table, simulated
from run_here import assert_sound, cli

from livecare import run_place
from livecare.client import Pusher, subscribe
from livecare.client.endpoints import find_control, find_endpoint
from livecare.errors import UsageError
from livecare.link.asking import ask
from livecare.link.requests import Done, MarkRequest, OfferRequest, Refused, SwapRequest
from livecare.link.sockets import is_loopback
from livecare.link.telemetry import TelemetryListener
from livecare.sinks.reader import StoreReader

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the run is interrupted by a signal")
TIMEOUT_S = 60.0


@pytest.fixture
def default_run(tmp_path: Path) -> Iterator[LiveRun]:
    run = LiveRun(tmp_path, simulated(frames=None, rate_hz=50.0, engine="identity"))
    yield run
    run.close()


def endless(**more: object) -> Table:
    return simulated(frames=None, rate_hz=50.0, engine="identity") | more


def refused(listener: TelemetryListener, run: GuardedRun) -> str:
    """Wait until a listener is refused; the run goes on meanwhile."""
    run.until(lambda _: bool(listener.refusal))
    assert listener.latest() is None
    return listener.refusal


@pytest.mark.slow
def test_who_may_what(tmp_path: Path, ring: KeyRing) -> None:
    host = address_elsewhere() or "127.0.0.1"
    with guarded(tmp_path, ring, host, endless()) as run:
        run.until(lambda seen: seen.ledger.restored > 5)
        _readers_see_and_do_not_control(run)
        _operators_do_both_and_name_no_files(run)
        _strangers_get_nothing(run)
        _this_user_needs_no_key(run)
        _only_what_was_configured_is_open(run, host)
        [folder] = [each for each in run.rings.iterdir() if run_place.raw_ring(each).exists()]
        for file in (run_place.local_key_file(folder), run_place.orders_file(folder, "publisher")):
            assert not stat.S_IMODE(folder.stat().st_mode) & 0o077, file
        assert stat.S_IMODE(run_place.local_key_file(folder).stat().st_mode) == 0o600
        orders = run_place.orders_file(folder, "publisher").read_text(encoding="utf-8")
        assert "secret-key" not in orders
        report = run.end()
    assert report["ledger"]["lost"] == report["ledger"]["failed"] == 0
    assert_sound(run.store)
    assert [mark.text for mark in StoreReader(run.store).marks()] == ["by ben", "by this user"]
    turned_away = {(line["at"], line["why"]) for line in run.logged("turned away")}
    assert ("control", "a key that may only read") in turned_away
    assert ("telemetry", "a key that is on no list") in turned_away
    assert {line["key"] for line in run.logged("turned away") if "key" in line} == {
        ring.public("ann"),
        ring.public("eve"),
    }


def _readers_see_and_do_not_control(run: GuardedRun) -> None:
    with subscribe(run.as_("ann", "preview"), "raw", timeout_s=TIMEOUT_S) as frames:
        assert next(frames).pixels.shape == (64, 64)
    with pytest.raises(UsageError, match="may only read where control is asked for"):
        ask(run.as_("ann", "control"), MarkRequest("by ann"), TIMEOUT_S)


def _operators_do_both_and_name_no_files(run: GuardedRun) -> None:
    with subscribe(run.as_("ben", "preview"), "restored", timeout_s=TIMEOUT_S) as frames:
        assert next(frames).restoration is not None
    control = run.as_("ben", "control")
    assert isinstance(ask(control, MarkRequest("by ben"), TIMEOUT_S), Done)
    assert isinstance(ask(control, MarkRequest("two\nlines\x1b[2J"), TIMEOUT_S), Refused)
    for path in ("/etc/passwd", "../../etc", str(run.store), "run.toml", ""):
        answer = ask(control, SwapRequest(model=path), TIMEOUT_S)
        assert isinstance(answer, Refused)
        assert "by name" in answer.reason


def _strangers_get_nothing(run: GuardedRun) -> None:
    for endpoint in (run.as_("eve", "preview"), run.at["preview"]):
        with (
            subscribe(endpoint, "raw", timeout_s=TIMEOUT_S) as frames,
            pytest.raises(UsageError, match="key"),
        ):
            next(frames)
    for endpoint in (run.as_("eve", "control"), run.at["control"]):
        with pytest.raises(UsageError, match="key"):
            ask(endpoint, OfferRequest(), TIMEOUT_S)
    with TelemetryListener(run.as_("eve", "telemetry")) as eve:
        assert "refused this key" in refused(eve, run)
    with TelemetryListener(run.at["telemetry"]) as nobody:
        assert "key" in refused(nobody, run)


def _this_user_needs_no_key(run: GuardedRun) -> None:
    marked = cli("mark", "by this user", "--directory", run.rings)
    assert marked.returncode == 0, marked.stderr
    assert isinstance(ask(find_control(run.rings), OfferRequest(), TIMEOUT_S), object)
    swap = ask(find_control(run.rings), SwapRequest(model="/nowhere"), TIMEOUT_S)
    assert isinstance(swap, Refused)
    assert "there is no model '/nowhere'" in swap.reason, "it is looked up"
    with subscribe(find_endpoint(run.rings), "raw", timeout_s=TIMEOUT_S) as frames:
        assert next(frames).pixels.any()


def _only_what_was_configured_is_open(run: GuardedRun, host: str) -> None:
    ports = listening(run.family())
    configured = {int(endpoint.rsplit(":", 1)[1]) for endpoint in run.at.values()}
    assert {port for port, address in ports.items() if address == host} >= configured
    assert all(
        is_loopback(f"tcp://{address}:*")
        for port, address in ports.items()
        if port not in configured
    )


@pytest.mark.slow
def test_pushing_wants_an_operators_key(tmp_path: Path, ring: KeyRing) -> None:
    host = address_elsewhere() or "127.0.0.1"
    endpoint = _free(host)
    source = {"kind": "push", "push": {"endpoint": endpoint, "acquisitions": 1}}
    table = {"source": source, "restorer": {"enabled": False}}
    pixels = np.ones((32, 48), np.uint16)
    with guarded(tmp_path, ring, host, table) as run:
        for comes in (ring.at(endpoint, "ann"), ring.at(endpoint, "eve"), endpoint):
            pusher = Pusher(endpoint=comes, linger_s=0, block=True)
            with pytest.raises(UsageError, match="key"):
                all(pusher.send(pixels) for _ in iter(int, 1))
            pusher.end()
        with Pusher(endpoint=ring.at(endpoint, "ben"), block=True, linger_s=TIMEOUT_S) as ben:
            for _ in range(20):
                assert ben.send(pixels)
        assert run.process.wait(TIMEOUT_S) == 0, run.stderr
    assert len(list(StoreReader(run.store).lines("raw"))) == 20
    assert_sound(run.store)


def _free(host: str) -> str:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return f"tcp://{host}:{probe.getsockname()[1]}"


def test_a_port_scan_of_a_default_run_shows_loopback_only(default_run: LiveRun) -> None:
    run = default_run
    run.until(lambda seen: seen.ledger.restored > 5)
    parent = psutil.Process(run.process.pid)
    family = [parent, *parent.children(recursive=True)]
    assert len(family) >= 3
    ports = listening(family)
    assert len(ports) >= 8, "control, telemetry, preview, wakes, reports"
    assert set(ports.values()) == {"127.0.0.1"}
    for process in family:
        for connection in process.net_connections(kind="inet"):
            assert connection.laddr.ip == "127.0.0.1"
            assert connection.raddr == () or connection.raddr.ip == "127.0.0.1"
    if (elsewhere := address_elsewhere()) is not None:
        for port in ports:
            with pytest.raises(OSError, match=r"refused|timed out"):
                socket.create_connection((elsewhere, port), 5.0).close()
    run.interrupt()
    assert run.finish().exit_code == 0
