"""Cores of pymmcore-plus, in C++ and in Python, as Micro-Manager sources."""

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contracts.source import read_all
from demo_core import SIZE, demo, started

from livecare.sources import MicroManagerSettings
from livecare.sources.micromanager.core import configure
from livecare.sources.micromanager.settings import Mode

pytest.importorskip("pymmcore", reason="needs a real core: pip install livecare[micromanager]")
pytest.importorskip("mm_test_adapters", reason="needs DemoCamera: livecare[micromanager]")


def poisson_camera() -> Any:  # noqa: ANN401 a class of pymmcore-plus
    """Make a camera in Python that is in low light; DemoCamera cannot."""
    from pymmcore_plus.experimental.unicore import SimpleCameraDevice  # noqa: PLC0415 optional

    class PoissonCamera(SimpleCameraDevice):
        exposure_ms = 5.0

        def get_exposure(self) -> float:
            return self.exposure_ms

        def set_exposure(self, exposure: float) -> None:
            self.exposure_ms = exposure

        def sensor_shape(self) -> tuple[int, int]:
            return SIZE

        def dtype(self) -> type[np.uint16]:
            return np.uint16

        def snap(self, buffer: np.ndarray) -> dict[str, Any]:
            buffer[:] = np.random.default_rng().poisson(20.0, buffer.shape)
            return {}

    return PoissonCamera()


def plus_core(kind: str) -> Any:  # noqa: ANN401 optional
    plus = pytest.importorskip("pymmcore_plus", reason="needs pymmcore-plus")
    if kind == "CMMCorePlus":
        core = plus.CMMCorePlus()
        configuration = Path(importlib.import_module("mm_test_adapters").device_adapter_path())
        core.setDeviceAdapterSearchPaths([str(configuration)])
        core.loadSystemConfiguration(str(configuration / "MMConfig_demo.cfg"))
        configure(core, demo(None))
        return core
    unicore = importlib.import_module("pymmcore_plus.experimental.unicore")
    core = unicore.UniMMCore()
    core.loadPyDevice("Camera", poisson_camera())
    core.initializeDevice("Camera")
    core.setCameraDevice("Camera")
    return core


@pytest.mark.parametrize("kind", ["CMMCorePlus", "UniMMCore"])
@pytest.mark.parametrize("mode", ["own", "tap"])
def test_cores_of_pymmcore_plus_are_cores_too(
    monkeypatch: pytest.MonkeyPatch, kind: str, mode: Mode
) -> None:
    monkeypatch.setenv("PYMM_SIGNALS_BACKEND", "psygnal")
    core = plus_core(kind)
    if mode == "tap":
        core.startContinuousSequenceAcquisition(0)
    source, stream = started(MicroManagerSettings(mode=mode, config=None, frames=10), core)
    arrivals, frames = read_all(source, stream)
    source.close()
    core.stopSequenceAcquisition()
    core.reset()
    assert len(arrivals) == 10
    assert all(frame.shape == SIZE and frame.std() > 0 for frame in frames)
    assert stream.detail["camera"] == "Camera"
    assert (source.lost_at_end, source.problem) == (0, None)
