"""A GPU that is none, for every test here that wants one."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fake_runtime import FakeMachine


@pytest.fixture
def machine(tmp_path: Path) -> "FakeMachine":
    for package in ("onnx", "onnxruntime"):
        pytest.importorskip(package, reason="the extra 'test' is missing")
    from fake_runtime import FakeMachine  # noqa: PLC0415 it needs the two

    return FakeMachine(tmp_path)
