"""Changes that are asked for while a run goes on: made, refused, or taken back."""

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from changing_run import Asked, MadeUpPipeline
from made_up_engines import made_up_model, miss
from window_package import WINDOW_PACKAGE

from livecare.frame import StreamInfo
from livecare.link import FrameFailed, Ready, SwapRefused
from livecare.link.requests import Answer, Done, Refused, RelockRequest
from livecare.supervisor import change
from livecare.supervisor.plan import restorer_spec

pytestmark = pytest.mark.usefixtures("engines")
PATIENCE_S = 60.0
INFO = StreamInfo("run", "made up", (48, 64), "uint16")


def test_a_change_is_ordered_and_said_when_it_is_made(asked: Asked) -> None:
    answer = asked.ask(str(WINDOW_PACKAGE), "second", "bf16")
    assert answer == Done("livecare first low-light restoration: best")
    [ordered] = asked.pipeline.ordered
    assert ordered is asked.changes.restorers
    assert ordered is not None
    assert (ordered.engine, ordered.precision) == ("second", "bf16")
    assert ordered.model.folder == WINDOW_PACKAGE
    assert ordered.normalisation == "fixed", "what the new model wants"
    assert asked.pipeline.collection.restorer.changes == 1


def test_what_is_not_asked_for_stays_as_the_last_change_left_it(asked: Asked) -> None:
    asked.ask(engine="second")
    asked.ask(precision="bf16")
    asked.ask(str(WINDOW_PACKAGE))
    assert asked.first is not None
    assert [
        (each.engine, each.precision, each.model.name == asked.first.model.name)
        for each in asked.pipeline.ordered
        if each is not None
    ] == [("second", "auto", True), ("second", "bf16", True), ("second", "bf16", False)]


def test_the_orders_of_the_next_part_are_those_of_the_change(asked: Asked, tmp_path: Path) -> None:
    asked.ask(str(WINDOW_PACKAGE), "second")
    restorers = asked.changes.restorers
    assert restorers is not None
    spec = restorer_spec(asked.config, INFO, restorers, tmp_path, (), "nowhere", (), 3)
    assert (spec.model, spec.engine, spec.revision) == (str(WINDOW_PACKAGE), "second", 3)


def test_a_run_that_records_only(tmp_path: Path) -> None:
    recording = Asked(tmp_path, enabled=False)
    assert "restorer.enabled" in recording.refused("default")
    assert recording.pipeline.ordered == []


def test_nothing_can_be_asked_before_the_restorer_is_ready(asked: Asked) -> None:
    asked.present = None
    assert "not ready: ask again" in asked.refused(None, "second")
    asked.present = asked.pipeline
    asked.pipeline.collection.restorer_gone()
    assert "not ready: ask again" in asked.refused(None, "second")
    assert asked.pipeline.ordered == []


def test_nothing_was_asked_for(asked: Asked) -> None:
    assert "give a model, an engine or a precision" in asked.refused()
    assert asked.pipeline.ordered == []


def test_what_cannot_be_is_refused_before_it_is_ordered(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "there is no model 'no-such-model'" in asked.refused("no-such-model")
    assert "gone.zip" in asked.refused(str(tmp_path / "gone.zip"))
    assert "bioimageio.yaml" in asked.refused(str(tmp_path)), "a folder that is no package"
    assert "there is no 'third'" in asked.refused(None, "third")
    assert "first cannot compute in bf16" in asked.refused(None, "first", "bf16")
    assert "identity cannot compute in fp16" in asked.refused(None, "identity", "fp16")
    miss(monkeypatch, "second")
    assert "livecare[second-extra]" in asked.refused(None, "second")
    assert asked.pipeline.ordered == []


def test_a_model_for_stacks_is_refused(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stacks = made_up_model(tmp_path / "stacks", "zyx")
    monkeypatch.setattr("livecare.supervisor.plan.find_model", lambda _: stacks)
    assert "restores stacks (zyx)" in asked.refused("stacks")
    assert asked.pipeline.ordered == []


@pytest.mark.parametrize(
    ("settings", "model", "words"),
    [
        (
            {"camera": {"gain": 2.0, "offset": 100.0, "read_noise": 1.0}},
            str(WINDOW_PACKAGE),
            "restorer.camera",
        ),
        ({"model": str(WINDOW_PACKAGE), "window": (90.0, 250.0)}, "default", "restorer.window"),
        ({"model": str(WINDOW_PACKAGE), "normalisation": "ema"}, "default", "'anscombe' only"),
    ],
)
def test_a_model_that_does_not_go_with_the_runs_normalisation_is_refused(
    tmp_path: Path, settings: dict[str, object], model: str, words: str
) -> None:
    asked = Asked(tmp_path, **settings)
    assert words in asked.refused(model)
    assert asked.pipeline.ordered == []


def test_a_change_that_the_restorer_refuses_is_taken_back(asked: Asked) -> None:
    asked.pipeline.reacts = lambda revision: revision == 1 and asked.pipeline.refuse(revision)
    assert asked.refused(None, "second") == "second: no GPU"
    wanted, back = asked.pipeline.ordered
    assert wanted is not None
    assert wanted.engine == "second"
    assert back is asked.first
    asked.pipeline.reacts = asked.pipeline.follow
    asked.ask(precision="fp32")
    assert asked.pipeline.ordered[-1] is not None
    assert asked.pipeline.ordered[-1].engine == "auto", "nothing of it is left"


def test_a_restorer_that_dies_while_it_gets_ready_is_given_its_old_orders(asked: Asked) -> None:
    asked.pipeline.reacts = lambda _: asked.pipeline.collection.restorer_gone()
    assert "ended while it got ready" in asked.refused(None, "second")
    assert asked.pipeline.ordered[1] is asked.first


def test_a_restorer_that_is_started_again_with_the_new_orders_has_followed_them(
    asked: Asked,
) -> None:
    def restart(revision: int) -> None:
        asked.pipeline.collection.restorer_gone()
        asked.pipeline.tell(Ready("second", "fp32", 1, 0.1, "m", "paper", "best", revision))

    asked.pipeline.reacts = restart
    assert asked.ask(None, "second") == Done("m: best")


def test_an_answer_to_another_order_is_none_to_this(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change, "PATIENCE_S", 0.0)
    monkeypatch.setattr(change, "LOOK_S", 0.0)
    asked.pipeline.reacts = lambda revision: asked.pipeline.tell(SwapRefused(revision - 1, "old"))
    assert "not ready within 0 s" in asked.refused(None, "second")
    asked.pipeline.reacts = lambda _: asked.pipeline.tell(FrameFailed(0, "no"))
    assert "not ready within 0 s" in asked.refused(None, "second")
    assert asked.pipeline.ordered[1::2] == [asked.first] * 2, "taken back"


@contextmanager
def while_waiting(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Answer]]:
    """Ask from another thread; the body runs when the order is given and awaited."""
    ordered = threading.Event()
    asked.pipeline.reacts = lambda _: ordered.set()
    monkeypatch.setattr(change, "LOOK_S", 0.01)
    answers: list[Answer] = []
    thread = threading.Thread(target=lambda: answers.append(asked.ask(None, "second")))
    thread.start()
    assert ordered.wait(PATIENCE_S)
    yield answers
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def test_an_answer_that_comes_later_is_waited_for(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    with while_waiting(asked, monkeypatch) as answers:
        asked.pipeline.follow(1)
    assert answers == [Done(f"{asked.pipeline.collection.restorer.ready_last.model}: best")]  # type: ignore[union-attr]


def test_a_run_that_is_over_waits_for_nothing_and_takes_nothing_back(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    with while_waiting(asked, monkeypatch) as answers:
        asked.changes.end()
    assert answers == [Refused("the run is over")]
    assert len(asked.pipeline.ordered) == 1


def test_frames_that_become_others_end_the_wait_for_a_part_that_has_ended(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    following = MadeUpPipeline()
    with while_waiting(asked, monkeypatch) as answers:
        asked.present = following
    [answer] = answers
    assert isinstance(answer, Refused)
    assert "a new recording has begun: ask again" in answer.reason
    assert len(asked.pipeline.ordered) == 1, "its sockets may be closed"
    assert following.ordered == [], "it began with what serves"
    following.reacts = following.follow
    assert isinstance(asked.ask(None, "second"), Done)
    assert len(following.ordered) == 1


def test_a_restorer_that_cannot_be_told_leaves_all_as_it_was(asked: Asked) -> None:
    asked.pipeline.lock(900.0)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    asked.pipeline.reacts = full
    reason = asked.refused(None, "second")
    assert reason.startswith("the restorer cannot be told: [Errno 28] No space left on device")
    assert "ring.directory" in reason
    answer = asked.changes.handle(RelockRequest())
    assert isinstance(answer, Refused)
    assert "cannot be told" in answer.reason
    assert asked.made == []


def test_what_cannot_be_taken_back_at_once_is_at_the_next_start(asked: Asked) -> None:
    def refuse_and_fill(revision: int) -> None:
        if revision == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        asked.pipeline.refuse(revision)

    asked.pipeline.reacts = refuse_and_fill
    assert asked.refused(None, "second") == "second: no GPU"
    assert asked.pipeline.adopted == [asked.first]
