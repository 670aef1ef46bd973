"""A run takes the camera's values from the calibration of exactly its camera, if it may."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from livecare.camera import CameraKey, PixelMaps
from livecare.camera.calibration import Calibration, Measured
from livecare.camera.shelf import save
from livecare.config import make_config
from livecare.frame import StreamInfo
from livecare.link import RestorerSpec
from livecare.link.orders import read_spec
from livecare.supervisor.briefing import Briefing
from livecare.supervisor.joints import Joints
from livecare.supervisor.plan import plan_restorers

DETAIL = {"camera": "Zyla", "binning": "1", "bit_depth": 16, "readout": {"Gain": "1"}}


def keep(
    tmp_path: Path,
    correlation_yx: tuple[float, float] = (0.0, 0.0),
    saturation: float | None = None,
) -> None:
    calibration = Calibration(
        key=CameraKey("Zyla", "uint16", "1", 16, {"Gain": "1"}),
        method="still scene",
        measured="2026-03-01T10:00:00+00:00",
        frames=100,
        gain=Measured(2.2, 0.01),
        offset=Measured(100.5, 0.1),
        read_noise=Measured(1.7, 0.1),
        noise_free_level=Measured(94.0, 0.1),
        separated=True,
        levels=(101.0, 200.0),
        saturation=saturation,
        correlation_yx=correlation_yx,
    )
    save(calibration, PixelMaps(), tmp_path / "cameras" / "zyla")


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("livecare.camera.shelf.shelf_folder", lambda: tmp_path / "cameras")
    keep(tmp_path)


def ordered(tmp_path: Path, detail: dict[str, Any], **restorer: object) -> RestorerSpec:
    config = make_config({"restorer": {"engine": "identity", **restorer}}, "test")
    info = StreamInfo("run", "micromanager: Zyla", (64, 64), "uint16", detail=detail)
    briefing = Briefing(config, info, plan_restorers(config), tmp_path / "part")
    joints = SimpleNamespace(
        wake_endpoints=("a", "b"),
        control_waker=SimpleNamespace(endpoint="c"),
        inbox=SimpleNamespace(address="d"),
    )
    briefing.join(cast("Joints", joints), lambda: ())
    return read_spec(briefing.restorer_orders(), RestorerSpec)


def test_a_stream_of_the_camera_is_restored_with_its_calibration(tmp_path: Path) -> None:
    orders = ordered(tmp_path, DETAIL)
    assert orders.camera == (2.2, 100.5, 1.7)
    assert orders.camera_origin == "calibration zyla of 2026-03-01"


def test_guards_are_told_where_the_camera_is_full(tmp_path: Path) -> None:
    for full in (None, 63_800.0):
        keep(tmp_path, saturation=full)
        guards = ordered(tmp_path, DETAIL).guards
        assert guards is not None
        assert guards.saturation_adu == full
    other = ordered(tmp_path, DETAIL | {"binning": "2"}).guards
    assert other is not None
    assert other.saturation_adu is None


def test_another_mode_is_estimated_from_frames(tmp_path: Path) -> None:
    assert ordered(tmp_path, DETAIL | {"binning": "2"}).camera is None
    assert ordered(tmp_path, {}).camera is None


def test_the_configuration_goes_before_it_and_may_refuse_it(tmp_path: Path) -> None:
    camera = {"gain": 1.0, "offset": 0.0, "read_noise": 0.0}
    assert ordered(tmp_path, DETAIL, camera=camera).camera == (1.0, 0.0, 0.0)
    assert ordered(tmp_path, DETAIL, calibrations=False).camera is None


def test_a_damaged_calibration_stops_no_run(tmp_path: Path) -> None:
    (tmp_path / "cameras" / "zyla" / "calibration.json").write_text("{", encoding="utf-8")
    assert ordered(tmp_path, DETAIL).camera is None


def test_noise_that_neighbours_share_is_measured_from_frames(tmp_path: Path) -> None:
    keep(tmp_path, (0.6, 0.5))
    assert ordered(tmp_path, DETAIL).camera is None
    keep(tmp_path, (0.6, 0.1))
    assert ordered(tmp_path, DETAIL).camera is not None
