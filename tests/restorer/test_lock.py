"""Where a channel's normalisation comes from, and what is said of it."""

from dataclasses import replace

import numpy as np
import pytest
from lock_orders import SPEC, frame, lit, model_for, spec_with
from structlog.testing import capture_logs
from window_package import load_window_model

from livecare.link import NormalisationLocked
from livecare.models.anscombe import CameraNoise
from livecare.models.normalise import Anscombe, IntensityWindow, Kind, NoiseUnits
from livecare.models.recipe import NormalisationRecipe
from livecare.restorer.locking import Lock


def test_a_window_is_locked_to_frames() -> None:
    lock = Lock(SPEC, load_window_model())
    assert lock.needs_frames
    frames = [lit(sequence) for sequence in range(4)]
    normaliser = lock.make([frame(i, pixels) for i, pixels in enumerate(frames)])
    assert normaliser.present == load_window_model().lock(frames).present
    report = lock.report(5, normaliser)
    assert (report.kind, report.origin, report.channel) == ("fixed", "the first frames", 5)
    assert report.values == normaliser.present.record()


def test_a_camera_is_estimated_from_frames_of_one_plane() -> None:
    lock = Lock(spec_with(normalisation="anscombe"), model_for("anscombe"))
    frames = [frame(i, lit(i, 1 + 5 * (i % 2)), z=i % 2) for i in range(4)]
    normaliser = lock.make(frames)
    assert isinstance(normaliser, Anscombe)
    assert normaliser.estimate is not None
    assert normaliser.estimate.frames == 2
    assert normaliser.present.noise.gain_adu_per_e == pytest.approx(2.0, rel=0.25)
    assert lock.report(0, normaliser).origin == "estimated from 2 frames"
    assert lock.to_warm_up() == NoiseUnits(CameraNoise(1.0))


def test_what_is_handed_on_is_warmed_up_with_where_gpus_take_it_another_way() -> None:
    values = {"gain": 2.0, "offset": 100.0, "read_noise": 1.0}
    locked = tuple(
        NormalisationLocked("anscombe", {**values, "binning": binning}, "before", channel)
        for channel, binning in enumerate((1.0, 2.0))
    )
    lock = Lock(spec_with(normalisation="anscombe", locked=locked), model_for("anscombe"))
    assert lock.to_warm_up() == NoiseUnits(CameraNoise(2.0, 100.0, 1.0, 2))


CONFIGURED: list[tuple[Kind, dict[str, object], str, dict[str, float]]] = [
    ("fixed", {"window": (3.0, 9.0)}, "the configuration", {"low": 3.0, "high": 9.0}),
    ("ema", {"window": (3.0, 9.0)}, "the configuration", {"low": 3.0, "high": 9.0}),
    ("per-frame", {}, "each frame", {"low": 0.0, "high": 1.0}),
    (
        "anscombe",
        {"camera": (2.0, 100.0, 1.5)},
        "the configuration",
        {"gain": 2.0, "offset": 100.0, "read_noise": 1.5, "binning": 1.0},
    ),
]


@pytest.mark.parametrize(("kind", "settings", "origin", "values"), CONFIGURED)
def test_what_is_configured_needs_no_frames(
    kind: Kind, settings: dict[str, object], origin: str, values: dict[str, float]
) -> None:
    model = model_for(kind)
    lock = Lock(spec_with(normalisation=kind, **settings), model)
    assert not lock.needs_frames
    units = model.normalisation.units
    if settings:
        [given] = settings.values()
        units += f", given as {', '.join(f'{each:g}' for each in given)}"  # type: ignore[attr-defined]
    assert lock.report(2, lock.make([])) == NormalisationLocked(kind, values, origin, 2, units)


def test_what_was_locked_for_other_units_is_not_handed_on() -> None:
    model = model_for("fixed")
    mine, other, unknown = (
        NormalisationLocked("fixed", {"low": 1.0, "high": 9.0}, "", channel, units)
        for channel, units in enumerate((model.normalisation.units, "window 0 to 7 counts", ""))
    )
    spec = spec_with(normalisation="fixed", locked=(mine, other, unknown))
    assert sorted(Lock(spec, model).handed_on()) == [0, 2]


def test_a_models_own_window_needs_no_frames() -> None:
    recipe = NormalisationRecipe("fixed", 0.0, 100.0, IntensityWindow(3.0, 9.0))
    lock = Lock(SPEC, replace(load_window_model(), normalisation=recipe))
    normaliser = lock.make([])
    assert lock.report(0, normaliser).origin == "the model"
    assert normaliser.present == IntensityWindow(3.0, 9.0)


@pytest.mark.parametrize(("kind", "settings", "origin", "values"), CONFIGURED)
def test_what_earlier_restorers_locked_is_handed_on_by_channel(
    kind: Kind, settings: dict[str, object], origin: str, values: dict[str, float]
) -> None:
    changed = [
        {key: value + channel for key, value in values.items() if key != "binning"}
        | ({"binning": 1.0} if "binning" in values else {})
        for channel in (1, 4)
    ]
    locked = tuple(
        NormalisationLocked(kind, each, origin, channel)
        for each, channel in zip(changed, (1, 4), strict=True)
    )
    handed = Lock(
        spec_with(normalisation=kind, locked=locked, **settings), model_for(kind)
    ).handed_on()
    assert list(handed) == [1, 4]
    assert {normaliser.kind for normaliser in handed.values()} == {kind}
    if kind != "per-frame":
        assert [normaliser.present.record() for normaliser in handed.values()] == changed


@pytest.mark.parametrize(
    ("kind", "settings", "hopeless"),
    [
        ("anscombe", {}, True),
        ("anscombe", {"camera": (2.0, 100.0, 1.5)}, False),
        ("fixed", {}, False),
        ("per-frame", {}, False),
    ],
)
def test_frames_too_small_to_estimate_a_camera_from(
    *, kind: Kind, settings: dict[str, object], hopeless: bool
) -> None:
    for shape, small in (((31, 64), True), ((64, 31), True), ((32, 32), False)):
        spec = spec_with(normalisation=kind, shape_yx=shape, **settings)
        reason = Lock(spec, model_for(kind)).hopeless
        assert (reason is not None) == (hopeless and small)
        assert reason is None or "32 × 32 pixels" in reason


def test_correlated_noise_is_said() -> None:
    rng = np.random.default_rng(1)
    white = rng.poisson(50.0, (6, 65, 65)).astype(np.float32)
    smeared = white[:, 1:, 1:] + white[:, :-1, 1:] + white[:, 1:, :-1]
    said: list[int] = []
    for frames in (white, smeared):
        with capture_logs() as logs:
            Lock.warn(0, model_for("anscombe").lock(list(frames)))
        said.append(len(logs))
    with capture_logs() as logs:
        Lock.warn(0, Anscombe(CameraNoise(1.0)))
    assert (said, logs) == ([0, 1], [])
