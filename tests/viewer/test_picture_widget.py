"""The picture: what is drawn of raw and restored frames, whatever the way of looking."""

from dataclasses import replace

import numpy as np
import pytest
from picture_stage import (
    BYTE_LEVELS,
    BYTE_STYLE,
    flat,
    pair,
    raw_frame,
    restored_frame,
    stream,
    view_of,
)

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from picture_hands import LEFT, RIGHT, STYLES, colour, drag, point, shades, show, wheel
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from livecare.errors import UsageError
from livecare.viewer.display.colours import NOT_FINITE
from livecare.viewer.display.scale_bar import choose_bar
from livecare.viewer.picture.picture import BLINK_MS, Picture
from livecare.viewer.seen import ChannelView, View
from livecare.viewer.styles import ChannelStyle, Levels
from livecare.viewer.theme import SKY


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("shape_yx", [(1, 1), (64, 64), (771, 513), (513, 771)])
def test_raw_is_left_and_restored_right(
    picture: Picture, shape_yx: tuple[int, int], dtype: str
) -> None:
    show(picture, flat(60, shape_yx, dtype), flat(200, shape_yx, "float32"))
    image = picture.grab().toImage()
    assert colour(image, LEFT) == (60, 60, 60)
    assert colour(image, RIGHT) == (200, 200, 200)
    left, right = (pane.labels.sides[0] for pane in picture.board.panes)
    assert (left.tag, right.tag) == ("RAW", "RESTORED")


def test_what_is_no_number_is_marked(picture: Picture) -> None:
    show(picture, flat(60), flat(np.nan, dtype="float32"))
    image = picture.grab().toImage()
    assert image.pixel(*RIGHT) == NOT_FINITE
    assert colour(image, LEFT) == (60, 60, 60)


def test_every_pixel_is_drawn_where_it_is(picture: Picture) -> None:
    pixels = np.random.default_rng(1).integers(1, 255, (8, 8), dtype=np.uint8)
    show(picture, pixels, pixels[::-1])
    image = picture.grab().toImage()
    for row in range(2, 6):  # those beyond lie under the words
        for column in range(8):
            x, y = 50 * column, 50 * row
            for at in ((x + 1, y + 1), (x + 48, y + 48)):
                assert colour(image, at)[0] == pixels[row, column]
                assert colour(image, (at[0] + 403, at[1]))[0] == pixels[7 - row, column]


def test_channels_are_added_in_their_colours(picture: Picture) -> None:
    channels = [pair(flat(value), flat(0), channel=at) for at, value in enumerate((200, 90, 50))]
    names = ("magenta", "green", "cyan")
    styles = tuple(replace(BYTE_STYLE, colour=name) for name in names)
    picture.set_view(view_of(*channels), stream(channels=names), styles)
    assert colour(picture.grab().toImage(), LEFT) == (200, 140, 250)
    hidden = (styles[0], replace(styles[1], shown=False), styles[2])
    picture.set_view(view_of(*channels), stream(channels=names), hidden)
    assert colour(picture.grab().toImage(), LEFT) == (200, 50, 250)
    point(picture, LEFT)
    assert picture.hover is not None
    assert [value.channel for value in picture.hover.channels] == [0, 2]


def test_a_new_contrast_is_seen_at_once(picture: Picture) -> None:
    view, info = view_of(pair(flat(60), flat(60))), stream()
    picture.set_view(view, info, STYLES)
    assert colour(picture.grab().toImage(), LEFT)[0] == 60
    picture.set_view(view, info, (ChannelStyle(Levels(0, 120), BYTE_LEVELS),))
    image = picture.grab().toImage()
    assert colour(image, LEFT)[0] == 128
    assert colour(image, RIGHT)[0] == 60


def test_a_wipe_splits_at_the_handle_which_the_mouse_drags(picture: Picture) -> None:
    picture.set_mode("wipe")
    show(picture, flat(60, (400, 803)), flat(200, (400, 803)))

    def boundary() -> int:
        row = shades(picture, 120)
        first, last = np.flatnonzero(row == 60), np.flatnonzero(row == 200)
        assert first.max() < last.min() <= first.max() + 6, "only the handle is between them"
        return int(first.max() + last.min()) // 2

    assert abs(boundary() - 401) <= 1
    drag(picture, (402, 200), (602, 200))
    assert abs(boundary() - 602) <= 1
    assert picture.split == pytest.approx(602 / 803, abs=0.002)
    wheel(picture, (602, 120), 3)
    assert abs(boundary() - 602) <= 1, "the split stays on the frame"
    drag(picture, (602, 300), (250, 300))
    split = picture.split
    picture.set_mode("side by side")
    picture.set_mode("wipe")
    show(picture, flat(60, (400, 803)), flat(200, (400, 803)), 1)
    assert picture.split == split


def test_a_split_that_would_be_out_of_sight_waits_at_the_edge(picture: Picture) -> None:
    picture.set_mode("wipe")
    show(picture, flat(60, (400, 803)), flat(200, (400, 803)))
    picture.set_split(1.0)
    assert (shades(picture, 120) == 200).any()
    wheel(picture, (10, 200), 8)
    assert picture.split == 1.0
    wipe = picture.board.panes[0].wipe
    drag(picture, (round(wipe.x), 200), (400, 200))
    assert picture.split < 0.5
    row = shades(picture, 120)
    assert (row[20:380] == 60).all()
    assert (row[420:780] == 200).all()


def test_blink_shows_each_side_in_turn(picture: Picture, qtbot: QtBot) -> None:
    show(picture, flat(60), flat(200))
    picture.set_mode("blink")
    seen = []
    for _ in range(2):
        seen.append((colour(picture.grab().toImage(), (401, 200))[0], tags(picture)))
        with qtbot.waitSignal(picture._timer.timeout, timeout=10 * BLINK_MS):
            pass
    seen.append((colour(picture.grab().toImage(), (401, 200))[0], tags(picture)))
    raw, restored = (60, ["RAW"]), (200, ["RESTORED"])
    assert seen == [raw, restored, raw]
    picture.toggle_blink_side()
    assert colour(picture.grab().toImage(), (401, 200))[0] == 200
    picture.set_mode("wipe")
    picture.toggle_blink_side()
    assert not picture._timer.isActive()
    assert tags(picture) == ["RAW", "RESTORED"]


def tags(picture: Picture) -> list[str]:
    shown = [pane for pane in picture.board.panes if pane.visible]
    return [side.tag for pane in shown for side in pane.labels.sides]


def test_the_difference_is_orange_where_raw_is_brighter(picture: Picture) -> None:
    raw = flat(100, (4, 4), "uint16")
    restored = raw.astype(np.float32)
    restored[:, :2] -= 10
    restored[:2, 2:] += 10
    picture.set_mode("difference")
    show(picture, raw, restored)
    image = picture.grab().toImage()
    red, _, blue = colour(image, (250, 250))
    assert red > 2 * blue
    red, _, blue = colour(image, (450, 150))
    assert blue > 2 * red
    assert max(colour(image, (450, 250))) < 40


def test_a_difference_needs_the_frame_that_was_restored(picture: Picture) -> None:
    picture.set_mode("difference")
    seen = ChannelView(raw_frame(flat(1), 5), restored_frame(flat(1), 3))
    picture.set_view(view_of(seen), stream(), STYLES)
    (side,) = picture.board.panes[0].labels.sides
    assert side.content is None
    assert side.note


def test_tags_can_be_read_over_white(picture: Picture) -> None:
    show(picture, flat(255), flat(255))
    image = picture.grab().toImage()
    for left, right in ((0, 400), (403, 803)):
        plate = [colour(image, (x, 12))[0] for x in range(left, right)]
        assert sum(shade < 60 for shade in plate) > 40
    sky = QColor(SKY).rgb()
    found = [(x, y) for x in range(803) for y in range(10, 60) if image.pixel(x, y) == sky]
    assert len(found) > 50
    assert min(x for x, _ in found) > 603, "RESTORED stands at the right of the right pane"


def test_the_scale_bar_is_as_long_as_it_says(picture: Picture) -> None:
    show(picture, flat(0, (100, 100)), flat(0, (100, 100)))
    for factor in (1.0, 3.0):
        picture.zoom_by(factor)
        bar = choose_bar(0.5, 4 * factor, 384 * 0.25)
        rows = [shades(picture, y)[:400] for y in range(370, 392)]
        longest = max(int((row[260:] == 255).sum()) for row in rows)
        assert longest == pytest.approx(bar.length_px, abs=1.5)


def test_a_missing_frame_leaves_a_reason(picture: Picture) -> None:
    picture.set_view(View((ChannelView(raw_frame(flat(60))),)), stream(), STYLES)
    before = picture.grab().toImage()
    picture.set_note("the engine is being built")
    assert picture.board.panes[1].labels.sides[0].note == "the engine is being built"
    assert picture.grab().toImage() != before
    assert colour(picture.grab().toImage(), LEFT)[0] == 60


def test_nothing_else_is_taken_for_a_mode_or_a_tool(picture: Picture) -> None:
    with pytest.raises(UsageError, match="side by side"):
        picture.set_mode("sideways")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="region"):
        picture.set_tool("lasso")  # type: ignore[arg-type]


def test_before_the_first_frame_nothing_is_seen(picture: Picture) -> None:
    for mode in ("wipe", "blink", "difference", "side by side"):
        picture.set_mode(mode)  # type: ignore[arg-type]
        picture.zoom_by(2)
        picture.fit()
        picture.actual_size()
        wheel(picture, LEFT, 1)
        drag(picture, LEFT, (300, 300))
        assert picture.visible_view() == (0, 0, 0, 0)
        assert not picture.grab().isNull()
