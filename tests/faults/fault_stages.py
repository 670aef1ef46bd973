"""Brings a run to a stage, and strikes one of its processes there."""

import contextlib
import signal
import time
from typing import Literal

import psutil
from live_run import PATIENCE_S, LiveRun, Table, merge, simulated

from livecare import run_place
from livecare.link.asking import ask
from livecare.link.requests import Done, RecordRequest
from livecare.ring import OverrunnableReader, Phase

Stage = Literal["starting", "acquiring", "switched", "draining", "backfilling", "ending"]
Blow = Literal["kill", "pause", "freeze"]
"""kill -9; SIGSTOP and later SIGCONT; SIGSTOP for good."""

PAUSE_S = 0.5
"""How long a paused process stands still where nothing else tells the time, seconds."""
LOOK_S = 0.005
"""Time between two looks at a ring, seconds: it wakes nobody."""
CAMERA = {
    "restorer": {
        "engine": "identity",
        "camera": {"gain": 2.0, "offset": 100.0, "read_noise": 1.6},
        "ready_timeout_s": 5.0,  # a restorer that never gets ready is waited for no longer
    }
}
PATIENT_CAMERA = 100_000
"""Frames that a camera holds which shall lose none, however long the recorder stands still."""


def table_for(stage: Stage) -> Table:
    """Configure a run that stays in a stage long enough."""
    engine = "onnxruntime" if stage == "backfilling" else "identity"
    size = 128 if stage == "backfilling" else 48
    camera = simulated(
        frames=None,
        rate_hz=100,
        size_yx=(size, size),
        bank_frames=4,
        buffer_frames=PATIENT_CAMERA,
    )
    return merge(merge(camera, CAMERA), {"restorer": {"engine": engine}})


def reach(run: LiveRun, stage: Stage) -> None:
    """Wait until a run is in a stage; from "draining" on it has been asked to end."""
    if stage == "starting":
        run.until(lambda now: now.stage == "starting" and bool(run.children("publisher")))
        return
    run.until(lambda now: now.ledger.restored > 10)
    if stage == "switched":
        switch(run, on=False)
    elif stage in ("draining", "backfilling"):
        restorer = run.child("restorer")
        restorer.suspend()
        before = run.now().ledger.acquired
        run.until(lambda now: now.ledger.acquired > before + 150)
        run.process.send_signal(signal.SIGINT)
        run.until(lambda now: now.stage == "draining")
        if stage == "backfilling":
            restorer.resume()
            run.until(lambda now: now.stage == "backfilling")
    elif stage == "ending":
        run.process.send_signal(signal.SIGINT)
        await_closed_ring(run)


def switch(run: LiveRun, *, on: bool) -> None:
    """Have recording started or stopped, and wait until telemetry says so."""
    control = run_place.control_file(run.folder).read_text(encoding="utf-8")
    answer = ask(control, RecordRequest(on), PATIENCE_S)
    assert isinstance(answer, Done), answer
    run.until(lambda now: now.recording == on and now.stage == "acquiring")


def await_closed_ring(run: LiveRun) -> None:
    """Wait until a run tells its children that all is over, or is over itself."""
    folder = run.rings / f"livecare-{run.snapshots[-1].run_id}"
    with OverrunnableReader(run_place.raw_ring(folder)) as ring:
        while ring.phase != Phase.CLOSED and run.process.poll() is None:
            time.sleep(LOOK_S)


def victims(run: LiveRun, name: str) -> list[psutil.Process]:
    """Find the processes of a name; those that have ended meanwhile are passed over."""
    return [psutil.Process(run.process.pid)] if name == "recorder" else run.children(name)


def strike(run: LiveRun, name: str, blow: Blow, stage: Stage = "acquiring") -> None:
    """Strike the processes of a name, as they are now, in a stage that was reached."""
    struck = victims(run, name)
    for process in struck:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill() if blow == "kill" else process.suspend()
    if blow == "pause":
        if name == "recorder" or stage not in ("acquiring", "switched"):
            time.sleep(PAUSE_S)  # the fault itself: nobody says anything meanwhile
        else:
            before = run.snapshots[-1].ledger.acquired
            run.until(lambda now: now.ledger.acquired > before + 50)
        for process in struck:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


def go_on(run: LiveRun, stage: Stage) -> None:
    """After the blow: acquire some more where that is not over, and ask the run to end."""
    if stage == "switched":
        switch(run, on=True)
    if stage in ("starting", "acquiring", "switched"):
        run.until(lambda now: now.stage == "acquiring")
        before = run.snapshots[-1].ledger.acquired
        run.until(lambda now: now.ledger.acquired > before + 50)
        run.process.send_signal(signal.SIGINT)
    elif stage == "draining":
        thaw(run)


def thaw(run: LiveRun) -> None:
    """Let a restorer go on that stood still so that the run had something to wait for."""
    for process in run.strays():
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
