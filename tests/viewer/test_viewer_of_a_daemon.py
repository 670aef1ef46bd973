"""A viewer beside a real run that stops, goes on, changes and is killed."""

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from live_run import free_port
from ring_stage import RingStage
from viewed_run import SIMULATED, ViewedRun, sequences, step_until

from livecare import run_place
from livecare.client.push import Pusher
from livecare.link.requests import MarkRequest
from livecare.viewer.feed.here import KILLED
from livecare.viewer.feed.session import Session, Step
from livecare.viewer.feed.where import Where

ANY_PORT = "tcp://127.0.0.1:*"
NOBODY = "tcp://127.0.0.1:9"
MARK = MarkRequest("drug added")

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
Stage = Callable[..., RingStage]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., ViewedRun]]:
    runs: list[ViewedRun] = []

    def begin(source: str = SIMULATED) -> ViewedRun:
        runs.append(ViewedRun(tmp_path / f"run{len(runs)}", tmp_path, source))
        return runs[-1]

    yield begin
    for run in runs:
        run.close()


@posix_only
def test_a_daemon_that_stops_goes_on_sends_other_frames_and_is_killed(
    session: Session, start: Callable[..., ViewedRun], stage: Stage, tmp_path: Path
) -> None:
    """One daemon for all of it, seen here and from elsewhere: to start one takes long."""
    assert session.step(time.monotonic()).state == "waiting"
    source, preview = (f"tcp://127.0.0.1:{free_port()}" for _ in range(2))
    run = start(
        f"[source]\nkind = 'push'\n[source.push]\nendpoint = '{source}'\n"
        f"[publish]\npreview = '{preview}'\n"
    )
    elsewhere = Session(Where(preview=preview))
    with contextlib.closing(elsewhere), Pusher(endpoint=source, linger_s=0) as pusher:
        _push_until_shown(pusher, (8, 8), session, elsewhere, run)
        step_until(session, lambda step: step.telemetry is not None, run)
        _is_silent_while_it_is_stopped(session, run)

        def goes_on(step: Step) -> bool:
            pusher.send(np.ones((8, 8), np.uint16))
            return not step.silent and bool(step.frames)

        step_until(session, goes_on, run)
        _push_until_shown(pusher, (16, 24), session, elsewhere, run)
        run.kill()
    killed = step_until(session, lambda step: step.state == "ended", run)
    assert killed.words == KILLED
    assert session.buffer.view(None, 1).channels[0].raw is not None, "the last frames stay"
    assert list(run_place.find_files(tmp_path, run_place.OWNER)), "its folder was left behind"
    stage("again").raw(0)
    step_until(session, lambda step: sequences(step.frames) == [("again", 0)])


def _is_silent_while_it_is_stopped(session: Session, run: ViewedRun) -> None:
    run.signal(signal.SIGSTOP)
    stopped = step_until(session, lambda step: step.silent, run)
    assert stopped.state == "attached"
    assert stopped.words.startswith("livecare has not answered for ")
    session.send(MARK)
    assert session.step(time.monotonic()).answers == ()
    run.signal(signal.SIGCONT)
    [(request, _)] = step_until(session, lambda step: bool(step.answers), run).answers
    assert request == MARK


def _push_until_shown(
    pusher: Pusher, shape_yx: tuple[int, int], here: Session, elsewhere: Session, run: ViewedRun
) -> None:
    """Send frames until both viewers show one beside its restored one, and keep no other shape."""

    def both_show(_: Step) -> bool:
        elsewhere.step(time.monotonic())
        pusher.send(np.ones(shape_yx, np.uint16))
        return _shows_a_pair(here, shape_yx) and _shows_a_pair(elsewhere, shape_yx)

    step_until(here, both_show, run)
    for viewer in (here, elsewhere):
        assert viewer.info is not None
        assert viewer.info.shape_yx == shape_yx
        raw_frames = [raw for raw, _ in viewer.buffer.history(0) if raw is not None]
        assert {raw.pixels.shape for raw in raw_frames} == {shape_yx}


def _shows_a_pair(session: Session, shape_yx: tuple[int, int]) -> bool:
    [channel] = session.buffer.view(None, 1).channels
    return channel.paired and channel.raw is not None and channel.raw.pixels.shape == shape_yx
