"""From the first frames of a recording to what each of its frames goes through."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from window_package import load_window_model

from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.models import Model, locking
from livecare.models.normalise import (
    KINDS,
    Anscombe,
    CameraNoise,
    Ema,
    Fixed,
    IntensityWindow,
    Kind,
    NoiseUnits,
    Normalisation,
    PerFrame,
    continue_normaliser,
)
from livecare.models.recipe import NormalisationRecipe

FRAMES = [np.random.default_rng(seed).poisson(40.0, (40, 48)).astype(np.uint16) for seed in (1, 2)]
CAMERA = CameraNoise(2.0, 100.0, 1.5)
WINDOW_KINDS: list[Kind] = ["fixed", "ema", "per-frame"]


def model_for(kind: Kind) -> Model:
    return replace(load_window_model(), normalisation=NormalisationRecipe(kind, 5.0, 95.0))


@pytest.mark.parametrize("kind", KINDS)
def test_the_models_own_kind_is_taken(kind: Kind) -> None:
    normaliser = model_for(kind).lock(FRAMES)
    assert normaliser.kind == kind
    assert isinstance(normaliser.of(FRAMES[0]), Normalisation)


@pytest.mark.parametrize("own", WINDOW_KINDS)
@pytest.mark.parametrize("wanted", WINDOW_KINDS)
def test_window_models_go_with_every_window(own: Kind, wanted: Kind) -> None:
    assert model_for(own).lock(FRAMES, kind=wanted).kind == wanted


@pytest.mark.parametrize(
    ("own", "wanted", "cure"),
    [
        *[("anscombe", wanted, "leave the normalisation out") for wanted in WINDOW_KINDS],
        *[(own, "anscombe", "choose 'fixed'") for own in WINDOW_KINDS],
        ("fixed", "z-score", "choose one of fixed, ema, per-frame, anscombe"),
    ],
)
def test_units_that_the_network_does_not_know_are_refused(
    own: Kind, wanted: Kind, cure: str
) -> None:
    with pytest.raises(ConfigError, match=cure):
        model_for(own).lock(FRAMES, kind=wanted)
    with pytest.raises(ConfigError, match=cure):
        model_for(own).needs_frames(kind=wanted)


def test_windows_are_locked_to_all_frames() -> None:
    window = IntensityWindow.from_frames(FRAMES, 5.0, 95.0)
    fixed, ema = (model_for("fixed").lock(FRAMES, kind=kind) for kind in ("fixed", "ema"))
    assert isinstance(fixed, Fixed)
    assert isinstance(ema, Ema)
    assert fixed.of(FRAMES[1]) == fixed.present == ema.present == window


def test_a_frames_own_window() -> None:
    per_frame = model_for("per-frame").lock([])
    assert isinstance(per_frame, PerFrame)
    for frame in FRAMES:
        assert per_frame.of(frame) == IntensityWindow.from_frames([frame], 5.0, 95.0)
        assert per_frame.present == per_frame.of(frame)


BLANK: dict[str, Pixels] = {
    "dark": np.full((40, 48), 100, np.uint16),
    "saturated": np.full((40, 48), 65535, np.uint16),
    "dark, with hot pixels": np.where(
        np.arange(1920).reshape(40, 48) % 700 == 0, np.uint16(4000), np.uint16(100)
    ),
    "not finite": np.full((40, 48), np.nan, np.float32),
    "finite in one value only": np.where(np.eye(40, 48) > 0, 7, np.nan).astype(np.float32),
    "a dark stack": np.full((5, 40, 48), 100, np.uint16),
    "dark and large": np.full((600, 700), 100, np.uint16),
}


@pytest.mark.parametrize("name", BLANK)
def test_frames_that_say_nothing(name: str) -> None:
    assert locking.is_blank(BLANK[name])


@pytest.mark.parametrize(
    "frame",
    [
        FRAMES[0],
        FRAMES[0].astype(np.float32),
        np.stack(FRAMES),
        np.random.default_rng(1).poisson(0.02, (64, 64)).astype(np.uint8),
        np.minimum(FRAMES[0], 45),
    ],
    ids=["uint16", "float32", "a stack", "few photons", "half saturated"],
)
def test_frames_that_say_something(frame: Pixels) -> None:
    assert not locking.is_blank(frame)


def test_large_frames_are_thinned_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(locking, "LOCK_PIXELS", 500)
    thinned = [frame[::2, ::2] for frame in FRAMES]
    expected = IntensityWindow.from_frames(thinned, 5.0, 95.0)
    assert model_for("fixed").lock(FRAMES).present == expected


@pytest.mark.parametrize("kind", ["fixed", "ema"])
def test_a_given_window_needs_no_frames(kind: Kind) -> None:
    window = IntensityWindow(3.0, 30.0)
    model = model_for("fixed")
    assert model.needs_frames(kind=kind)
    assert not model.needs_frames(kind=kind, window=window)
    assert model.lock([], kind=kind, window=window).present == window


def test_a_given_camera_needs_no_frames() -> None:
    model = model_for("anscombe")
    assert model.needs_frames()
    assert not model.needs_frames(noise=CAMERA)
    normaliser = model.lock([], noise=CAMERA)
    assert isinstance(normaliser, Anscombe)
    assert normaliser.estimate is None
    assert normaliser.of(FRAMES[0]) == NoiseUnits(CAMERA)


@pytest.mark.parametrize("kind", ["fixed", "ema", "anscombe"])
def test_no_frames_are_refused(kind: Kind) -> None:
    with pytest.raises(ConfigError, match="give at least one"):
        model_for(kind).lock([])


def test_the_camera_is_estimated() -> None:
    rng = np.random.default_rng(4)
    photons = np.linspace(5.0, 100.0, 128, dtype=np.float32) * np.ones((128, 1), np.float32)
    frames = [(100 + 2.0 * rng.poisson(photons)).astype(np.uint16) for _ in range(8)]
    normaliser = model_for("anscombe").lock(frames)
    assert isinstance(normaliser, Anscombe)
    assert normaliser.estimate is not None
    assert normaliser.estimate.frames == 8
    assert normaliser.present.noise.gain_adu_per_e == pytest.approx(2.0, rel=0.1)


def test_a_frame_that_is_not_finite_spoils_no_estimate() -> None:
    clean = [frame.astype(np.float32) for frame in FRAMES]
    spoilt = clean[0].copy()
    spoilt[3, 4] = np.nan
    model = model_for("anscombe")
    expected = model.lock(clean)
    assert model.lock([clean[0], spoilt, clean[1]]).present == expected.present


def test_noise_is_estimated_from_frames_that_show_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another channel or plane differs by more than noise; a stack's middle plane stands for it."""
    seen: list[np.ndarray] = []

    def keep(frames: Sequence[Pixels]) -> None:
        seen.extend(frames)
        raise ConfigError("enough seen")

    monkeypatch.setattr(locking, "estimate_noise", keep)
    monkeypatch.setattr(locking, "NOISE_SIDE", 32)
    frames = [np.full((40, 48), value, np.uint16) for value in range(6)]
    stack = np.stack(frames)
    model = model_for("anscombe")
    with pytest.raises(ConfigError):
        model.lock(frames, places=[(0, 0), (1, 0)] * 3)
    assert [(frame.shape, frame.max()) for frame in seen] == [((32, 32), v) for v in (0, 2, 4)]
    seen.clear()
    with pytest.raises(ConfigError):
        model.lock([stack])
    assert [(frame.shape, frame.max()) for frame in seen] == [((32, 32), 3)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_normaliser_is_continued_by_its_record(kind: Kind) -> None:
    first = model_for(kind).lock(FRAMES, noise=CAMERA if kind == "anscombe" else None)
    first.of(FRAMES[0])
    again = continue_normaliser(kind, first.present.record(), 5.0, 95.0)
    assert again.kind == kind
    assert again.of(FRAMES[1]) == first.of(FRAMES[1])


@pytest.mark.parametrize(
    ("kind", "record"), [("fixed", {"gain": 1.0}), ("anscombe", {"low": 1.0, "high": 2.0})]
)
def test_a_record_of_another_kind_is_refused(kind: Kind, record: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=f"'{kind}' needs"):
        continue_normaliser(kind, record)
