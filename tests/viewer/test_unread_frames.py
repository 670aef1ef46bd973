"""Which frames are shown, when more came than one look has time for."""

import pytest

from livecare.frame import FrameHeader, Position
from livecare.sinks.layout import LaneName
from livecare.viewer.feed import unread
from livecare.viewer.feed.unread import Unread, UnreadFrames
from livecare.wire import FrameMessage


def frame(lane: LaneName, sequence: int, channel: int = 0) -> Unread:
    header = FrameHeader(sequence, Position(sequence, channel), (2, 5), "uint8", received_ns=1)
    return Unread(lane, FrameMessage("run", header), bytes(10))


def chosen(frames: UnreadFrames) -> list[tuple[str, int]]:
    return [(each.lane, each.sequence) for each in frames.choose()]


def test_of_each_lane_and_channel_the_newest_and_older_ones_first() -> None:
    frames = UnreadFrames()
    for lane, sequence, channel in [
        ("raw", 0, 0),
        ("raw", 1, 1),
        ("raw", 5, 1),
        ("raw", 4, 0),
        ("raw", 2, 0),
        ("restored", 5, 1),
        ("restored", 3, 1),
    ]:
        frames.add(frame(lane, sequence, channel))
    assert chosen(frames) == [("raw", 4), ("raw", 5), ("restored", 5)]
    assert chosen(frames) == []


def test_a_restored_frame_brings_its_raw_one_from_an_earlier_look() -> None:
    frames = UnreadFrames()
    for sequence in (1, 2, 3):
        frames.add(frame("raw", sequence))
    assert chosen(frames) == [("raw", 3)]
    frames.add(frame("raw", 4))
    frames.add(frame("restored", 2))
    assert chosen(frames) == [("raw", 2), ("restored", 2), ("raw", 4)]
    frames.add(frame("restored", 3))
    assert chosen(frames) == [("restored", 3)], "its raw one was handed out"


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unread, "REMEMBERED_BYTES", 30)
    frames = UnreadFrames()
    for sequence in range(6):
        frames.add(frame("raw", sequence))
    assert chosen(frames) == [("raw", 5)]
    frames.add(frame("restored", 1))
    assert chosen(frames) == [("restored", 1)], "its raw one is gone"
    frames.add(frame("restored", 2))
    assert chosen(frames) == [("raw", 2), ("restored", 2)]
    for sequence in range(6, 10):
        frames.add(frame("raw", sequence))
    frames.add(frame("restored", 7))
    assert chosen(frames) == [("raw", 7), ("restored", 7), ("raw", 9)]


def test_a_frame_that_comes_again_is_not_chosen_again() -> None:
    frames = UnreadFrames()
    frames.add(frame("raw", 1))
    frames.choose()
    frames.add(frame("raw", 1))
    assert chosen(frames) == []
