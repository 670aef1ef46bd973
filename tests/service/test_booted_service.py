"""The units in a real systemd: ready in time, again after a kill or a hang; a stop in order."""

import json
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

import booted
import pytest
from booted import PATIENCE_S, Booted

from livecare.sinks.verify import verify

pytestmark = [
    pytest.mark.skipif(bool(booted.why_not()), reason=booted.why_not() or "it can"),
    pytest.mark.timeout(300),
]

UNIT, REAL, STUCK = "livecare@scope1", "livecare@real-engine", "livecare@stuck"
LIMIT_S = 5.0
"""From the start, or a kill, to READY: what a facility is promised on a machine of its own."""
WATCHDOG_S = 2
POLL_S = 0.1
"""Between two questions to systemd, seconds, which tells nothing by itself."""

CONFIG = """
[source]
kind = "simulated"
[source.simulated]
frames = 1000000000
size_yx = [256, 256]
rate_hz = 50.0
bank_frames = 16
[store]
path = "/var/lib/livecare/{name}/recording.ome.zarr"
on_existing = "number"
[ring]
directory = "/run/livecare/{name}"
[restorer]
enabled = {restored}
engine = "{engine}"
[log]
format = "json"
"""
# Round robin: times are those of a machine of its own, whatever else is tested on this one.
DROP_IN = f"""
[Service]
WatchdogSec={WATCHDOG_S}
CPUSchedulingPolicy=rr
CPUSchedulingPriority=1
RestrictRealtime=no
"""
STUCK_DROP_IN = f"""{DROP_IN}
ExecStart=
ExecStart=/opt/livecare/bin/stuck run --config /etc/livecare/%i.toml
"""
STUCK_PROGRAM = """
import threading
from pathlib import Path
from livecare.cli import main
from livecare.sinks.lane import Lane

append = Lane.append
once = Path("once")

def hang_once(lane, header, *more, **named):
    if header.sequence == 20 and not once.exists():
        once.touch()
        threading.Event().wait()
    append(lane, header, *more, **named)

Lane.append = hang_once
main()
"""


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    machine = Booted(tmp_path_factory.mktemp("booted"))
    for unit, restored, engine, drop_in in (
        (UNIT, "true", "identity", DROP_IN),
        (REAL, "true", "auto", DROP_IN),
        (STUCK, "false", "auto", STUCK_DROP_IN),
    ):
        name = unit.removeprefix("livecare@")
        config = CONFIG.format(name=name, restored=restored, engine=engine)
        machine.install(name, config, drop_in)
    machine.add_program("stuck", "/opt/livecare/bin/stuck.py")
    machine.add_file("/opt/livecare/bin/stuck.py", STUCK_PROGRAM)
    with machine:
        if complaint := machine.complaint():
            pytest.skip(f"no systemd can be booted here: {complaint}")
        yield machine


def until(condition: Callable[[], bool], machine: Booted, unit: str) -> None:
    """Ask systemd until something is so."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(machine.run("systemctl", "status", "--lines=50", unit))
        threading.Event().wait(POLL_S)


def show(machine: Booted, unit: str, *keys: str) -> list[str]:
    """Return properties of a unit, in this order."""
    said = machine.run("systemctl", "show", unit, *[f"--property={key}" for key in keys])
    values = dict(line.split("=", 1) for line in said.splitlines())
    return [values[key] for key in keys]


def recorded(machine: Booted, unit: str) -> int:
    found = re.search(r"recording (\d+) frames", machine.show(unit, "StatusText"))
    return int(found[1]) if found else 0


def restarted(machine: Booted, unit: str, times: int) -> bool:
    """Tell whether it has been started again so often, and is ready."""
    return show(machine, unit, "NRestarts", "ActiveState") == [str(times), "active"]


def ready_at_s(machine: Booted, unit: str) -> float:
    """Return when it became ready, on the clock of time.monotonic."""
    return int(machine.show(unit, "ActiveEnterTimestampMonotonic")) / 1e6


def send(machine: Booted, unit: str, number: signal.Signals) -> float:
    """Send a signal to its main process; return when."""
    now_s = time.monotonic()
    machine.run("systemctl", "kill", "--kill-whom=main", f"--signal={number.name}", unit)
    return now_s


def stores(machine: Booted, unit: str) -> dict[str, str]:
    """Verify every recording; return the state of each by its name."""
    folder = f"/var/lib/private/livecare/{unit.removeprefix('livecare@')}"
    states = {}
    for path in sorted(machine.path(folder).glob("*.ome.zarr")):
        found = verify(path)
        found.require_sound()
        states[path.name] = found.state
    return states


def recovered(machine: Booted, unit: str) -> int:
    """Count the interrupted recordings that were recovered."""
    journal = machine.run("journalctl", "--unit", unit, "-o", "cat")
    return journal.count("recovered an interrupted recording")


def log_lines(machine: Booted, unit: str) -> list[dict[str, str]]:
    """Return what the service wrote, each line as the object that it must be."""
    written = machine.run("journalctl", "--unit", unit, "-o", "json", "_TRANSPORT=stdout")
    messages = [json.loads(line)["MESSAGE"] for line in written.splitlines()]
    return [json.loads(message) for message in messages]


@pytest.mark.parametrize(
    ("unit", "limit_s"),
    [
        pytest.param(UNIT, PATIENCE_S, id="identity"),  # beside other tests, which take their time
        pytest.param(REAL, LIMIT_S, id="engine", marks=pytest.mark.slow),
    ],
)
def test_the_service_in_a_booted_systemd(
    machine: Booted, unit: str, limit_s: float, record_property: Callable[..., None]
) -> None:
    machine.run("systemctl", "start", unit)
    began_s = int(machine.show(unit, "InactiveExitTimestampMonotonic")) / 1e6
    took = {"start to READY": ready_at_s(machine, unit) - began_s}
    until(lambda: recorded(machine, unit) > 30, machine, unit)

    killed_s = send(machine, unit, signal.SIGKILL)
    until(lambda: restarted(machine, unit, 1), machine, unit)
    took["SIGKILL to READY"] = ready_at_s(machine, unit) - killed_s
    until(lambda: recovered(machine, unit) == 1, machine, unit)
    until(lambda: recorded(machine, unit) > 30, machine, unit)
    assert {line["process"] for line in log_lines(machine, unit)} >= {"recorder", "restorer"}

    stopped_s = send(machine, unit, signal.SIGSTOP)
    until(lambda: restarted(machine, unit, 2), machine, unit)
    took["SIGSTOP to READY"] = ready_at_s(machine, unit) - stopped_s
    until(lambda: recovered(machine, unit) == 2, machine, unit)
    until(lambda: recorded(machine, unit) > 30, machine, unit)

    machine.run("systemctl", "reload", unit)
    asked_s = time.monotonic()
    machine.run("systemctl", "stop", unit)
    took["stop"] = time.monotonic() - asked_s
    assert show(machine, unit, "Result", "ExecMainStatus") == ["success", "0"]
    found = list(stores(machine, unit).items())
    sys.stdout.write(f"{took} {found}\n")
    for what, seconds in took.items():
        record_property(what, round(seconds, 2))
    assert found[-1][0] == "recording.ome.zarr"
    assert sorted(state for _, state in found) == ["complete", "incomplete", "incomplete"]
    assert max(took["start to READY"], took["SIGKILL to READY"]) <= limit_s
    assert took["SIGSTOP to READY"] <= limit_s + WATCHDOG_S + 1


@pytest.mark.slow
def test_a_recording_thread_that_hangs_is_started_again(machine: Booted) -> None:
    machine.run("systemctl", "start", STUCK)
    until(lambda: restarted(machine, STUCK, 1), machine, STUCK)
    until(lambda: recovered(machine, STUCK) == 1, machine, STUCK)
    until(lambda: recorded(machine, STUCK) > 30, machine, STUCK)
    journal = machine.run("journalctl", "--unit", STUCK, "-o", "cat")
    assert f"Watchdog timeout (limit {WATCHDOG_S}s)!" in journal
    assert "in hang_once" in journal  # the fault handler says where
    machine.run("systemctl", "stop", STUCK)
    assert stores(machine, STUCK) == {
        "recording.1.ome.zarr": "complete",
        "recording.ome.zarr": "incomplete",
    }


def test_a_wrong_configuration_is_not_tried_again(machine: Booted) -> None:
    machine.path("/etc/livecare/wrong.toml").write_text("[store]\npth = 1\n", encoding="utf-8")
    machine.run("systemctl", "start", "livecare@wrong", may_fail=True)
    state = show(machine, "livecare@wrong", "ActiveState", "ExecMainStatus", "NRestarts")
    assert state == ["failed", "2", "0"]
