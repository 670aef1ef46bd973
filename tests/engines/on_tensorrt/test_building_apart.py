"""Builds in another process: kept, failing, crashing and left alone."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("onnx", reason="the extra 'test' is missing")
from livecare.engines.cache import Cache
from livecare.engines.tensorrt import building
from livecare.engines.tensorrt.build import Plan
from livecare.engines.tensorrt.building import COMMAND, Order, build_apart, build_ordered
from livecare.engines.tensorrt.flavour import Flavour, find_flavour
from livecare.engines.tensorrt.key import Gpu, timing_key
from livecare.errors import EXIT_FAILED, EngineError
from livecare.models import Model, load_bundled

SMALL = Plan((64, 48), 2, "fp16", "counts", "noise")
TURING = Gpu("NVIDIA GeForce RTX 2080 Ti", (7, 5), 68, "13.0")
FULL = Flavour("tensorrt", (11, 4), None)
TIMEOUT_S = 100.0


@pytest.fixture(scope="module")
def rtx() -> Flavour:
    pytest.importorskip("tensorrt_rtx", reason="the extra 'tensorrt-rtx' is missing")
    return find_flavour("tensorrt_rtx")


@pytest.fixture(scope="module")
def model() -> Model:
    return load_bundled("default-fast")


def test_a_process_builds_once_and_the_cache_keeps_it(
    rtx: Flavour, model: Model, tmp_path: Path
) -> None:
    cache = Cache(tmp_path)
    key = build_apart(model, SMALL, None, TIMEOUT_S, flavour=rtx, cache=cache)
    content = cache.read(key)
    assert content is not None
    assert len(content) > 500_000
    again = build_apart(
        model, SMALL, None, TIMEOUT_S, flavour=rtx, cache=cache, command=["would not start"]
    )
    assert again == key


def test_a_damaged_engine_is_built_again(rtx: Flavour, model: Model, tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    key = build_apart(model, SMALL, None, TIMEOUT_S, flavour=rtx, cache=cache)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    assert build_apart(model, SMALL, None, TIMEOUT_S, flavour=rtx, cache=cache) == key
    assert cache.read(key) is not None


def test_a_cache_that_cannot_be_written(rtx: Flavour, model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    cache = Cache(tmp_path / "file" / "engines")
    with pytest.raises(EngineError, match=r"cannot be kept in .*engines: make room"):
        build_apart(model, SMALL, None, TIMEOUT_S, flavour=rtx, cache=cache)


def ends_with(script: str) -> list[str]:
    return [sys.executable, "-c", script]


def build_with(
    command: Sequence[str], model: Model, folder: Path, timeout_s: float = TIMEOUT_S
) -> str:
    """Have the full TensorRT build by another command than ours."""
    cache = Cache(folder)
    return build_apart(model, SMALL, TURING, timeout_s, flavour=FULL, cache=cache, command=command)


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("import os; os.abort()", "took its process along .*driver"),
        ("raise SystemExit(1)", "took its process along .*exit code 1"),
        ("import sys; sys.exit('first\\ntensorrt: no kernel: update it')", "^tensorrt: no kernel"),
        ("raise ValueError('odd')", "building tensorrt-counts.* failed: ValueError: odd"),
        ("input()", "took longer than 0.5 s and was stopped"),
    ],
)
def test_a_process_that_fails_is_an_error_in_its_words(
    model: Model, tmp_path: Path, script: str, fault: str
) -> None:
    """The one that waits for input waits as long as we live, so that only the time-out ends it."""
    timeout_s = 0.5 if script == "input()" else TIMEOUT_S
    with pytest.raises(EngineError, match=fault):
        build_with(ends_with(script), model, tmp_path, timeout_s)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_segmentation_fault_costs_a_message(model: Model, tmp_path: Path) -> None:
    script = f"import os; os.kill(os.getpid(), {int(signal.SIGSEGV)})"
    with pytest.raises(EngineError, match=f"exit code -{int(signal.SIGSEGV)}"):
        build_with(ends_with(script), model, tmp_path)


def test_a_program_that_does_not_start(model: Model, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="does not start"):
        build_with([str(tmp_path / "nothing")], model, tmp_path)


def test_a_temporary_folder_that_cannot_be_written(
    model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(EngineError, match=r"^tensorrt: building .*gone, cannot be .*TMPDIR"):
        build_with(["would not start"], model, tmp_path / "cache")


def test_the_process_names_what_is_missing(model: Model, tmp_path: Path) -> None:
    """The full TensorRT is asked for; nothing is imported in this process."""
    if find_spec("tensorrt") is not None:
        pytest.skip("the full TensorRT is installed here")
    with pytest.raises(EngineError, match=r"livecare\[tensorrt\]"):
        build_apart(model, SMALL, TURING, TIMEOUT_S, flavour=FULL, cache=Cache(tmp_path))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_the_process_ends_when_its_parent_does(tmp_path: Path) -> None:
    """It waits for an order that never comes, and its standard input closes."""
    os.mkfifo(tmp_path / "order.json")
    process = subprocess.Popen([*COMMAND, str(tmp_path / "order.json")], stdin=subprocess.PIPE)
    with process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(TIMEOUT_S) == EXIT_FAILED


def test_measured_times_are_kept_for_the_next_build(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = []

    def build(*arguments: Any) -> SimpleNamespace:  # noqa: ANN401
        given.append(arguments[-1])
        return SimpleNamespace(engine=b"engine", timings=b"times")

    monkeypatch.setattr(building, "find_flavour", lambda _: FULL)
    monkeypatch.setattr(building, "build_network", build)
    network = tmp_path / "network.onnx"
    network.write_bytes(b"network")
    cache = Cache(tmp_path / "cache")
    order = Order(str(network), SMALL, "tensorrt", TURING, str(cache.folder), "key")
    build_ordered(order)
    assert (cache.read("key"), cache.read(timing_key(FULL, TURING))) == (b"engine", b"times")
    build_ordered(order)
    assert given == [b"", b"times"]
