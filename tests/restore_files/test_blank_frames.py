"""Recordings that begin in the dark are locked to their first frames with light."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from small_models import Restore, write_model

from livecare.errors import ConfigError
from livecare.models import Model

DARK = np.full((10, 48, 64), 100, np.uint16)
LIT = (100 + 2 * np.random.default_rng(1).poisson(30.0, (10, 48, 64))).astype(np.uint16)


def write(folder: Path, frames: np.ndarray) -> Path:
    path = folder / "recorded.tif"
    tifffile.imwrite(path, frames, imagej=True, metadata={"axes": "TYX"})
    return path


@pytest.mark.parametrize("kind", ["fixed", "anscombe"])
def test_frames_in_the_dark_do_not_count(restore: Restore, tmp_path: Path, kind: str) -> None:
    model, out = Model.load(write_model(tmp_path / "model", kind=kind)), tmp_path / "restored.tif"
    [late] = restore(write(tmp_path, np.concatenate([DARK, LIT])), out, model=model).restored
    [prompt] = restore(write(tmp_path, LIT), out, model=model, overwrite=True).restored
    assert late.frames == 20
    assert late.locks[0].record == prompt.locks[0].record
    assert "8 frames" in late.locks[0].source


def test_a_recording_without_any_light(restore: Restore, tmp_path: Path, model: Model) -> None:
    """A window is one count wide then; noise units are refused, since there is no noise."""
    source = write(tmp_path, DARK)
    [done] = restore(source, tmp_path / "restored.tif", model=model).restored
    assert done.locks[0].record == {"low": 100.0, "high": 101.0}
    assert (tifffile.imread(done.target.restored) == 100).all()
    units = Model.load(write_model(tmp_path / "units", kind="anscombe"))
    with pytest.raises(ConfigError, match="no noise at all"):
        restore(source, tmp_path / "none.tif", model=units)
