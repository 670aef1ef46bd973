"""A viewer's way with runs: it waits, attaches, follows, and says what became of them."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ring_stage import RingStage
from viewed_run import PATIENCE_S, sequences, step_until

from livecare import run_place
from livecare.errors import UsageError
from livecare.frame import Ledger
from livecare.link.control import ControlServer
from livecare.link.requests import Answer, Done, MarkRequest, Refused, Request
from livecare.link.telemetry import Telemetry, TelemetryServer
from livecare.ring import Phase
from livecare.viewer.feed.here import LOOK_S, WAITING
from livecare.viewer.feed.session import Session
from livecare.viewer.feed.where import ENDED, NEXT_PART_S, SILENT_S, Where

ANY_PORT = "tcp://127.0.0.1:*"
NOBODY = "tcp://127.0.0.1:9"
MARK = MarkRequest("drug added")

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
Stage = Callable[..., RingStage]


def snapshot(run_id: str = "run") -> Telemetry:
    return Telemetry(
        run_id, "acquiring", Ledger(), None, -1, -1, 0.0, 0.0, 0.0, None, None, 0, None, "ready",
        "", "", "", 0, 0,
    )  # fmt: skip


def test_a_viewer_without_a_run_says_what_to_do(session: Session) -> None:
    step = session.step(0.0)
    assert (step.state, step.words, step.silent) == ("waiting", WAITING, False)
    assert (step.frames, step.telemetry, session.info) == ((), None, None)
    session.send(MARK)
    [(request, answer)] = session.step(0.1).answers
    assert request == MARK
    assert isinstance(answer, Refused)
    assert "no run" in answer.reason
    assert session.step(0.2).answers == ()


def test_it_looks_for_runs_twice_a_second_and_takes_frames_at_every_step(
    session: Session, stage: Stage
) -> None:
    session.step(0.0)
    run = stage()
    run.raw(0)
    assert session.step(LOOK_S - 0.1).state == "waiting"
    assert sequences(session.step(LOOK_S).frames) == [("run", 0)]
    run.raw(1)
    step = session.step(LOOK_S + 0.01)
    assert sequences(step.frames) == [("run", 1)]
    assert (step.state, step.words) == ("attached", "following run run")
    assert session.buffer.count == 2
    assert session.info == run.info


@pytest.mark.parametrize("how", ["end message", "closed ring"])
def test_the_end_of_a_run_is_said_once_no_part_follows(
    session: Session, stage: Stage, how: str
) -> None:
    run = stage()
    session.step(0.0)
    run.raw(0)
    if how == "end message":
        run.end()
    else:
        run.phase(Phase.CLOSED)
    step = session.step(1.0)
    assert sequences(step.frames) == [("run", 0)]
    assert step.state == "attached"
    assert session.step(1.0 + NEXT_PART_S - 0.01).state == "attached"
    step = session.step(1.0 + NEXT_PART_S)
    assert (step.state, step.words) == ("ended", ENDED)
    assert session.step(9.0).state == "ended", "its folder is there still, and is left alone"
    assert session.buffer.view(None, 1).channels[0].raw is not None
    again = stage("again")
    again.raw(0)
    assert sequences(session.step(10.0).frames) == [("again", 0)]


def test_the_next_part_of_a_run_is_followed(session: Session, stage: Stage) -> None:
    first = stage()
    session.step(0.0)
    first.raw(*range(4))
    session.step(0.1)
    first.raw(4)
    first.end()
    second = stage("run.1", shape_yx=(8, 8))
    step = session.step(0.2)
    assert sequences(step.frames) == [("run", 4)]
    assert session.info == first.info, "what is kept is still of the first part"
    assert session.buffer.count == 5
    step = session.step(0.3)
    assert (step.state, step.frames) == ("attached", ())
    assert session.info == first.info
    second.raw(0)
    assert sequences(session.step(0.4).frames) == [("run.1", 0)]
    assert session.info == second.info
    assert session.buffer.count == 1


def test_another_run_does_not_take_the_picture_away(session: Session, stage: Stage) -> None:
    first = stage()
    session.step(0.0)
    other = stage("other")
    other.raw(0)
    first.raw(0)
    assert sequences(session.step(1.0).frames) == [("run", 0)]
    first.end()
    assert session.step(2.0).frames == ()
    third = stage("run.1")
    third.raw(0)
    assert sequences(session.step(2.5).frames) == [("run.1", 0)], "its own next part goes first"
    third.end()
    session.step(3.0)
    assert sequences(session.step(3.0 + NEXT_PART_S).frames) == [("other", 0)]


def test_the_run_of_one_process_may_be_meant(tmp_path: Path, stage: Stage) -> None:
    stage()
    session = Session(Where(tmp_path, pid=1))
    assert session.step(0.0).state == "waiting"
    session.close()


def heard(session: Session, stage: Stage) -> TelemetryServer:
    """Let the session find a run whose telemetry a server sends."""
    server = TelemetryServer(ANY_PORT)
    run_place.telemetry_file(stage().folder).write_text(server.endpoint, encoding="utf-8")
    session.step(0.0)
    return server


def test_silence_is_spoken_of_and_a_newer_run_is_then_followed(
    session: Session, stage: Stage
) -> None:
    server = heard(session, stage)
    deadline = time.monotonic() + PATIENCE_S
    while session.step(0.0).telemetry is None:  # a subscription takes its time
        assert time.monotonic() < deadline
        server.send(snapshot())
        time.sleep(0.01)
    assert session.telemetry == snapshot()
    newer = stage("newer")
    newer.raw(0)
    step = session.step(SILENT_S)
    assert (step.silent, step.frames) == (False, ())
    step = session.step(SILENT_S + 0.1)
    assert step.silent
    assert step.words == "livecare has not answered for 2 s"
    step = session.step(SILENT_S + LOOK_S)
    assert sequences(step.frames) == [("newer", 0)]
    assert not step.silent
    server.close()


def test_a_viewer_that_stood_still_takes_its_own_pause_for_no_silence(
    session: Session, stage: Stage
) -> None:
    server = heard(session, stage)
    stage("newer").raw(0)
    step = session.step(0.1 + 2 * SILENT_S)
    assert (step.silent, step.frames) == (False, ())
    assert session.step(0.2 + 3 * SILENT_S).words == "following run run"
    server.close()


def test_a_run_that_is_followed_again_is_seen_live(session: Session, stage: Stage) -> None:
    server = TelemetryServer(ANY_PORT)
    first = stage("first")
    run_place.telemetry_file(first.folder).write_text(server.endpoint, encoding="utf-8")
    first.raw(0)
    session.step(0.0)
    other = stage("other", channels=("d",))
    other.raw(0, 1)
    for now_s in (1.0, 2.0, 3.0):
        session.step(now_s)
    assert session.step(4.0).words == "following run other", "the first one is silent"
    assert session.info == other.info
    assert session.info_of(session.buffer.view(0, 1)) == first.info, "one looks back into it"
    assert session.info_of(session.buffer.view(None, 1)) == other.info
    other.end()
    first.raw(1)
    for now_s in (5.0, 5.0 + NEXT_PART_S, 6.0 + NEXT_PART_S):
        session.step(now_s)
    [shown] = session.buffer.view(None, 1).channels
    assert shown.raw is not None
    assert (shown.raw.run_id, shown.raw.header.sequence) == ("first", 1)
    assert session.info == first.info
    server.close()


def test_what_is_asked_is_answered_also_where_the_endpoint_is_written_late(
    session: Session, stage: Stage
) -> None:
    def handle(request: Request) -> Answer:
        return Done(f"heard {request}")

    server = ControlServer(handle)
    run = stage()
    session.step(0.0)
    run_place.control_file(run.folder).write_text(server.endpoint, encoding="utf-8")
    session.step(1.0)
    session.send(MARK)
    answers = step_until(session, lambda step: bool(step.answers)).answers
    assert answers == ((MARK, Done(f"heard {MARK}")),)
    server.close()


def test_rings_that_cannot_be_read_are_spoken_of(session: Session, stage: Stage) -> None:
    run = stage()
    run_place.raw_ring(run.folder).rename(run.folder / "aside")
    run_place.raw_ring(run.folder).write_bytes(bytes(100))
    assert "cannot" not in session.step(0.0).words, "they may be in the making"
    assert "not a livecare ring" in session.step(SILENT_S + 0.1).words


def test_a_run_elsewhere_is_waited_for() -> None:
    session = Session(Where(preview=NOBODY))
    step = session.step(0.0)
    assert (step.state, step.words) == ("waiting", "waiting for livecare at tcp://127.0.0.1:9")
    session.send(MARK)
    [(_, answer)] = session.step(0.1).answers
    assert isinstance(answer, Refused)
    assert "--control" in answer.reason
    session.close()


@pytest.mark.parametrize(
    "where",
    [
        Where(preview="nowhere"),
        Where(preview=NOBODY, telemetry="nowhere"),
        Where(preview=NOBODY, telemetry=NOBODY, control="nowhere"),
    ],
    ids=["preview", "telemetry", "control"],
)
def test_what_is_no_endpoint_is_refused_at_once(where: Where) -> None:
    with pytest.raises(UsageError):
        Session(where)
