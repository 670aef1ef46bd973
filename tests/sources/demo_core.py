"""A real MMCore with DemoCamera, and sources on it."""

import dataclasses
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from epochs import Part, read_parts
from starting import start

from livecare.frame import StreamInfo
from livecare.sources import MicroManagerSettings, MicroManagerSource
from livecare.sources.micromanager import demo_settings
from livecare.sources.protocol import Arrival

if TYPE_CHECKING:
    from pymmcore import CMMCore


SIZE = (64, 96)

EXPOSURE_MS = 2.0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Poll a core, which has no events, for at most 20 s."""
    pause = threading.Event()
    for _ in range(4000):
        if condition():
            return
        pause.wait(0.005)
    pytest.fail(f"never happened: {what}")


def demo(frames: int | None, **changes: object) -> MicroManagerSettings:
    settings = demo_settings(SIZE, EXPOSURE_MS, frames)
    return dataclasses.replace(settings, **changes)


def started(
    settings: MicroManagerSettings, core: "CMMCore | None" = None
) -> tuple[MicroManagerSource, StreamInfo]:
    return start(MicroManagerSource(settings, core))


Change = Callable[["CMMCore"], object]


def reading(
    core: "CMMCore", settings: MicroManagerSettings, change: Change, at: tuple[int, ...] = (5,)
) -> tuple[MicroManagerSource, list[Part]]:
    """Read all, with a change of the core after some of the frames."""
    source, stream = started(settings, core)
    count = iter(range(10**6))

    def meddle(_: Arrival) -> None:
        if next(count) in at:
            change(core)

    parts = read_parts(source, stream, after=meddle)
    source.close()
    return source, parts


def tapping(frames: int | None = None, *, ends: bool = False) -> MicroManagerSettings:
    return MicroManagerSettings(mode="tap", frames=frames, end_with_sequence=ends)
