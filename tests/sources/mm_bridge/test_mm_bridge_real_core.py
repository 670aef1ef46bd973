"""The simulated core writes tags and refuses an empty buffer as a real one does."""

import re
from pathlib import Path

import pytest

from livecare.simulated_bridge.camera import SimulatedCamera
from livecare.simulated_bridge.objects import CoreObject, JavaError, MetadataObject
from livecare.simulated_bridge.settings import SimulatedBridgeSettings
from livecare.sources.mm_bridge.tags import read_tags

pymmcore = pytest.importorskip("pymmcore", reason="a real core is needed")
adapters = pytest.importorskip("mm_test_adapters", reason="a real camera adapter is needed")


@pytest.fixture(scope="module")
def real_core() -> "pymmcore.CMMCore":
    folder = Path(adapters.device_adapter_path())
    core = pymmcore.CMMCore()
    core.setDeviceAdapterSearchPaths([str(folder)])
    core.loadSystemConfiguration(str(folder / "MMConfig_demo.cfg"))
    core.setProperty("Camera", "PixelType", "16bit")
    core.setExposure(1.0)
    return core


def simulated_core() -> tuple[SimulatedCamera, CoreObject]:
    settings = SimulatedBridgeSettings(size_yx=(512, 512), pictures=1, rate_hz=1000.0)
    camera = SimulatedCamera(settings)
    return camera, CoreObject(settings, camera)


def names(dump: str) -> list[str]:
    return re.findall(r"s : (.*)\n_\n1\n.*\n\n", dump)


def test_the_tags_are_the_real_cores(real_core: "pymmcore.CMMCore") -> None:
    real = pymmcore.Metadata()
    real_core.startSequenceAcquisition(3, 0.0, True)
    while real_core.isSequenceRunning():
        pass
    real_core.getLastImageMD(real)

    camera, core = simulated_core()
    camera.start(3)
    while camera.running:
        pass
    simulated = MetadataObject()
    core.methods()["getLastImageMD"](simulated)

    assert names(simulated.dump()) == names(real.Dump())
    ours, theirs = read_tags(simulated.dump()), read_tags(real.Dump())
    assert (ours.shape_yx, ours.pixel_type) == (theirs.shape_yx, theirs.pixel_type)
    assert ours.image_number == theirs.image_number == 2


def test_an_empty_buffer_is_told_in_the_real_cores_words(real_core: "pymmcore.CMMCore") -> None:
    real_core.clearCircularBuffer()
    with pytest.raises(IndexError) as real:
        real_core.getLastImageMD(pymmcore.Metadata())
    _, core = simulated_core()
    with pytest.raises(JavaError, match=re.escape(str(real.value))):
        core.methods()["getLastImageMD"](MetadataObject())
