"""Engines built ahead of a run: each said to be good or refused, none left open."""

from pathlib import Path

import pytest
from made_up_engines import Bench, Fault, install, made_up_model, miss

from livecare.engines.building import Built, build_engines
from livecare.errors import ConfigError, EngineError, MissingExtraError, ModelError
from livecare.models import Model

SIZE = (20, 30)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return install(monkeypatch)


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return made_up_model(tmp_path)


def build(
    model: Model, engine: str = "auto", precision: str = "auto", size: tuple[int, int] = SIZE
) -> list[Built]:
    built = build_engines(
        model,
        size,
        engine=engine,
        precision=precision,  # type: ignore[arg-type]
        batch=4,
        threads=1,
    )
    return list(built)


def test_every_engine_is_tried_and_said_to_be_good_or_refused(bench: Bench, model: Model) -> None:
    bench.faults["first"] = Fault(load=EngineError("first: no GPU"))
    found = build(model)
    assert [(each.engine, each.precision, each.good) for each in found] == [
        ("first", "fp16", False),
        ("second", "fp32", True),
        ("onnxruntime", "fp32", True),
    ]
    assert found[0].words == "first fp16: first: no GPU"
    assert found[1].words.startswith("second fp32 on paper; differs from fp32 by")
    assert found[2].words == "onnxruntime fp32 on paper"
    assert bench.open == []


def test_engines_are_built_for_the_frames_to_come(bench: Bench, model: Model) -> None:
    build(model, "first")
    expected = bench.made[0].expected
    assert expected is not None
    assert (expected.shape, expected.batch) == (SIZE, 4)
    assert bench.made[0].batches == [(1, *SIZE)]


def test_each_is_said_when_it_is_built(bench: Bench, model: Model) -> None:
    results = build_engines(model, SIZE, engine="auto", precision="auto", batch=1, threads=1)
    assert next(results).engine == "first"
    assert bench.loaded("second") == 0
    assert next(results).engine == "second"
    assert bench.open == []


def test_an_engine_that_is_off_is_refused_with_its_figures(bench: Bench, model: Model) -> None:
    bench.faults["second bf16"] = Fault(counts=5000.0)
    refused, good = build(model, "second", "bf16")
    assert not refused.good
    assert "second bf16: it differs from fp32 by" in refused.words
    assert (good.good, good.precision) == (True, "fp32")


def test_where_nothing_can_run_nothing_is_good(bench: Bench, model: Model) -> None:
    for name in ("first", "second", "onnxruntime"):
        bench.faults[name] = Fault(load=EngineError(f"{name}: no"))
    assert [each.good for each in build(model)] == [False] * 3


def test_what_cannot_be_is_refused_before_anything_is_built(
    bench: Bench, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="there is no 'third'"):
        build(model, "third")
    with pytest.raises(ConfigError, match="cannot compute in bf16"):
        build(model, "first", "bf16")
    miss(monkeypatch, "first")
    with pytest.raises(MissingExtraError, match="first-extra"):
        build(model, "first")
    assert bench.made == []


@pytest.mark.parametrize("size", [(0, 30), (20, 0), (-4, 30), (20, -1)])
def test_a_size_that_is_none_is_refused(bench: Bench, model: Model, size: tuple[int, int]) -> None:
    with pytest.raises(ConfigError, match="size"):
        build(model, size=size)
    assert bench.made == []


def test_a_model_for_stacks_is_refused(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="stacks"):
        build(made_up_model(tmp_path, "zyx"))
    assert bench.made == []
