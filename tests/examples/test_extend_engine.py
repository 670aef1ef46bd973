"""The engine of CONTRIBUTING.md keeps the contract, and runs where its entry is in the table."""

import numpy as np
import pytest
from contracts.engine import EngineContract, noisy_frames

pytest.importorskip("onnx", reason="the extra 'import' is missing")

from extend_engine import ENTRY, ReferenceEngine

from livecare.engines import ENGINES, Engine, make_engine
from livecare.models import Model


class TestReference(EngineContract):
    name = "reference"

    @pytest.fixture(autouse=True)
    def registered(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(ENGINES, "reference", ENTRY)

    def make(self) -> Engine:
        return make_engine("reference")

    @pytest.mark.parametrize("shape_yx", [(1, 1), (1, 9), (7, 3), (65, 33)])
    def test_any_size_fills_every_pixel(self, engine: Engine, shape_yx: tuple[int, int]) -> None:
        super().test_any_size_fills_every_pixel(engine, shape_yx)  # a megapixel would take seconds

    @pytest.mark.parametrize("frames", [2])
    def test_a_frame_is_the_same_alone_and_in_a_batch(self, engine: Engine, frames: int) -> None:
        super().test_a_frame_is_the_same_alone_and_in_a_batch(engine, frames)

    def test_what_the_table_makes_is_the_example(self) -> None:
        assert isinstance(self.make(), ReferenceEngine)

    def test_gives_what_onnx_runtime_gives(self, engine: Engine, model: Model) -> None:
        other = make_engine("onnxruntime")
        other.load(model, threads=1)
        batch = noisy_frames((1, 40, 56), "uint16")
        made, expected = (np.zeros(batch.shape, np.float32) for _ in range(2))
        self.infer(engine, batch, made)
        self.infer(other, batch, expected)
        np.testing.assert_allclose(made, expected, rtol=1e-4)
        assert not np.array_equal(made, batch)
        other.close()
