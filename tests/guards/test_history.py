"""What changes from frame to frame."""

import numpy as np
import pytest
from guard_stage import NOISE, Scene, flat

from livecare.guards.history import FIRST_FRAMES, History
from livecare.guards.spectrum import measure
from livecare.guards.survey import survey


def test_drift_is_told_once_the_first_frames_are_known() -> None:
    scene, history = Scene.draw(), History()
    for seed in range(FIRST_FRAMES):
        assert history.drift(survey(scene.raw(seed), scene.restored(), NOISE)) is None
    assert history.drift(survey(scene.raw(99), scene.restored(), NOISE)) < 0.01
    faded = Scene(0.5 * scene.photons)
    for seed in range(12):
        drift = history.drift(survey(faded.raw(seed), faded.restored(), NOISE))
    assert drift == pytest.approx(0.5, abs=0.05)


def test_the_lamp_may_flicker_but_not_the_restoration() -> None:
    scene, brighter, history = Scene.draw(), None, History()
    brighter = Scene(1.1 * scene.photons)
    assert history.flicker(survey(scene.raw(0), scene.restored(), NOISE)) is None
    assert history.flicker(survey(scene.raw(1), scene.restored(), NOISE)) < 0.01
    assert history.flicker(survey(brighter.raw(2), brighter.restored(), NOISE)) < 0.01
    assert history.flicker(survey(brighter.raw(3), scene.restored(), NOISE)) == pytest.approx(
        0.1, abs=0.03
    )


def test_flicker_of_frames_that_change_their_size_is_not_told() -> None:
    history = History()
    for side in (256, 128):
        scene = flat(side=side)
        assert history.flicker(survey(scene.raw(), scene.restored(), NOISE)) is None


def test_a_frame_out_of_focus_has_lost_detail() -> None:
    scene, history = Scene.draw("cytoskeleton"), History()
    kernel = np.fft.fftfreq(256)
    low = np.exp(-2 * (np.pi * 4.0) ** 2 * (kernel[:, None] ** 2 + kernel**2))
    blurred = Scene(np.fft.ifft2(np.fft.fft2(scene.photons) * low).real)
    for seed in range(FIRST_FRAMES):
        history.blur(measure(survey(scene.raw(seed), scene.restored(), NOISE), seed))
    sharp = history.blur(measure(survey(scene.raw(50), scene.restored(), NOISE), 50))
    lost = history.blur(measure(survey(blurred.raw(51), blurred.restored(), NOISE), 51))
    assert sharp < 1.2
    assert lost > 3


def test_noise_explains_all_of_an_empty_field_and_little_of_a_specimen() -> None:
    empty, history = flat(2.0), History()
    for seed in range(8):
        explained = history.emptiness(survey(empty.raw(seed), empty.restored(), NOISE))
    assert explained == pytest.approx(1.0, abs=0.06)
    scene = Scene.draw()
    assert History().emptiness(survey(scene.raw(), scene.restored(), NOISE)) < 0.3
