"""What serves: made ready or refused with every reason, and told apart from what served before."""

from dataclasses import replace

import pytest
from lock_orders import SHAPE
from made_up_engines import Fault, MadeUpEngine
from stage_bench import StageBench

from livecare.engines.cache import Cache
from livecare.engines.choosing import Candidate
from livecare.engines.timings import Timings
from livecare.errors import ConfigError, EngineError, ModelError
from livecare.link import NormalisationLocked
from livecare.restorer import pace, serving
from livecare.restorer.pace import Pace
from livecare.restorer.serving import Serving

LOCKED = NormalisationLocked("fixed", {"low": 1.0, "high": 2.0})


def test_it_is_made_for_the_frames_to_come(bench: StageBench) -> None:
    bench.paces.by_engine["first"] = Pace(batch=4, backlog=9, seconds_per_frame=0.25)
    made = bench.serving(
        "a", engine="first", dtype="uint8", restored_dtype="float32", max_batch=6, revision=5
    )
    engine = made.choice.engine
    assert isinstance(engine, MadeUpEngine)
    assert engine.expected is not None
    expected = engine.expected
    assert (expected.shape, expected.dtype, expected.restored_dtype) == (SHAPE, "uint8", "float32")
    assert expected.batch == 6
    ready = made.ready_report()
    assert (ready.engine, ready.precision, ready.device) == ("first", "fp16", "paper")
    assert (ready.model, ready.revision) == ("a", 5)
    assert (ready.batch, ready.seconds_per_frame) == (4, 0.25)
    assert ready.why == made.choice.words
    assert made.ready_s > 0


def test_times_are_kept_for_the_next_run(
    bench: StageBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "measure_pace", pace.measure_pace)
    made = bench.serving("a", engine="first")
    expected = made.choice.engine.expected  # type: ignore[attr-defined]
    kept = Timings(Cache(bench.folder / "cache"), made.choice.engine, made.model, expected, 1)
    assert set(kept.read()) >= {1}


def test_limits(bench: StageBench) -> None:
    bench.paces.by_engine["first"] = Pace(batch=4, backlog=100, seconds_per_frame=0.001)
    made = bench.serving("a", engine="first")
    assert made.limited_to(8).pace == Pace(4, 8, 0.001)
    assert made.limited_to(1000, 2).pace == Pace(2, 100, 0.001)
    assert made.pace.backlog == 100


def test_what_cannot_be_made_says_why(bench: StageBench) -> None:
    with pytest.raises(ModelError, match="gone is no folder"):
        bench.serving(model=str(bench.folder / "gone"))
    with pytest.raises(ConfigError, match="there is no 'third'"):
        bench.serving(engine="third")
    with pytest.raises(ConfigError, match="first cannot compute in bf16"):
        bench.serving(engine="first", precision="bf16")
    with pytest.raises(ConfigError, match="knows no noise units"):
        bench.serving(normalisation="anscombe")
    bench.engines.faults["first"] = Fault(counts=5000.0)
    with pytest.raises(EngineError, match="first fp16: it differs from fp32 by"):
        bench.serving(engine="first")
    assert bench.engines.open == []


def test_an_engine_that_fails_while_it_is_warmed_up_is_passed_over(bench: StageBench) -> None:
    bench.paces.by_engine["first"] = EngineError("first: no memory for a batch of 4")
    made = bench.serving()
    assert made.choice.engine.name == "second"
    assert "not first fp16: first: no memory for a batch of 4" in made.choice.words
    assert bench.engines.open == ["second fp32"]
    for name in ("second", "onnxruntime"):
        bench.paces.by_engine[name] = EngineError(f"{name}: none either")
    made.choice.engine.close()
    with pytest.raises(EngineError) as caught:
        bench.serving()
    for words in ("batch of 4", "second: none either", "onnxruntime: none either"):
        assert words in str(caught.value)
    assert bench.engines.open == []


def test_what_was_refused_before_is_passed_over_and_named(bench: StageBench) -> None:
    first = bench.serving()
    refusal = replace(
        serving.Refusal(Candidate("first", "fp16"), "on live frames, no"), reason="on live frames"
    )
    made = Serving.prepare(bench.spec(), (*first.choice.refused, refusal))
    assert made.choice.engine.name == "second"
    assert made.choice.words.endswith("not first fp16: on live frames")


def test_the_same_units(bench: StageBench) -> None:
    bench.package("wide", kind="fixed", low_percentile=0.0, high_percentile=100.0)
    bench.package("own", kind="fixed", low=100.0, high=200.0)
    bench.package("noise", kind="anscombe")
    a, b = bench.serving("a"), bench.serving("b", engine="second", revision=3)
    others = [
        bench.serving("wide"),
        bench.serving("own"),
        bench.serving("noise", normalisation="anscombe"),
        bench.serving("a", normalisation="ema"),
    ]
    assert a.units_of(a)
    assert a.units_of(b)
    assert b.units_of(a)
    for other in others:
        assert not other.units_of(a)
        assert not a.units_of(other)


def test_orders_that_ask_for_what_serves(bench: StageBench) -> None:
    made = bench.serving("a", engine="first")
    for same in ({}, {"revision": 9}, {"locked": (LOCKED,)}):
        assert made.follows(bench.spec("a", engine="first", **same))
    for other in (
        {"engine": "second"},
        {"precision": "fp32"},
        {"model": bench.package("b")},
        {"normalisation": "ema"},
    ):
        assert not made.follows(bench.spec("a", **({"engine": "first"} | other)))
