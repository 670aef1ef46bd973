import numpy as np
from contracts.engine import WINDOW, EngineContract, noisy_frames
from window_package import load_window_model

from livecare.engines.identity import IdentityEngine


class TestIdentity(EngineContract):
    name = "identity"

    def make(self) -> IdentityEngine:
        return IdentityEngine()

    def test_changes_nothing(self) -> None:
        engine = self.make()
        engine.load(load_window_model(), threads=1)
        batch = noisy_frames((2, 30, 20), "uint16")
        restored = np.zeros_like(batch)
        engine.infer(batch, restored, [WINDOW] * 2)
        np.testing.assert_array_equal(restored, batch)
