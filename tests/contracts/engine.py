"""What every engine must do, whatever it runs on. Subclass it and say how the engine is made."""

from collections.abc import Iterator

import numpy as np
import psutil
import pytest
from window_package import load_window_model

from livecare.engines import ENGINES, Engine
from livecare.errors import EngineError
from livecare.frame import PIXEL_TYPES, Pixels
from livecare.models import IntensityWindow, Model, Normalisation
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits

WINDOW = IntensityWindow(20.0, 90.0)
ODD_SIZES = [(1, 1), (1, 9), (7, 3), (2, 64), (65, 33), (513, 771)]


def noisy_frames(shape: tuple[int, ...], dtype: str, seed: int = 0) -> Pixels:
    """Frames of about 40 counts with a slope, which every pixel type can hold."""
    expected = np.broadcast_to(np.linspace(25.0, 60.0, shape[-1]), shape)
    return np.random.default_rng(seed).poisson(expected).astype(dtype)


class EngineContract:
    """The contract; `name` is the engine's key."""

    name: str

    def make(self) -> Engine:
        raise NotImplementedError

    @staticmethod
    def infer(
        engine: Engine, batch: Pixels, restored: Pixels, normalisation: Normalisation = WINDOW
    ) -> None:
        """Restore all frames with one normalisation."""
        engine.infer(batch, restored, [normalisation] * len(batch))

    @pytest.fixture
    def model(self) -> Model:
        return load_window_model()

    @pytest.fixture
    def engine(self, model: Model) -> Iterator[Engine]:
        engine = self.make()
        engine.load(model, threads=1)
        yield engine
        engine.close()

    def test_is_the_engine_of_its_name(self) -> None:
        engine = self.make()
        assert isinstance(engine, Engine)
        assert engine.name == self.name
        assert type(engine).__module__ == ENGINES[self.name].module
        assert engine.precision

    @pytest.mark.parametrize("restored_type", PIXEL_TYPES)
    @pytest.mark.parametrize("raw_type", PIXEL_TYPES)
    def test_pixel_types(self, engine: Engine, raw_type: str, restored_type: str) -> None:
        batch = noisy_frames((2, 48, 56), raw_type)
        restored = np.zeros(batch.shape, restored_type)
        self.infer(engine, batch, restored)
        assert restored.dtype == restored_type
        assert restored.mean() == pytest.approx(batch.mean(), rel=0.05)

    def test_float_results_are_not_rounded_or_clipped(self, engine: Engine) -> None:
        batch = noisy_frames((1, 32, 32), "float32") + np.float32(0.25) - np.float32(200)
        restored = np.zeros(batch.shape, np.float32)
        self.infer(engine, batch, restored, IntensityWindow(-180.0, -110.0))
        assert restored.mean() == pytest.approx(batch.mean(), rel=0.05)
        assert np.any(restored != np.rint(restored))

    def test_integers_saturate_instead_of_wrapping(self, engine: Engine) -> None:
        batch = noisy_frames((1, 32, 32), "uint16") * np.uint16(200)
        restored = np.zeros(batch.shape, np.uint8)
        self.infer(engine, batch, restored, IntensityWindow(4000.0, 18000.0))
        assert np.all(restored == 255)

    @pytest.mark.parametrize("shape_yx", ODD_SIZES)
    def test_any_size_fills_every_pixel(self, engine: Engine, shape_yx: tuple[int, int]) -> None:
        batch = noisy_frames((1, *shape_yx), "uint16")
        restored = np.full(batch.shape, np.nan, np.float32)
        self.infer(engine, batch, restored)
        assert np.isfinite(restored).all()
        assert restored.mean() == pytest.approx(batch.mean(), rel=0.3)

    @pytest.mark.parametrize("frames", [1, 2, 5])
    def test_a_frame_is_the_same_alone_and_in_a_batch(self, engine: Engine, frames: int) -> None:
        batch = noisy_frames((frames, 72, 64), "uint16")
        together = np.zeros(batch.shape, np.float32)
        self.infer(engine, batch, together)
        for index in range(frames):
            alone = np.zeros((1, 72, 64), np.float32)
            self.infer(engine, batch[index : index + 1], alone)
            np.testing.assert_array_equal(alone[0], together[index])

    def test_sizes_may_change_and_return(self, engine: Engine) -> None:
        large, small = noisy_frames((1, 80, 40), "uint16"), noisy_frames((1, 24, 96), "uint16")
        first, again = (np.zeros(large.shape, np.uint16) for _ in range(2))
        self.infer(engine, large, first)
        self.infer(engine, small, np.zeros(small.shape, np.uint16))
        self.infer(engine, large, again)
        np.testing.assert_array_equal(first, again)

    def test_raw_frames_stay_as_they_are(self, engine: Engine) -> None:
        batch = noisy_frames((2, 40, 40), "float32")
        before = batch.copy()
        self.infer(engine, batch, np.zeros(batch.shape, np.float32))
        np.testing.assert_array_equal(batch, before)

    def test_views_and_read_only_frames(self, engine: Engine) -> None:
        wide = noisy_frames((2, 40, 100), "uint16")
        batch = wide[:, :, 10:90]
        batch.flags.writeable = False
        room = np.zeros((2, 40, 100), np.uint16)
        self.infer(engine, batch, room[:, :, 10:90])
        packed = np.zeros(batch.shape, np.uint16)
        self.infer(engine, np.ascontiguousarray(batch), packed)
        np.testing.assert_array_equal(room[:, :, 10:90], packed)
        assert not room[:, :, :10].any()

    def test_an_empty_batch_is_no_work(self, engine: Engine) -> None:
        nothing = np.zeros((0, 16, 16), np.uint16)
        self.infer(engine, nothing, nothing.copy())

    @pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
    def test_a_frame_that_is_not_finite_is_named(self, engine: Engine, bad: float) -> None:
        batch = noisy_frames((3, 32, 32), "float32")
        batch[1, 5, 6] = bad
        with pytest.raises(EngineError, match="frame 1 of the batch"):
            self.infer(engine, batch, np.zeros(batch.shape, np.float32))

    def test_large_finite_values_are_no_fault(self, engine: Engine) -> None:
        batch = np.full((1, 16, 16), 3e38, np.float32)
        self.infer(engine, batch, np.zeros(batch.shape, np.float32), IntensityWindow(0.0, 3e38))

    @pytest.mark.parametrize(
        ("batch", "restored"),
        [
            (np.zeros((16, 16), np.uint16), np.zeros((16, 16), np.uint16)),
            (np.zeros((1, 16, 16), np.uint16), np.zeros((1, 16, 17), np.uint16)),
            (np.zeros((1, 0, 16), np.uint16), np.zeros((1, 0, 16), np.uint16)),
            (np.zeros((1, 16, 16), np.float64), np.zeros((1, 16, 16), np.uint16)),
            (np.zeros((1, 16, 16), np.uint16), np.zeros((1, 16, 16), np.int32)),
        ],
    )
    def test_wrong_arrays_are_refused(
        self, engine: Engine, batch: Pixels, restored: Pixels
    ) -> None:
        with pytest.raises(EngineError, match=self.name):
            self.infer(engine, batch, restored)

    def test_needs_a_model_before_and_after(self, model: Model) -> None:
        batch = noisy_frames((1, 16, 16), "uint16")
        engine = self.make()
        with pytest.raises(EngineError, match=r"load\(\)"):
            self.infer(engine, batch, batch.copy())
        engine.load(model, threads=1)
        self.infer(engine, batch, batch.copy())
        engine.close()
        engine.close()
        with pytest.raises(EngineError, match=r"load\(\)"):
            self.infer(engine, batch, batch.copy())

    def test_loading_again_replaces_the_model(self, engine: Engine, model: Model) -> None:
        batch = noisy_frames((1, 40, 40), "uint16")
        first, again = batch.copy(), batch.copy()
        self.infer(engine, batch, first)
        engine.load(model, threads=1)
        self.infer(engine, batch, again)
        np.testing.assert_array_equal(first, again)

    @pytest.mark.parametrize("threads", [1, 3])
    def test_uses_no_more_threads_than_allowed(self, model: Model, threads: int) -> None:
        process = psutil.Process()
        engine = self.make()
        before = process.num_threads()
        engine.load(model, threads)
        batch = noisy_frames((1, 64, 64), "uint16")
        self.infer(engine, batch, batch.copy())
        assert process.num_threads() - before <= threads - 1
        engine.close()

    def test_each_frame_has_its_own_normalisation(self, engine: Engine) -> None:
        batch = noisy_frames((2, 48, 56), "uint16")
        together = np.zeros(batch.shape, np.float32)
        normalisations = [WINDOW, NoiseUnits(CameraNoise(1.0, 5.0, 1.0))]
        engine.infer(batch, together, normalisations)
        for index, normalisation in enumerate(normalisations):
            alone = np.zeros((1, 48, 56), np.float32)
            engine.infer(batch[index : index + 1], alone, [normalisation])
            np.testing.assert_array_equal(alone[0], together[index])

    @pytest.mark.parametrize("normalisations", [0, 1, 3])
    def test_a_normalisation_for_each_frame(self, engine: Engine, normalisations: int) -> None:
        batch = noisy_frames((2, 16, 16), "uint16")
        with pytest.raises(EngineError, match="one for each frame"):
            engine.infer(batch, batch.copy(), [WINDOW] * normalisations)

    def test_a_spread_that_the_model_does_not_have(self, engine: Engine) -> None:
        batch = noisy_frames((1, 16, 16), "uint16")
        with pytest.raises(EngineError, match="spread"):
            engine.infer(batch, batch.copy(), [WINDOW], np.zeros(batch.shape, np.float32))
