"""How large rings are, and what children are told."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from window_package import WINDOW_PACKAGE

from livecare.config import Config, make_config
from livecare.errors import ConfigError, ModelError, UsageError
from livecare.frame import PixelType, StreamInfo
from livecare.link import GuardSpec, NormalisationLocked
from livecare.supervisor.plan import (
    FEWEST_SLOTS,
    MOST_SLOTS,
    RING_BYTES,
    Restorers,
    plan_restorers,
    plan_rings,
    restorer_spec,
)


def config_of(**sections: dict[str, Any]) -> Config:
    return make_config(sections, "test")


def info_of(shape_yx: tuple[int, int], dtype: PixelType = "uint16") -> StreamInfo:
    return StreamInfo("run", "test", shape_yx, dtype)


@pytest.mark.parametrize(
    ("side", "slots"), [(16, MOST_SLOTS), (2048, 64), (4096, 16), (6000, FEWEST_SLOTS)]
)
def test_a_ring_fits_its_memory_within_limits(side: int, slots: int) -> None:
    rings = plan_rings(config_of(), info_of((side, side)))
    assert rings.raw_slots == slots
    assert rings.raw_frame_bytes == rings.restored_frame_bytes == 2 * side * side
    assert FEWEST_SLOTS <= rings.restored_slots <= slots
    if slots > FEWEST_SLOTS:
        assert rings.raw_slots * rings.raw_frame_bytes <= RING_BYTES


def test_a_configured_ring() -> None:
    config = config_of(ring={"slots": 4}, store={"restored_dtype": "float32"})
    rings = plan_rings(config, info_of((10, 30), "uint8"))
    assert rings.raw_slots == 4
    assert (rings.raw_frame_bytes, rings.restored_frame_bytes) == (300, 1200)


@pytest.mark.parametrize("batch", [1, 8, 256])
def test_the_restored_ring_holds_what_a_batch_needs(batch: int) -> None:
    rings = plan_rings(config_of(restorer={"max_batch": batch}), info_of((16, 16)))
    assert rings.restored_slots >= min(batch, FEWEST_SLOTS)


def test_restoring_may_be_off() -> None:
    assert plan_restorers(config_of(restorer={"enabled": False})) is None


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ModelError, match="no model 'nowhere'"):
        plan_restorers(config_of(restorer={"model": "nowhere", "engine": "identity"}))
    with pytest.raises(ConfigError, match="no 'abacus'"):
        plan_restorers(config_of(restorer={"engine": "abacus"}))


def test_what_is_configured_and_what_is_locked_are_handed_on(tmp_path: Path) -> None:
    settings = {"engine": "identity", "window": [1.0, 2.0], "threads": 3}
    config = config_of(restorer={"model": str(WINDOW_PACKAGE), **settings})
    restorers = plan_restorers(config)
    assert isinstance(restorers, Restorers)
    assert restorers.threads == 3
    for locked in ((), (NormalisationLocked("fixed", {"low": 3.0, "high": 4.0}),)):
        spec = restorer_spec(config, info_of((16, 16)), restorers, tmp_path, (), "there", locked)
        assert (spec.normalisation, spec.window, spec.locked) == ("fixed", (1.0, 2.0), locked)
        assert spec.camera is None
        assert spec.restored_dtype == "uint16"


CAMERA = {"gain": 2.0, "offset": 100.0, "read_noise": 1.5}


def test_a_camera_is_handed_on(tmp_path: Path) -> None:
    model = package_of(tmp_path, normalisation={"kind": "anscombe"})
    config = config_of(restorer={"engine": "identity", "model": model, "camera": CAMERA})
    restorers = plan_restorers(config)
    assert isinstance(restorers, Restorers)
    spec = restorer_spec(config, info_of((16, 16)), restorers, tmp_path, (), "there", None)
    assert (spec.normalisation, spec.camera) == ("anscombe", (2.0, 100.0, 1.5))


def test_guards_are_told_what_the_frames_are_like(tmp_path: Path) -> None:
    guards = {"on_alarm": "raw", "after_frames": 7}
    config = config_of(restorer={"engine": "identity", "guards": guards})
    restorers = plan_restorers(config)
    assert isinstance(restorers, Restorers)
    detail = {"exposure_ms": "20.5", "binning": "2x2"}
    info = StreamInfo("run", "test", (16, 16), "uint16", pixel_size_um=0.1, detail=detail)
    spec = restorer_spec(config, info, restorers, tmp_path, (), "there", ())
    assert spec.guards == GuardSpec("raw", 7, pixel_size_um=0.1, exposure_ms=20.5, binning=2)
    off = config_of(restorer={"engine": "identity", "guards": {"enabled": False}})
    assert restorer_spec(off, info, restorers, tmp_path, (), "there", ()).guards is None


@pytest.mark.parametrize(
    ("package", "restorer", "fault"),
    [
        ({"axes": "zyx"}, {}, "restores stacks"),
        ({}, {"normalisation": "anscombe"}, "intensity windows"),
        ({}, {"camera": CAMERA}, "restorer.camera"),
        ({}, {"normalisation": "per-frame", "window": [1, 2]}, "restorer.window"),
        ({"normalisation": {"kind": "anscombe"}}, {"normalisation": "fixed"}, "noise units"),
        ({"normalisation": {"kind": "anscombe"}}, {"window": [1, 2]}, "restorer.window"),
    ],
)
def test_settings_that_do_not_go_with_the_model(
    tmp_path: Path, package: dict[str, Any], restorer: dict[str, Any], fault: str
) -> None:
    model = package_of(tmp_path, **package)
    config = config_of(restorer={"engine": "identity", "model": model, **restorer})
    with pytest.raises(UsageError, match=fault):
        plan_restorers(config)


def package_of(folder: Path, **added: object) -> str:
    """Copy the model for intensity windows, changed."""
    shutil.copytree(WINDOW_PACKAGE, folder / "model")
    file = folder / "model" / "bioimageio.yaml"
    described = yaml.safe_load(file.read_text(encoding="utf-8"))
    described["config"]["livecare"] |= added
    file.write_text(yaml.safe_dump(described), encoding="utf-8")
    return str(folder / "model")
