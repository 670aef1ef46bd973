"""Two daemons in each other's way, and signals at every stage."""

import signal
import socket
import subprocess
import sys

import pytest
from fault_run import Trial
from fault_stages import Stage, await_closed_ring, go_on, reach, table_for
from live_run import PATIENCE_S, LiveRun, Table, merge, simulated
from run_here import cli

STAGES: tuple[Stage, ...] = ("starting", "acquiring", "draining", "backfilling", "ending")
SMALL = simulated(frames=30, rate_hz=100, size_yx=(32, 32))


def begun(trial: Trial) -> LiveRun:
    run = trial.start(table_for("acquiring"))
    run.until(lambda now: now.ledger.restored > 10)
    return run


def end(trial: Trial, run: LiveRun) -> None:
    before = run.now().ledger.acquired
    run.until(lambda now: now.ledger.acquired > before + 30)
    run.process.send_signal(signal.SIGINT)
    trial.settle(run)


def test_two_daemons_on_one_store(trial: Trial) -> None:
    """The second is refused by name, also where it is to overwrite; the first is unharmed."""
    first = begun(trial)
    store = {"path": str(first.store)}
    polite = trial.start(merge(SMALL, {"store": store}))
    rude = trial.start(merge(SMALL, {"store": {**store, "overwrite": True}}))
    for second in (polite.finish(), rude.finish()):
        assert second.exit_code == 2, second.stderr
        assert str(first.store) in second.stderr
        assert "Traceback" not in second.stderr
    assert f"process {first.process.pid}" in rude.stderr
    end(trial, first)


def test_two_daemons_on_one_ring_directory(trial: Trial) -> None:
    first = begun(trial)
    second = trial.start(merge(SMALL, {"ring": {"directory": str(first.rings)}}))
    outcome = second.finish()
    assert outcome.exit_code == 0
    assert first.folder.exists()
    end(trial, first)
    trial.settle(second, delivered=30)


PORTS: dict[str, tuple[Table, str]] = {
    key: ({"publish": {key: "{}"}}, f"publish.{key}") for key in ("preview", "telemetry", "control")
}
PORTS["push"] = ({"source": {"kind": "push", "push": {"endpoint": "{}"}}}, "source.push.endpoint")


@pytest.mark.parametrize("port", PORTS)
def test_two_daemons_on_one_port(trial: Trial, port: str) -> None:
    """Refused before anything is acquired, by port and key; whoever has it is unharmed."""
    table, key = PORTS[port]
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        endpoint = f"tcp://127.0.0.1:{squatter.getsockname()[1]}"
        run = trial.start(merge(SMALL, _filled(table, endpoint)))
        outcome = run.finish()
    assert outcome.exit_code == 2, outcome.stderr
    assert endpoint in outcome.stderr
    assert key in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert not run.store.exists()
    assert not run.rings.exists() or not list(run.rings.iterdir())
    trial.count(runs=1)


def _filled(table: Table, endpoint: str) -> Table:
    return {
        key: _filled(entry, endpoint) if isinstance(entry, dict) else entry.format(endpoint)
        for key, entry in table.items()
    }


@pytest.mark.parametrize(
    ("name", "stage"),
    [*(("SIGTERM", stage) for stage in STAGES), ("SIGINT", "acquiring"), ("SIGINT", "ending")],
)
def test_asked_to_end(trial: Trial, name: str, stage: Stage) -> None:
    """At once or while it ends already by itself: in order, and complete."""
    if stage == "backfilling":
        pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    table = table_for(stage)
    if stage in ("draining", "backfilling", "ending"):  # it comes to its end without a signal
        table["source"]["simulated"] |= {"frames": 250}
        table["restorer"] |= {"ready_timeout_s": PATIENCE_S}
    run = trial.start(table)
    if stage in ("draining", "backfilling"):
        run.until(lambda now: now.ledger.restored > 10)
        restorer = run.child("restorer")
        restorer.suspend()
        run.until(lambda now: now.stage == "draining")
        if stage == "backfilling":
            restorer.resume()
            run.until(lambda now: now.stage == "backfilling")
        run.process.send_signal(getattr(signal, name))
        if stage == "draining":
            restorer.resume()
    elif stage == "ending":
        run.until(lambda now: now.ledger.restored > 10)
        await_closed_ring(run)
        run.process.send_signal(getattr(signal, name))
    else:
        reach(run, stage)
        run.process.send_signal(getattr(signal, name))
    ledger = trial.settle(run).report["ledger"]
    assert ledger["restored"] == ledger["acquired"]


@pytest.mark.parametrize("stage", ["starting", "switched", "draining"])
def test_hung_up(trial: Trial, stage: Stage) -> None:
    """SIGHUP ends nothing."""
    run = trial.start(table_for(stage))
    reach(run, stage)
    run.process.send_signal(signal.SIGHUP)
    go_on(run, stage)
    trial.settle(run)


@pytest.mark.parametrize("stage", ["acquiring", "draining", "backfilling"])
def test_asked_twice(trial: Trial, stage: Stage) -> None:
    """The second time it ends at once: the children, too, and `recover` does the rest."""
    if stage == "backfilling":
        pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    run = trial.start(table_for(stage))
    reach(run, stage)
    if stage == "acquiring":
        run.child("restorer").suspend()  # it would end too soon
        run.process.send_signal(signal.SIGINT)
        run.until(lambda now: now.stage == "draining")
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(PATIENCE_S) == 3, run.stderr
    assert f"livecare recover {run.store}" in run.stderr
    assert not list(run.rings.iterdir())
    trial.settle_killed(run)


def test_recovered_by_two_at_once(trial: Trial) -> None:
    """A second `recover` waits or is refused; the recording is sound afterwards."""
    run = begun(trial)
    run.process.kill()
    run.process.wait(PATIENCE_S)
    command = [sys.executable, "-m", "livecare", "recover", str(run.store)]
    both = [subprocess.Popen(command, stdin=subprocess.DEVNULL) for _ in range(2)]
    codes = [each.wait(PATIENCE_S) for each in both]
    assert 0 in codes
    assert cli("recover", run.store).returncode == 0
    trial.settle_killed(run)
