"""The tap of a running Micro-Manager keeps the contract of all sources."""

from collections.abc import Iterator

import pytest
from bridge_watching import FORBIDDEN, serving
from contracts.source import SourceContract

from livecare.simulated_bridge.server import SimulatedBridge
from livecare.sources.mm_bridge import MmBridgeSettings, MmBridgeSource


class TestMmBridgeContract(SourceContract):
    @pytest.fixture(autouse=True)
    def _bridge(self) -> Iterator[None]:
        with serving() as self.bridge:
            yield
            assert not FORBIDDEN & set(self.bridge.calls)

    bridge: SimulatedBridge

    def make(self, frames: int | None) -> MmBridgeSource:
        return MmBridgeSource(MmBridgeSettings(endpoint=self.bridge.endpoint, frames=frames))
