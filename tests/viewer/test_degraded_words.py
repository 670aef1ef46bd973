"""How a restorer that does less than it could reads in the viewer; no Qt."""

from typing import get_args

import msgspec
import pytest
from made_up_snapshots import made_up_snapshot

from livecare.link.telemetry import RestorerState
from livecare.viewer.feed.session import Step
from livecare.viewer.messages import KEYS, messages_of, unrestored_note
from livecare.viewer.panels.states import RESTORERS, restorer_fine, restorer_words

WORDS = "only every 8th frame is restored live, since the engine fails with the model 'm': no"
DEGRADED = made_up_snapshot(restorer="degraded", model="m", engine="e", degraded=WORDS)
STEP = Step((), None, "attached", silent=False, trouble=None, words="", answers=())


def test_every_state_has_words() -> None:
    assert set(RESTORERS) == set(get_args(RestorerState))


def test_the_panel_says_that_it_is_not_fine() -> None:
    assert not restorer_fine(DEGRADED)
    assert restorer_words(DEGRADED).startswith("degraded: ")
    assert "cannot restore now" in unrestored_note(DEGRADED)


@pytest.mark.parametrize("restorer", ["degraded", "ready", "restarting"])
def test_the_reason_stands_across_the_window_in_every_state(restorer: str) -> None:
    """Smaller batches are words of a restorer that is ready, and deaths of one that restarts."""
    told = msgspec.structs.replace(DEGRADED, restorer=restorer)
    found = messages_of(STEP, told)
    assert found["degraded"].severity == "warning"
    assert found["degraded"].text == f"O{WORDS[1:]}. Recording goes on."
    assert "degraded" in KEYS
    well = msgspec.structs.replace(told, degraded="")
    assert "degraded" not in messages_of(STEP, well)
