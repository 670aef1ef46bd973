"""A restorer that has no engine yet, or none at all: frames pass, it lives, and it tries again."""

import threading
import time
from pathlib import Path

import pytest
from made_up_engines import Fault
from stage_bench import StageBench
from step_by_step import Step, StepByStep

from livecare.errors import EngineError, EngineLostError, LivecareError, ModelError
from livecare.link import Degraded, GettingReady, RestorerSpec, SwapRefused
from livecare.restorer import first_engine
from livecare.restorer.first_engine import FirstEngine
from livecare.restorer.orders import Orders
from livecare.restorer.serving import Serving
from livecare.ring import Phase


class Beginning(StepByStep):
    """A restorer's beginning."""

    def idle(self) -> None:
        time.sleep(0.001)  # nothing is to happen but what goes on in the other thread

    def get(self, spec: RestorerSpec, *steps: Step) -> Serving:
        self.order(spec)
        self.steps = list(steps)
        first = FirstEngine(
            Orders(self.orders), self.prepared.release, self.bench.said.append, self.wait
        )
        serving, _ = first.get(self.bench.restored)
        self.bench.collect()
        return serving

    @property
    def degraded(self) -> list[Degraded]:
        return [each for each in self.bench.said if isinstance(each, Degraded)]

    @property
    def refused(self) -> list[SwapRefused]:
        return [each for each in self.bench.said if isinstance(each, SwapRefused)]


@pytest.fixture
def beginning(bench: StageBench) -> Beginning:
    return Beginning(bench)


def test_it_says_that_it_lives_while_an_engine_is_made(
    bench: StageBench, beginning: Beginning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_engine, "ALIVE_S", 0.0)
    may_load = threading.Event()
    bench.engines.faults["first"] = Fault(may_load=may_load)
    beginning.get(
        bench.spec(engine="first"),
        *[lambda: None] * 5,
        may_load.set,
        beginning.until_prepared,
    )
    words = [each for each in bench.said if isinstance(each, GettingReady)]
    assert len(words) > 5
    assert all(each.patience_s == 0 for each in words)


def test_a_model_that_is_damaged_and_mended(
    bench: StageBench, beginning: Beginning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_engine, "RETRY_S", 0.0)
    spec = bench.spec("a", engine="onnxruntime")
    [weights] = Path(spec.model).glob("*.onnx")
    good = weights.read_bytes()
    weights.write_bytes(good[:100] + bytes([good[100] ^ 1]) + good[101:])

    def show() -> None:
        assert len(beginning.degraded) >= 1
        bench.publish(range(3))

    serving = beginning.get(
        spec,
        beginning.until_prepared,
        beginning.until_prepared,
        show,
        lambda: weights.write_bytes(good),
    )
    assert serving.choice.engine.name == "onnxruntime"
    told = beginning.degraded[0]
    assert told.to == "raw"
    assert str(weights) in told.words
    assert "damaged or was exchanged" in told.words
    assert "Get the package again" in told.words
    assert [each.by.passed_through for each in bench.found] == [True], "the newest of three"
    assert bench.found[0].sequence == 2


def test_it_is_not_tried_over_and_over(bench: StageBench, beginning: Beginning) -> None:
    bench.engines.faults["onnxruntime"] = Fault(load=EngineError("onnxruntime: no"))
    with pytest.raises(EngineError, match="onnxruntime: no"):
        beginning.get(
            bench.spec(engine="onnxruntime"),
            beginning.until_prepared,
            *[lambda: None] * 50,
            bench.drain,
        )
    assert bench.engines.loaded("onnxruntime") == 1
    assert len(beginning.degraded) == 1


def test_newer_orders_are_tried_at_once(bench: StageBench, beginning: Beginning) -> None:
    bench.engines.faults["first"] = Fault(load=EngineError("first: no"))
    serving = beginning.get(
        bench.spec("a", engine="first"),
        beginning.until_prepared,
        lambda: beginning.order(bench.spec("b", engine="first", revision=1)),
        beginning.until_prepared,
        lambda: beginning.order(bench.spec("b", engine="onnxruntime", revision=2)),
    )
    assert (serving.model.name, serving.spec.revision) == ("b", 2)
    assert [each.revision for each in beginning.refused] == [1]
    assert "first: no" in beginning.refused[0].reason
    assert serving.ready_report().revision == 2


@pytest.mark.parametrize("phase", [Phase.DRAIN, Phase.CLOSED])
def test_where_no_live_frame_comes_any_more_it_ends(
    bench: StageBench, beginning: Beginning, phase: Phase
) -> None:
    """The supervisor starts it again a few times, and then gives up what is missing."""
    spec = bench.spec(model=str(bench.folder / "gone"))
    bench.raw.set_phase(phase)
    with pytest.raises(ModelError, match="gone"):
        beginning.get(spec)


@pytest.mark.parametrize(
    ("error", "raised"),
    [(EngineLostError("the GPU fell off the bus"), EngineLostError), (MemoryError(), None)],
)
def test_what_only_another_process_can_mend_ends_it_and_want_of_memory_does_not(
    bench: StageBench,
    beginning: Beginning,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    raised: type[LivecareError] | None,
) -> None:
    def fail(*_: object) -> None:
        raise error

    prepare = Serving.prepare
    monkeypatch.setattr(first_engine, "RETRY_S", 0.0)
    monkeypatch.setattr(Serving, "prepare", fail)
    spec = bench.spec(engine="onnxruntime")
    if raised is not None:
        with pytest.raises(raised):
            beginning.get(spec)
        return
    beginning.get(
        spec,
        beginning.until_prepared,
        lambda: monkeypatch.setattr(Serving, "prepare", prepare),
    )
    assert "no memory for the model" in beginning.degraded[0].words
