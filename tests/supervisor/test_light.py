"""The light of a part: exposures, and what restoration saved."""

import pytest

from livecare.frame import StreamInfo
from livecare.supervisor.light import tally_light


def info_with(**detail: object) -> StreamInfo:
    return StreamInfo("run", "test", (64, 64), "uint16", channels=("gfp", "cy5"), detail=detail)


def test_exposures_add_up_and_what_was_saved_is_said_with_care() -> None:
    light = tally_light(info_with(exposure_ms=20.0), 500, {0: 8.0, 1: 5.0})
    assert (light.frames, light.exposure_ms) == (500, 20.0)
    assert light.factors == {"gfp": 8.0, "cy5": 5.0}
    assert light.given_ms == 10_000
    assert light.saved_ms == 40_000, "by the channel that saves least"
    assert "10 s" in light.words
    assert "40 s" in light.words


def test_without_a_factor_only_what_was_given_is_known() -> None:
    light = tally_light(info_with(exposure_ms="5"), 100, {})
    assert (light.given_ms, light.saved_ms, light.factors) == (500, None, {})
    assert "not known" in light.words


@pytest.mark.parametrize("said", [None, "as the configuration says", 0, -3.0, float("nan")])
def test_without_an_exposure_only_the_factor_is_known(said: object) -> None:
    light = tally_light(info_with(exposure_ms=said), 100, {1: 3.0})
    assert (light.exposure_ms, light.given_ms, light.saved_ms) == (None, None, None)
    assert "3 times the light" in light.words
    assert tally_light(info_with(exposure_ms=said), 100, {}).words == ""


def test_a_channel_that_was_added_has_no_name_yet() -> None:
    assert tally_light(info_with(), 1, {7: 2.0}).factors == {"7": 2.0}


def test_reference_frames_take_light_too() -> None:
    info = info_with(exposure_ms=10.0, reference={"channel": 1, "every": 9, "light": 20.0})
    light = tally_light(info, 100, {0: 4.0}, references=10)
    assert light.given_ms == 90 * 10 + 10 * 10 * 20
    assert light.saved_ms == 3 * 90 * 10, "what they took is not saved"
    assert "2 s besides" in light.words
    none_came = tally_light(info, 100, {0: 4.0})
    assert none_came.given_ms == 100 * 10, "a camera that refuses them takes no such light"
    assert "besides" not in none_came.words
