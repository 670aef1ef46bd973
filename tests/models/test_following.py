"""A window that follows: bleaching is kept up with, and nothing flashes or is blown up."""

import numpy as np
import pytest

from livecare.models.following import MOST_PER_FRAME, Ema
from livecare.models.window import IntensityWindow

SIDE = 512
NOISE = 3.0


def field(brightness: float = 1.0, seed: int = 0) -> np.ndarray:
    """Frames as the figures for the kinds were measured on: spots on a dim background, noise."""
    rng = np.random.default_rng(seed)
    y, x = np.ogrid[:SIDE, :SIDE]
    pattern = np.sin(y / 17.0) * np.sin(x / 23.0)
    light = 20.0 + 180.0 * np.clip(pattern, 0, None) ** 8
    return (100 + light * brightness + NOISE * rng.standard_normal((SIDE, SIDE))).astype(np.uint16)


def empty(seed: int) -> np.ndarray:
    noise = NOISE * np.random.default_rng(seed).standard_normal((SIDE, SIDE))
    return (100 + noise).astype(np.uint16)


def with_object(frame: np.ndarray) -> np.ndarray:
    frame = frame.copy()
    frame[150:180, 150:180] = 1000
    return frame


def width(window: IntensityWindow) -> float:
    return window.high - window.low


@pytest.fixture(scope="module")
def usual() -> IntensityWindow:
    return IntensityWindow.from_frames([field()])


def test_the_usual_frame_leaves_the_window_where_it_is(usual: IntensityWindow) -> None:
    ema = Ema(usual)
    for seed in range(5):
        now = ema.of(field(seed=seed))
        assert width(now) == pytest.approx(width(usual), rel=0.02)
        assert now.low == pytest.approx(usual.low, abs=1.5)


@pytest.mark.parametrize("event", ["a bright object", "an empty field"])
def test_nothing_flashes(usual: IntensityWindow, event: str) -> None:
    """Frame by frame, both change the gain several times over in a single frame."""
    frame = with_object(field()) if event == "a bright object" else empty(1)
    own = width(IntensityWindow.from_frames([frame]))
    assert max(own / width(usual), width(usual) / own) > 4, "the event is as in the figures"
    ema = Ema(usual)
    before = usual
    for _ in range(10):
        now = ema.of(frame)
        assert abs(width(now) / width(before) - 1) <= MOST_PER_FRAME * 1.001
        assert abs(now.low - before.low) <= MOST_PER_FRAME * width(before) * 1.001
        before = now
    assert before != usual, "it does follow"


def test_an_object_that_passes_by_is_soon_forgotten(usual: IntensityWindow) -> None:
    ema = Ema(usual)
    for _ in range(3):
        ema.of(with_object(field()))
    for _ in range(60):
        now = ema.of(field())
    assert width(now) == pytest.approx(width(usual), rel=0.02)


def test_bleaching_is_kept_up_with(usual: IntensityWindow) -> None:
    """To 0.61 in 100 frames: the picture stays as bright, where one fixed window would show it."""
    ema = Ema(usual)
    for frame in range(100):
        now = ema.of(field(0.61 ** ((frame + 1) / 100)))
    own = width(IntensityWindow.from_frames([field(0.61)]))
    assert width(now) == pytest.approx(own, rel=0.1)
    assert width(now) < 0.75 * width(usual)


def test_noise_never_fills_the_picture(usual: IntensityWindow) -> None:
    """However long a field is empty, its noise takes half of the range at most."""
    ema = Ema(usual)
    frames = [empty(seed) for seed in range(4)]
    for index in range(400):
        now = ema.of(frames[index % 4])
    assert width(now) == pytest.approx(10 * NOISE, rel=0.1)
    assert width(IntensityWindow.from_frames([frames[0]])) < 0.55 * width(now)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_pixel_types_agree(usual: IntensityWindow, dtype: str) -> None:
    frame = np.clip(field(), 0, 255)
    expected = Ema(usual).of(frame)
    now = Ema(usual).of(frame.astype(dtype))
    assert (now.low, now.high) == pytest.approx((expected.low, expected.high), rel=1e-4)


def test_one_made_with_the_present_window_goes_on_the_same(usual: IntensityWindow) -> None:
    whole, before = Ema(usual), Ema(usual)
    frames = [field(0.9**index, index) for index in range(6)]
    windows = [whole.of(frame) for frame in frames]
    for frame in frames[:3]:
        before.of(frame)
    after = Ema(IntensityWindow(**before.present.record()))
    assert [after.of(frame) for frame in frames[3:]] == windows[3:]


@pytest.mark.parametrize(
    "frame",
    [
        np.full((8, 8), np.nan, np.float32),
        np.zeros((8, 8), np.uint16),
        np.full((8, 8), 7.5, np.float32),
        np.array([[3e38, -3e38]], np.float32),
        np.array([[65535]], np.uint16),
        np.array([[np.nan, 1.0, np.inf, 2.0]], np.float32),
    ],
)
def test_odd_frames_do_no_harm(frame: np.ndarray) -> None:
    ema = Ema(IntensityWindow(100.0, 200.0))
    for _ in range(300):
        now = ema.of(frame)
        assert np.isfinite([now.low, now.high]).all()
        assert now.low < now.high


def test_a_frame_without_a_finite_pixel_changes_nothing() -> None:
    start = IntensityWindow(100.0, 200.0)
    assert Ema(start).of(np.full((8, 8), np.inf, np.float32)) == start
