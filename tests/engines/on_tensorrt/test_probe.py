import sys

import pytest

from livecare.engines.tensorrt import engine as engine_module
from livecare.engines.tensorrt.engine import TensorRTEngine
from livecare.engines.tensorrt.key import Gpu
from livecare.engines.tensorrt.probe import COMMAND, probe_cuda
from livecare.errors import EngineError, MissingExtraError

ANSWER = '{"gpus": [{"name": "A", "capability": [8, 9], "multiprocessors": 48, "driver": "13.0"}]}'


def said_by(script: str, timeout_s: float = 60.0) -> list[Gpu] | str:
    return probe_cuda(timeout_s, (sys.executable, "-c", script))


def test_reads_the_gpus() -> None:
    assert said_by(f"print('a warning'); print('''{ANSWER}''')") == [Gpu("A", (8, 9), 48, "13.0")]


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("import os; os.abort()", "took its process along"),
        ("raise SystemExit('no libcudart')", "exit code 1, 'no libcudart'"),
        ("print('{}')", "cannot be read"),
        ("print('no json')", "cannot be read: 'no json'"),
        ("print('[1]')", "cannot be read"),
        ("", "cannot be read: ''"),
        ("""print('{"gpus": []}')""", "finds no GPU"),
        ("""print('{"gpus": [{"capability": []}]}')""", "cannot be read"),
        ("""print('{"reason": "no driver"}')""", "no driver"),
    ],
)
def test_whatever_goes_wrong_is_one_line(script: str, words: str) -> None:
    found = said_by(script)
    assert isinstance(found, str)
    assert "\n" not in found
    assert words in found


def test_a_driver_that_hangs_is_left_alone() -> None:
    hang = "import threading; threading.Event().wait()"
    assert "did not answer within 0.5 s" in str(said_by(hang, 0.5))


def test_a_python_that_does_not_start() -> None:
    assert "does not start" in str(probe_cuda(5.0, ("no-such-python-anywhere",)))


def test_this_machine_answers() -> None:
    """For real: a list of GPUs, or one line with what is missing."""
    found = probe_cuda()
    if isinstance(found, str):
        assert "\n" not in found
        assert "failed, cuda" in found or "cuda-bindings" in found
    else:
        assert all(gpu.name and gpu.multiprocessors > 0 for gpu in found)
    assert COMMAND[-1] == "livecare.engines.tensorrt.probe"


def test_the_engine_says_why_it_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx", reason="the extra 'tensorrt' is missing")
    from window_package import load_window_model  # noqa: PLC0415

    def no_tensorrt() -> None:
        raise MissingExtraError("tensorrt", "tensorrt", "the engine 'tensorrt'")

    monkeypatch.setattr(engine_module, "probe_cuda", lambda: "tensorrt: the driver hangs")
    monkeypatch.setattr(engine_module, "Cuda", lambda: None)
    monkeypatch.setattr(engine_module, "find_flavour", lambda: None)
    monkeypatch.setattr(engine_module, "Runtime", lambda *_: None)
    with pytest.raises(EngineError, match=r"^tensorrt: the driver hangs$"):
        TensorRTEngine().load(load_window_model(), threads=1)
    monkeypatch.setattr(engine_module, "find_flavour", no_tensorrt)
    with pytest.raises(MissingExtraError):
        TensorRTEngine().load(load_window_model(), threads=1)
