"""The position in the buffer: live, held, played."""

from livecare.viewer.buffer import Instant
from livecare.viewer.playback import LONGEST_PAUSE_NS, Playback

MS = 1_000_000


class Instants:
    """A buffer that keeps the instants `first` to `last`, 100 ms apart."""

    def __init__(self, first: int, last: int, period_ms: int = 100) -> None:
        self.first, self.last, self.period_ms = first, last, period_ms

    @property
    def count(self) -> int:
        return self.last - self.first + 1

    def instant(self, index: int) -> Instant:
        return Instant(0, self.first + index)

    def index_of(self, instant: Instant) -> int:
        return max(0, instant.sequence - self.first)

    def received_ns(self, index: int) -> int:
        return (self.first + index) * self.period_ms * MS


def test_it_is_live_until_told_otherwise() -> None:
    playback = Playback()
    assert playback.live
    assert playback.move(Instants(0, 9), 0.0) is None
    assert playback.move(Instants(0, 0), 5.0) is None


def test_a_held_frame_stays_while_others_come_and_go() -> None:
    playback = Playback()
    playback.hold(Instants(0, 9), 4)
    assert playback.move(Instants(0, 9), 0.0) == 4
    assert playback.move(Instants(3, 20), 9.0) == 1
    assert playback.move(Instants(15, 40), 10.0) == 0, "its frame has gone: the oldest"
    playback.go_live()
    assert playback.move(Instants(15, 40), 11.0) is None


def test_it_plays_at_the_speed_at_which_frames_came() -> None:
    playback, kept = Playback(), Instants(0, 9)
    playback.toggle(kept)
    assert not playback.live
    assert [playback.move(kept, at / 9.9) for at in range(5)] == [0, 1, 2, 3, 4]
    playback.speed = 2.0
    assert playback.move(kept, 0.61) == 8
    playback.speed = 0.5
    assert playback.move(kept, 0.7) == 8
    assert playback.move(kept, 0.82) == 9


def test_it_begins_again_at_the_end_or_stops_there() -> None:
    kept = Instants(0, 2)
    playback = Playback()
    playback.toggle(kept)
    assert [playback.move(kept, at / 10 + 0.01 * at) for at in range(5)] == [0, 1, 2, 0, 1]
    playback = Playback()
    playback.loop = False
    playback.toggle(kept)
    assert [playback.move(kept, at / 10 + 0.01 * at) for at in range(5)] == [0, 1, 2, 2, 2]
    assert not playback.playing
    assert not playback.live


def test_a_long_pause_is_not_waited_out() -> None:
    kept, playback = Instants(0, 3, period_ms=60_000), Playback()
    playback.toggle(kept)
    playback.move(kept, 0.0)
    assert playback.move(kept, LONGEST_PAUSE_NS / 1e9) == 1


def test_steps_go_from_the_newest_back_and_stay_within() -> None:
    kept, playback = Instants(0, 9), Playback()
    playback.step(kept, -1)
    assert playback.move(kept, 0.0) == 8
    playback.step(kept, -100)
    assert playback.move(kept, 0.0) == 0
    playback.step(kept, 100)
    assert playback.move(kept, 0.0) == 9


def test_nothing_kept_is_no_position() -> None:
    kept, playback = Instants(0, -1), Playback()
    playback.toggle(kept)
    assert playback.live
    assert not playback.playing
    playback.step(kept, -1)
    assert playback.move(kept, 0.0) is None
    one = Instants(0, 0)
    playback.toggle(one)
    assert playback.move(one, 0.0) == 0
    assert playback.move(one, 100.0) == 0
