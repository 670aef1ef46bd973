"""A serving is made in a thread: said when it is done, closed when nobody wants it any more."""

import threading

import pytest
from made_up_engines import PATIENCE_S, Fault
from stage_bench import StageBench

from livecare.errors import EngineError, ModelError
from livecare.link import RestorerSpec
from livecare.restorer.preparing import Preparing


def begin(spec: RestorerSpec) -> tuple[Preparing, threading.Event]:
    done = threading.Event()
    return Preparing(spec, done.set), done


def test_it_is_said_when_it_is_done(bench: StageBench) -> None:
    may_load = threading.Event()
    bench.engines.faults["first"] = Fault(may_load=may_load)
    preparing, done = begin(bench.spec(engine="first"))
    assert not preparing.done
    may_load.set()
    assert done.wait(PATIENCE_S)
    assert preparing.done
    serving = preparing.result()
    assert serving.spec is preparing.spec
    assert (serving.model.name, serving.choice.engine.name) == ("a", "first")
    assert bench.engines.open == ["first fp16"]


def test_it_is_said_when_it_cannot_be(bench: StageBench) -> None:
    bench.engines.faults["first"] = Fault(load=EngineError("first: no GPU"))
    preparing, done = begin(bench.spec(engine="first"))
    assert done.wait(PATIENCE_S)
    assert preparing.done
    with pytest.raises(EngineError, match="first: no GPU"):
        preparing.result()
    preparing, done = begin(bench.spec(model=str(bench.folder / "gone")))
    assert done.wait(PATIENCE_S)
    with pytest.raises(ModelError, match="gone"):
        preparing.result()


def test_what_is_not_wanted_any_more_is_closed_when_it_is_made(bench: StageBench) -> None:
    may_load = threading.Event()
    bench.engines.faults["first"] = Fault(may_load=may_load)
    preparing, _ = begin(bench.spec(engine="first"))
    preparing.abandon()
    closed = threading.Event()
    preparing._future.add_done_callback(lambda _: closed.set())  # behind what abandon() does
    may_load.set()
    assert closed.wait(PATIENCE_S)
    assert bench.engines.loaded("first") == 1
    assert bench.engines.open == []


def test_what_is_made_already_is_closed_at_once(bench: StageBench) -> None:
    preparing, done = begin(bench.spec(engine="first"))
    assert done.wait(PATIENCE_S)
    assert bench.engines.open == ["first fp16"]
    preparing.abandon()
    assert bench.engines.open == []


def test_what_cannot_be_made_needs_no_closing(bench: StageBench) -> None:
    preparing, done = begin(bench.spec(model=str(bench.folder / "gone")))
    assert done.wait(PATIENCE_S)
    preparing.abandon()
    assert preparing.done
