"""Which engines may run a model here, and in which order; errors name the cure."""

import re
from dataclasses import replace

import pytest
from made_up_engines import Bench, install, miss

from livecare.engines import ENGINES, EngineEntry
from livecare.engines.choosing import Candidate, list_candidates
from livecare.errors import ConfigError, MissingExtraError


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return install(monkeypatch)


@pytest.mark.usefixtures("bench")
@pytest.mark.parametrize(
    ("engine", "precision", "listed"),
    [
        ("auto", "auto", ["first fp16", "second fp32", "onnxruntime fp32"]),
        (
            "auto",
            "fp32",
            ["first fp32", "second fp32", "onnxruntime fp32", "first fp16"],
        ),
        ("auto", "fp16", ["first fp16", "second fp16", "second fp32", "onnxruntime fp32"]),
        ("auto", "bf16", ["second bf16", "first fp16", "second fp32", "onnxruntime fp32"]),
        ("auto", "int8", ["onnxruntime int8", "first fp16", "second fp32", "onnxruntime fp32"]),
        ("second", "auto", ["second fp32"]),
        ("second", "fp32", ["second fp32"]),
        ("second", "bf16", ["second bf16", "second fp32"]),
        ("onnxruntime", "int8", ["onnxruntime int8", "onnxruntime fp32"]),
    ],
)
def test_what_was_asked_for_comes_first_and_then_what_each_prefers(
    engine: str, precision: str, listed: list[str]
) -> None:
    found = list_candidates(engine, precision)  # type: ignore[arg-type]
    assert [each.words for each in found] == listed


@pytest.mark.usefixtures("bench")
def test_an_engine_that_runs_no_network_has_no_precision() -> None:
    assert list_candidates("identity") == [Candidate("identity", None)]
    assert Candidate("identity", None).words == "identity"
    with pytest.raises(ConfigError, match="precision: identity cannot compute in fp16"):
        list_candidates("identity", "fp16")


@pytest.mark.usefixtures("bench")
def test_an_unknown_engine_or_precision_lists_the_known() -> None:
    with pytest.raises(ConfigError, match="there is no 'third'; choose auto or one of first, sec"):
        list_candidates("third")
    with pytest.raises(ConfigError, match="there is no 'fp8'; choose auto or one of fp32, fp16"):
        list_candidates("auto", "fp8")  # type: ignore[arg-type]


def test_a_precision_that_the_engine_does_not_know_names_those_that_do(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        ENGINES, "second", replace(ENGINES["second"], packages=("sys",), extra="the-second")
    )
    with pytest.raises(ConfigError, match="precision: first cannot compute in bf16") as caught:
        list_candidates("first", "bf16")
    assert "second (pip install 'livecare[the-second]')" in str(caught.value)
    assert bench.made == []


@pytest.mark.usefixtures("bench")
def test_engines_that_are_not_installed_are_left_out_of_auto(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    miss(monkeypatch, "first")
    assert [each.words for each in list_candidates()] == ["second fp32", "onnxruntime fp32"]
    assert list_candidates("auto", "fp16")[0].words == "second fp16"


@pytest.mark.usefixtures("bench")
def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    miss(monkeypatch, "first")
    words = (
        "the engine 'first' needs the package 'no_such_package', which is not installed: "
        "run  pip install 'livecare[first-extra]'"
    )
    with pytest.raises(MissingExtraError, match=re.escape(words)):
        list_candidates("first")
    for name in ("second", "onnxruntime"):
        miss(monkeypatch, name)
    with pytest.raises(MissingExtraError, match="onnxruntime-extra"):
        list_candidates("auto")


@pytest.mark.usefixtures("bench")
def test_a_package_that_another_distribution_brought_is_named_by_the_one_that_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = EngineEntry(
        "made_up_engines", "First", ("sys",), "gpu-extra", "no-such-distribution", ("fp32",)
    )
    monkeypatch.setitem(ENGINES, "first", entry)
    with pytest.raises(MissingExtraError, match="'no-such-distribution', which is not") as caught:
        list_candidates("first")
    assert "livecare[gpu-extra]" in str(caught.value)
