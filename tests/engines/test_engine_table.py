import subprocess
import sys
from dataclasses import replace

import pytest

from livecare.engines import (
    AUTO_ORDER,
    ENGINES,
    available_engines,
    make_engine,
    packages,
    resolve_engine,
)
from livecare.errors import ConfigError, MissingExtraError


def test_unknown_engine_lists_the_known() -> None:
    with pytest.raises(ConfigError, match="onnxruntime") as caught:
        make_engine("tensorflow")
    assert "identity" in str(caught.value)


def test_missing_package_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "find_spec", lambda _: None)
    for name in ("auto", "onnxruntime"):
        with pytest.raises(MissingExtraError, match=r"pip install 'livecare\[onnxruntime\]'"):
            make_engine(name)
    with pytest.raises(MissingExtraError, match="'tensorrt or tensorrt_rtx'"):
        make_engine("tensorrt")
    assert available_engines() == ("identity",)
    assert make_engine("identity").name == "identity"


def test_auto_is_the_best_installed() -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    installed = [name for name in AUTO_ORDER if ENGINES[name].available]
    assert resolve_engine("auto") == installed[0]
    assert installed[-1] == "onnxruntime"


def test_a_precision_that_an_engine_does_not_know() -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    with pytest.raises(ConfigError, match="'onnxruntime' does not compute in bf16; it knows fp32"):
        make_engine("onnxruntime", "bf16")
    with pytest.raises(ConfigError, match="no arithmetic at all"):
        make_engine("identity", "fp32")


def test_a_package_of_another_distribution_is_not_enough() -> None:
    """onnxruntime-gpu and onnxruntime bring the same package."""
    entry = replace(ENGINES["onnxruntime-cuda"], packages=(), distribution="no such distribution")
    assert not entry.available
    assert replace(entry, distribution="pytest").available


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_every_available_engine_can_be_made(name: str) -> None:
    if name not in available_engines():
        pytest.skip(f"the extra {ENGINES[name].extra} is missing")
    assert make_engine(name).name == name


def test_the_table_and_the_models_import_no_engine_library() -> None:
    script = (
        "import sys, livecare.models, livecare.engines as table\n"
        "livecare.models.load_bundled()\n"
        "table.available_engines()\n"
        "heavy = {'onnxruntime', 'torch', 'onnx', 'tensorrt', 'openvino', 'cuda'}\n"
        "found = heavy & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(found)) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
