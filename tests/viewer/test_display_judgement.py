"""Which frame's readings speak for a picture, and what of several channels is said."""

from dataclasses import replace

import numpy as np
from panel_samples import restoration

from livecare.frame import FrameHeader, GuardReading, Position
from livecare.guards import GUARDS
from livecare.viewer.display.judgement import RECENT, join, judged, newest_judged, sentences
from livecare.viewer.seen import ChannelView, SeenFrame, View

FINE, BAD = GuardReading(0.5, 1.0), GuardReading(2.0, 1.0)


def frame(number: int, readings: dict[str, GuardReading] | None = None, c: int = 0) -> SeenFrame:
    header = FrameHeader(number, Position(number, c=c), (4, 4), "uint16", number)
    return SeenFrame("run", header, np.zeros((4, 4), np.uint16), restoration(guards=readings))


def test_a_frame_speaks_for_itself_if_it_can() -> None:
    shown = frame(9, {"empty": FINE})
    assert newest_judged(shown, [frame(8, {"empty": BAD}), shown]) is shown


def test_the_newest_before_it_speaks_for_one_that_was_spared() -> None:
    kept = [frame(n, {"empty": FINE} if n in (3, 6, 11) else None) for n in range(12)]
    assert newest_judged(kept[9], kept) is kept[6], "a later one knows nothing of it"
    assert newest_judged(kept[2], kept) is None
    other = replace(frame(8, {"empty": BAD}), run_id="another")
    assert newest_judged(kept[9], [*kept, other]) is kept[6]
    assert newest_judged(frame(7 + RECENT), kept[:8]) is None, "it was too long ago"


def test_of_several_channels_an_alarm_counts() -> None:
    joined = join([frame(1, {"empty": BAD, "noise": FINE}), frame(1, {"empty": FINE})])
    assert joined == {"empty": BAD, "noise": FINE}
    assert sentences(joined) == [f"{GUARDS['empty'].sentence(BAD)} {GUARDS['empty'].cure}"]
    assert sentences({"of a later version": BAD}) == []


def test_the_window_asks_each_channel_and_no_raw_frame() -> None:
    history = {
        0: [(None, frame(1, {"empty": BAD})), (None, None), (None, frame(2))],
        1: [(None, frame(2, {"noise": FINE}, c=1))],
    }
    shown = View(tuple(ChannelView(None, pairs[-1][1], None) for pairs in history.values()))
    assert judged(shown, history.__getitem__) == {"empty": BAD, "noise": FINE}
    raw = replace(frame(3), restoration=restoration(engine="raw"))
    assert judged(View((ChannelView(None, raw, None),)), history.__getitem__) == {}
    assert judged(View(), history.__getitem__) == {}
