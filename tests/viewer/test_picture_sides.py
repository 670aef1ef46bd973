from dataclasses import replace

import numpy as np
import pytest
from picture_stage import BYTE_STYLE, flat, pair, raw_frame, restored_frame, stream, view_of

from livecare.sinks.ome import RESTORED_NOTE
from livecare.viewer.picture.content import Difference
from livecare.viewer.picture.difference_scale import DifferenceScale
from livecare.viewer.picture.hover import hover_at, value_at
from livecare.viewer.picture.sides import (
    HIDDEN,
    NO_RAW,
    NO_RESTORED,
    NO_SOURCE,
    OTHER_SIZE,
    PASSED_TAG,
    RESTORED_TAG,
    difference_side,
    difference_source,
    raw_side,
    restored_side,
)
from livecare.viewer.seen import ChannelView, View

STYLES = (BYTE_STYLE,)


def test_what_is_restored_says_so_and_when_it_was_ready() -> None:
    view = view_of(pair(flat(1), flat(2), 1234))
    side = restored_side(view, stream(), STYLES)
    assert (side.kind, side.tag, side.warning) == ("restored", RESTORED_TAG, RESTORED_NOTE)
    assert side.lines == ("frame 1,234 · ready after 18 ms",)
    assert raw_side(view, stream(), STYLES).lines == ("frame 1,234 · 1.0 s after the start",)
    assert raw_side(view, None, STYLES).lines == ("frame 1,234",)


@pytest.mark.parametrize(
    ("raw", "restored", "words"),
    [
        (1236, 1234, "restored is of frame 1,234, 2 frames behind"),
        (1235, 1234, "restored is of frame 1,234, 1 frame behind"),
        (1233, 1234, "restored is of frame 1,234, raw is 1 frame behind"),
    ],
)
def test_frames_of_two_instants_say_how_far_apart_they_are(
    raw: int, restored: int, words: str
) -> None:
    seen = ChannelView(raw_frame(flat(1), raw), restored_frame(flat(2), restored))
    assert restored_side(view_of(seen), None, STYLES).lines == (words,)


def test_what_passed_through_is_called_raw_and_says_why() -> None:
    seen = ChannelView(raw_frame(flat(1), 7), restored_frame(flat(1), 7, passed=True))
    side = restored_side(view_of(seen), None, STYLES, "the engine is being built")
    assert (side.kind, side.tag, side.warning) == ("raw", PASSED_TAG, "")
    assert side.lines == ("frame 7", "the engine is being built")
    assert side.content is not None


def test_a_channel_that_passed_through_beside_restored_ones_is_named() -> None:
    passed = ChannelView(None, restored_frame(flat(1), 8, channel=1, passed=True))
    view = view_of(pair(flat(1), flat(2), 7), passed)
    side = restored_side(view, stream(channels=("DAPI", "GFP")), (BYTE_STYLE, BYTE_STYLE))
    assert side.tag == RESTORED_TAG
    assert side.lines[-1] == "GFP: raw, not restored"


def test_where_there_is_nothing_the_reason_stands() -> None:
    assert raw_side(View(), None, STYLES).note == NO_RAW
    assert restored_side(View(), None, STYLES).note == NO_RESTORED
    assert restored_side(View(), None, STYLES, "why").note == "why"
    seen = ChannelView(raw_frame(flat(1)), restored_frame(flat(1, (8, 8))))
    assert restored_side(view_of(seen), None, STYLES, "why").note == OTHER_SIZE
    hidden = (replace(BYTE_STYLE, shown=False),)
    assert raw_side(view_of(pair(flat(1), flat(2))), None, hidden).note == HIDDEN
    assert restored_side(view_of(pair(flat(1), flat(2))), None, hidden, "why").note == HIDDEN


def test_a_camera_of_fewer_bits_is_saturated_at_its_own_end() -> None:
    info = replace(stream(), detail={"bit_depth": 12})
    view = view_of(pair(flat(4095, dtype="uint16"), flat(1, dtype="float32")))
    content = raw_side(view, info, STYLES).content
    assert content is not None
    assert content.layers[0].saturation == 4095  # type: ignore[attr-defined]


def test_the_difference_is_of_the_frame_that_was_restored() -> None:
    newest, source = raw_frame(flat(9), 5), raw_frame(flat(3), 4)
    restored = restored_frame(flat(2), 4)
    found = difference_source(view_of(ChannelView(newest, restored, source)), STYLES)
    assert found == (0, source, restored)
    side = difference_side(found, 2.5, None, "")
    assert isinstance(side.content, Difference)
    assert side.content.raw is source
    assert "± 2.5" in side.lines[-1]
    assert difference_source(view_of(ChannelView(newest, restored)), STYLES) is None
    assert difference_side(None, 1.0, None, "").note == NO_SOURCE


def test_nothing_is_subtracted_from_what_passed_through() -> None:
    raw = raw_frame(flat(1))
    view = view_of(ChannelView(raw, restored_frame(flat(1), passed=True), raw))
    assert difference_source(view, STYLES) is None


def test_the_scale_of_differences_holds_still_and_then_follows() -> None:
    scale, rng = DifferenceScale(), np.random.default_rng(1)
    clean = restored_frame(flat(100, dtype="float32"))
    found = set()
    for _ in range(40):
        noise = rng.normal(100, 5, (64, 64)).astype(np.float32)
        found.add(scale.of(raw_frame(noise), clean))
    assert len(found) == 1
    assert 12 < found.pop() < 17, "99.5 % of the pixels are within 2.8 sigma"
    for _ in range(16):
        wide = scale.of(raw_frame(rng.normal(100, 50, (64, 64)).astype(np.float32)), clean)
    assert 120 < wide < 170


def test_values_under_the_mouse_are_those_stored() -> None:
    raw = np.arange(12, dtype=np.uint16).reshape(3, 4)
    restored = raw.astype(np.float32) / np.float32(7)
    hover = hover_at(view_of(pair(raw, restored, 9)), (0,), 2, 1)
    value = hover.channels[0]
    assert (value.raw, value.raw_sequence, value.restored_sequence) == (9, 9, 9)
    assert isinstance(value.raw, int)
    assert value.restored == float(restored[2, 1])


def test_a_reduced_frame_is_read_by_camera_pixels() -> None:
    blocks = np.arange(6, dtype=np.uint8).reshape(2, 3)
    frame = raw_frame(blocks, reduction=4, shape_yx=(7, 10))
    assert value_at(frame, 6, 9) == 5
    assert value_at(frame, 3, 4) == 1
    assert value_at(frame, 8, 0) is None
    assert value_at(frame, 0, -1) is None
    assert value_at(None, 0, 0) is None
