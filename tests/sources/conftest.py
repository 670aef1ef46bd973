"""A real core with DemoCamera; and tests/sources on the import path of the folders below."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from demo_core import demo

from livecare.sources import MicroManagerSettings
from livecare.sources.micromanager.core import configure, load_core

if TYPE_CHECKING:
    from pymmcore import CMMCore


@pytest.fixture
def core() -> Iterator["CMMCore"]:
    core = load_core(MicroManagerSettings())
    configure(core, demo(None))
    yield core
    core.stopSequenceAcquisition()
    core.reset()
