"""Runs `restore_path` with a small model on one thread."""

from pathlib import Path
from typing import Any

import pytest
from small_models import Restore, write_model

from livecare.models.package import Model
from livecare.restore_files import Outcome, RestoreOptions, restore_path


@pytest.fixture
def model(tmp_path: Path) -> Model:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    return Model.load(write_model(tmp_path / "models" / "mean"))


@pytest.fixture
def restore(model: Model) -> Restore:
    """Restore IN to OUT; options by their names, `model` for another one."""

    def run(source: Path, out: Path, **chosen: Any) -> Outcome:  # noqa: ANN401 options of any type
        used = chosen.pop("model", model)
        watch = chosen.pop("watch", lambda *_: None)
        options = RestoreOptions(**chosen)
        return restore_path(
            source, out, used, options, engine="onnxruntime", threads=1, watch=watch
        )

    return run
