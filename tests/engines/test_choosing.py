"""Candidates in order, and why one is taken or refused; nothing that is refused stays open."""

import re
from pathlib import Path

import made_up_engines
import pytest
from made_up_engines import Bench, Fault, First, install, made_up_model, miss
from structlog.testing import capture_logs

from livecare.engines import ENGINES, EngineEntry, choosing
from livecare.engines.choosing import Candidate, Refusal, choose_engine, list_candidates
from livecare.engines.protocol import Expected
from livecare.errors import EngineError, MissingExtraError
from livecare.frame import PIXEL_TYPES, PixelType
from livecare.models import Model

AUTO = ("first", "second", "onnxruntime")


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return install(monkeypatch)


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return made_up_model(tmp_path)


def candidates(*words: str) -> list[Candidate]:
    return [Candidate(*each.split()) for each in words]  # type: ignore[arg-type]


def choose(model: Model, *words: str, expected: Expected | None = None) -> choosing.Choice:
    return choose_engine(model, candidates(*words), 1, expected)


def test_the_first_that_passes_is_taken(bench: Bench, model: Model) -> None:
    expected = Expected((20, 30), batch=4)
    choice = choose_engine(model, list_candidates(), 1, expected)
    assert choice.candidate == Candidate("first", "fp16")
    assert choice.engine.name == "first"
    assert choice.check is not None
    assert choice.check.passed
    assert choice.refused == ()
    assert choice.words.startswith("first fp16 on paper; differs from fp32 by 0 of what")
    assert bench.open == ["first fp16"], "the reference and all others are closed"
    assert bench.made[0].expected == expected


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault(load=EngineError("first: no GPU")), "first: no GPU"),
        (Fault(infer=EngineError("first: out of memory")), "first: out of memory"),
        (Fault(load=MissingExtraError("driver", "gpu", "the first")), r"livecare\[gpu\]"),
        (Fault(counts=4000.0), r"it differs from fp32 by [\d.]+ of what the network changes"),
        (Fault(nan=True), "differs from fp32 by nan"),
    ],
)
def test_the_next_is_taken_where_one_fails(
    bench: Bench, model: Model, fault: Fault, reason: str
) -> None:
    bench.faults["first"] = fault
    expected = Expected((20, 30), "float32", "float32")
    with capture_logs() as logs:
        choice = choose_engine(model, list_candidates(), 1, expected)
    assert choice.engine.name == "second"
    [refusal] = choice.refused
    assert refusal.candidate == Candidate("first", "fp16")
    assert re.search(reason, refusal.reason)
    assert f"; not first fp16: {refusal.reason}" in choice.words
    assert bench.open == ["second fp32"]
    assert [(each["event"], each["engine"]) for each in logs] == [
        ("engine not taken", "first fp16")
    ]


def test_the_reference_is_its_own_judge(bench: Bench, model: Model) -> None:
    for name in ("first", "second"):
        bench.faults[name] = Fault(load=EngineError(f"{name}: no"))
    choice = choose_engine(model, list_candidates(), 1)
    assert choice.engine.name == "onnxruntime"
    assert choice.check is None
    assert choice.words == (
        "onnxruntime fp32 on paper; not first fp16: first: no; not second fp32: second: no"
    )
    assert bench.loaded("onnxruntime") == 1


def test_the_reference_in_another_precision_is_compared_with_itself(
    bench: Bench, model: Model
) -> None:
    choice = choose(model, "onnxruntime int8", "onnxruntime fp32")
    assert choice.engine.precision == "int8"
    assert choice.check is not None
    choice.engine.close()
    bench.faults["onnxruntime int8"] = Fault(counts=9000.0)
    choice = choose(model, "onnxruntime int8", "onnxruntime fp32")
    assert choice.engine.precision == "fp32"
    assert bench.open == ["onnxruntime fp32"]


def test_what_runs_no_network_is_not_compared(bench: Bench, model: Model) -> None:
    choice = choose_engine(model, list_candidates("identity"), 1)
    assert choice.check is None
    assert choice.words == "identity exact on cpu"
    assert bench.made == []


def test_none_left_names_every_reason_and_leaves_nothing_open(bench: Bench, model: Model) -> None:
    bench.faults = {
        "first": Fault(load=EngineError("first: no GPU")),
        "second": Fault(counts=5000.0),
        "onnxruntime": Fault(precision="fp32"),
    }
    with pytest.raises(EngineError, match="no engine can run the model 'made up'") as caught:
        choose(model, "first fp16", "second bf16", "second fp32")
    words = str(caught.value)
    assert "first fp16: first: no GPU" in words
    assert len(re.findall(r"second \w+: it differs from fp32 by", words)) == 2
    assert bench.open == []


def test_a_reference_that_fails_refuses_all_that_are_compared_with_it(
    bench: Bench, model: Model
) -> None:
    bench.faults["onnxruntime"] = Fault(load=EngineError("onnxruntime: no such operator"))
    with pytest.raises(EngineError) as caught:
        choose_engine(model, list_candidates(), 1)
    assert str(caught.value).count("no such operator") == 3
    assert bench.open == []


def test_a_reference_that_is_not_installed_names_its_extra(
    bench: Bench, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    miss(monkeypatch, "onnxruntime")
    with pytest.raises(EngineError, match=r"livecare\[onnxruntime-extra\]"):
        choose(model, "first fp16", "second fp32")
    assert bench.open == [], "what was compared with it is closed as well"


def test_a_package_that_cannot_be_imported_is_a_reason(
    bench: Bench, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = EngineEntry("made_up_engines.there_is_none", "First", precisions=("fp16",))
    monkeypatch.setitem(ENGINES, "first", broken)
    choice = choose_engine(model, list_candidates(), 1)
    assert choice.engine.name == "second"
    assert "cannot be imported" in choice.refused[0].reason
    assert bench.open == ["second fp32"]


def test_what_is_no_engine_is_a_reason(
    bench: Bench, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = EngineEntry("made_up_engines", "NoEngine", precisions=())
    monkeypatch.setitem(ENGINES, "first", entry)
    choice = choose_engine(model, list_candidates(), 1)
    assert (choice.engine.name, bench.open) == ("second", ["second fp32"])
    assert "no livecare engine" in choice.refused[0].reason


def test_an_error_of_ours_is_not_hidden(bench: Bench, model: Model) -> None:
    bench.faults["first"] = Fault(load=ZeroDivisionError())  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        choose_engine(model, list_candidates(), 1)


def test_a_model_without_a_test_frame_runs_on_the_reference_alone(
    bench: Bench, model: Model
) -> None:
    (model.folder / "test_input.npy").unlink()
    choice = choose_engine(model, list_candidates(), 1)
    assert choice.engine.name == "onnxruntime"
    assert [each.candidate.engine for each in choice.refused] == ["first", "second"]
    assert all("test_input.npy" in each.reason for each in choice.refused)
    assert bench.open == ["onnxruntime fp32"]


def test_what_was_refused_before_is_not_tried_again(bench: Bench, model: Model) -> None:
    before = Refusal(Candidate("first", "fp16"), "too slow")
    choice = choose_engine(model, list_candidates(), 1, None, (before,))
    assert choice.engine.name == "second"
    assert choice.refused == (before,)
    assert bench.loaded("first") == 0
    with pytest.raises(EngineError, match="first fp16: too slow"):
        choose_engine(model, list_candidates("first"), 1, None, (before,))


@pytest.mark.parametrize("shape", [(1, 1), (7, 9), (24, 32), (51, 33)])
@pytest.mark.parametrize("restored", PIXEL_TYPES)
@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_frames_as_they_will_come(
    bench: Bench, model: Model, dtype: PixelType, restored: PixelType, shape: tuple[int, int]
) -> None:
    choice = choose(model, "first fp16", expected=Expected(shape, dtype, restored))
    assert isinstance(choice.engine, First)
    assert choice.engine.batches == [(1, *shape)]
    assert bench.made == [choice.engine, bench.made[1]]


@pytest.mark.parametrize("kind", ["fixed", "anscombe"])
@pytest.mark.parametrize("axes", ["yx", "zyx"])
def test_all_models_can_be_checked(bench: Bench, tmp_path: Path, kind: str, axes: str) -> None:
    model = made_up_model(tmp_path, axes, stride=2, kind=kind)  # type: ignore[arg-type]
    assert choose(model, "first fp16").check is not None
    bench.faults["first"] = Fault(counts=5000.0)
    with pytest.raises(EngineError, match="differs from fp32"):
        choose(model, "first fp16")


def test_frames_that_are_none_of_the_models_are_said(bench: Bench, tmp_path: Path) -> None:
    model = made_up_model(tmp_path, "zyx")
    with pytest.raises(EngineError, match=r"restores frames \(z, y, x\), and none of \(20, 30\)"):
        choose(model, "first fp16", expected=Expected((20, 30)))
    assert bench.open == []


def test_the_fakes_are_those_of_the_table() -> None:
    assert made_up_engines.Reference.name == choosing.REFERENCE
    assert AUTO[-1] in ENGINES
