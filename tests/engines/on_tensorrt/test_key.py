import re
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("onnx", reason="the extra 'test' is missing")
from livecare.engines.cache import KEY_PATTERN
from livecare.engines.tensorrt.build import Plan
from livecare.engines.tensorrt.flavour import Flavour
from livecare.engines.tensorrt.key import Gpu, engine_key, for_turing, timing_key

PLAN = Plan((2048, 2304), 4, "fp16", "counts", "noise")
GPU = Gpu("NVIDIA GeForce RTX 4090", (8, 9), 128, "13.0")
FULL, RTX = Flavour("tensorrt", (11, 4, 0, 106), None), Flavour("tensorrt_rtx", (1, 7), None)
NETWORK = b"network"


def test_a_key_can_be_read_and_is_a_file_name() -> None:
    key = engine_key(NETWORK, PLAN, FULL, GPU)
    assert re.fullmatch(r"tensorrt-counts-2048x2304-b4-fp16-[0-9a-f]{32}", key)
    assert KEY_PATTERN.fullmatch(key)
    assert KEY_PATTERN.fullmatch(timing_key(FULL, GPU))
    assert engine_key(NETWORK, replace(PLAN), replace(FULL), replace(GPU)) == key


@pytest.mark.parametrize(
    "changed",
    [
        {"shape_yx": (2304, 2048)},
        {"batch": 5},
        {"precision": "fp32"},
        {"io": "units"},
        {"kind": "window"},
        {"spread": True},
    ],
)
def test_another_plan_has_another_key(changed: dict[str, Any]) -> None:
    assert engine_key(NETWORK, replace(PLAN, **changed), RTX, None) != engine_key(
        NETWORK, PLAN, RTX, None
    )


def test_another_network_or_version_has_another_key() -> None:
    keys = {
        engine_key(NETWORK, PLAN, FULL, GPU),
        engine_key(b"other", PLAN, FULL, GPU),
        engine_key(NETWORK, PLAN, replace(FULL, version=(11, 4, 0, 107)), GPU),
        engine_key(NETWORK, PLAN, RTX, GPU),
    }
    assert len(keys) == 4


@pytest.mark.parametrize(
    "changed",
    [{"name": "other"}, {"capability": (9, 0)}, {"multiprocessors": 114}, {"driver": "13.1"}],
)
def test_engines_of_the_full_one_belong_to_their_gpu(changed: dict[str, Any]) -> None:
    other = replace(GPU, **changed)
    assert engine_key(NETWORK, PLAN, FULL, other) != engine_key(NETWORK, PLAN, FULL, GPU)
    assert timing_key(FULL, other) != timing_key(FULL, GPU)


def test_engines_for_rtx_are_alike_from_ampere_on() -> None:
    ampere, turing = replace(GPU, capability=(8, 0)), replace(GPU, capability=(7, 5))
    assert [for_turing(each) for each in (None, ampere, turing)] == [False, False, True]
    keys = [engine_key(NETWORK, PLAN, RTX, each) for each in (None, GPU, ampere, turing)]
    assert keys[0] == keys[1] == keys[2] != keys[3]


def test_measured_times_are_shared_by_all_engines_of_a_gpu() -> None:
    assert timing_key(FULL, GPU) == timing_key(replace(FULL), replace(GPU))
    assert timing_key(replace(FULL, version=(10, 16)), GPU) != timing_key(FULL, GPU)
