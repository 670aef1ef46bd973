"""How channels look while light, runs and an operator change them; no Qt."""

from dataclasses import replace

import numpy as np
import pytest
from picture_stage import flat, pair, raw_frame, stream, view_of

from livecare.viewer.looks import Looks
from livecare.viewer.seen import ChannelView, View
from livecare.viewer.styles import ChannelStyle, Levels

RAMP = np.arange(64 * 64, dtype=np.uint16).reshape(64, 64)
STREAMS = {count: stream(channels=tuple(map(str, range(count)))) for count in (1, 2)}


def shown(looks: Looks, view: View) -> tuple[ChannelStyle, ...]:
    return looks.update(view, STREAMS[len(view.channels)])


def raw_only(channels: int = 1, factor: int = 1) -> View:
    frames = (raw_frame(RAMP * factor, channel=channel) for channel in range(channels))
    return view_of(*map(ChannelView, frames))


def both() -> View:
    return view_of(pair(RAMP, RAMP + 1000))


def test_the_only_channel_of_a_run_is_shown_although_it_was_hidden_in_another() -> None:
    looks = Looks()
    hidden, _ = shown(looks, raw_only(2))
    looks.choose(0, replace(hidden, shown=False))
    assert [style.shown for style in shown(looks, raw_only(2))] == [False, True]
    assert [style.shown for style in shown(looks, raw_only(1))] == [True]


def test_what_is_chosen_beside_the_colour_fixes_no_colour() -> None:
    looks = Looks()
    [grey] = shown(looks, raw_only(1))
    looks.choose(0, replace(grey, warnings=True))
    assert [style.colour for style in shown(looks, raw_only(2))] == ["magenta", "green"]
    looks.choose(1, replace(looks.style(1), colour="cyan"))
    shown(looks, raw_only(1))
    assert [style.colour for style in shown(looks, raw_only(2))] == ["magenta", "cyan"]


def test_one_contrast_is_that_of_the_raw_side_where_nothing_is_restored() -> None:
    looks = Looks()
    [style] = shown(looks, raw_only())
    assert style.restored == style.raw != ChannelStyle().raw
    [style] = shown(looks, both())
    assert style.raw == style.restored
    assert style.restored.low > 1000


@pytest.mark.parametrize("restored", [True, False])
def test_one_contrast_is_taken_while_it_is_locked_too(*, restored: bool) -> None:
    looks = Looks()
    looks.same = False
    view = both() if restored else raw_only()
    [each] = shown(looks, view)
    assert each.raw != each.restored
    looks.lock(0, locked=True)
    looks.same = True
    [one] = shown(looks, view)
    assert one.raw == one.restored == (each.restored if restored else each.raw)
    assert shown(looks, raw_only(factor=9)) == (one,), "it stays locked"


def test_a_choice_beside_the_levels_does_not_lock_them() -> None:
    looks = Looks()
    [before] = shown(looks, raw_only())
    for _ in range(9):  # it glides
        [now] = shown(looks, raw_only(factor=9))
    assert now.raw != before.raw
    looks.choose(0, replace(before, gamma=0.5))  # of a panel that was not brought up to date yet
    assert not looks.locked(0)
    assert looks.style(0) == replace(now, gamma=0.5)
    chosen = Levels(10, 20)
    looks.lock(0, locked=True)
    looks.choose(0, replace(before, raw=chosen, restored=chosen))
    [style] = shown(looks, view_of(pair(flat(1), flat(2))))
    assert (style.raw, style.restored) == (chosen, chosen)
