"""How busy the machine is: cores always, GPUs where a library can say, and never a made-up zero."""

import sys
from types import ModuleType, SimpleNamespace

import psutil
import pytest

from livecare.load import MachineLoad


class Clock:
    """Time that passes when it is told to."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class MadeUpNvml(ModuleType):
    """NVIDIA's library, on a machine with these GPUs."""

    class NVMLError(Exception):
        """What it raises."""

    def __init__(self, *loads: int, driver: bool = True) -> None:
        super().__init__("pynvml")
        self.loads = list(loads)
        self.driver = driver
        self.begun = 0
        self.lost = False

    def nvmlInit(self) -> None:  # noqa: N802 - its name
        self.begun += 1
        if not self.driver:
            raise self.NVMLError

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self.loads)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:  # noqa: N802
        if self.lost:
            raise self.NVMLError
        return SimpleNamespace(gpu=self.loads[handle], memory=99)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def install(monkeypatch: pytest.MonkeyPatch, nvml: ModuleType | None) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", nvml)


def test_cores_are_asked_once_a_second(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    answers = [0.0, 40.0, 60.0]
    monkeypatch.setattr(psutil, "cpu_percent", lambda _: answers.pop(0))
    load = MachineLoad(clock)
    assert load.cpu_percent() is None, "what it says first means nothing"
    clock.now_s += 1.0
    assert load.cpu_percent() == 40.0
    clock.now_s += 0.9
    assert load.cpu_percent() == 40.0
    clock.now_s += 0.1
    assert load.cpu_percent() == 60.0


def test_cores_of_this_machine(clock: Clock) -> None:
    load = MachineLoad(clock)
    clock.now_s += 1.0
    found = load.cpu_percent()
    assert found is not None
    assert 0.0 <= found <= 100.0


def test_the_busiest_gpu_counts(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> None:
    nvml = MadeUpNvml(3, 75, 0)
    install(monkeypatch, nvml)
    load = MachineLoad(clock)
    assert nvml.begun == 0, "nobody asked"
    assert load.gpu_percent() == 75.0
    nvml.loads = [10, 20]
    assert load.gpu_percent() == 75.0
    clock.now_s += 1.0
    assert load.gpu_percent() == 20.0
    assert nvml.begun == 1


def test_no_library_no_driver_no_gpu_or_a_lost_one_say_nothing(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    for nvml in (None, MadeUpNvml(50, driver=False), MadeUpNvml()):
        install(monkeypatch, nvml)
        assert MachineLoad(clock).gpu_percent() is None
    lost = MadeUpNvml(50)
    install(monkeypatch, lost)
    load = MachineLoad(clock)
    lost.lost = True
    assert load.gpu_percent() is None
    lost.lost = False
    clock.now_s += 1.0
    assert load.gpu_percent() == 50.0
