"""Knows the last frames that were seen, as many as fit, and which of them are shown together."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from livecare.sinks.layout import LANES, LaneName
from livecare.viewer.seen import ChannelView, SeenFrame, View

BUDGET_BYTES: Final = 512 << 20
"""Memory for kept frames: 30 pairs of 2048 × 2048 or 500 of 512 × 512 (16-bit), and a laptop of
8 GB has it to spare."""

FRAME_OVERHEAD_BYTES: Final = 4096
"""What a kept frame takes beside its pixels, generously: without it small frames would be kept by
the hundred thousand."""

SAME_INSTANT_NS: Final = 100_000_000
"""Longest lag of restored frames behind raw ones at which the raw side waits for them, ns, so that
both show one instant. It goes on no faster than restored frames come then: whoever is never
further behind restores 20 a second at least, as a frame's way and the time to the next are both in
the lag."""

SETTLED_NS: Final = 1_000_000_000
"""How long restored frames must have kept within that before the raw side waits for them again, ns:
a raw side that waits now and then jumps to and fro."""

STAND_IN_NS: Final = 10_000_000_000
"""How long the last frame of a run's earlier part may stand in for one that the present part does
not have yet, ns: a restorer that starts anew needs seconds."""


class Instant(NamedTuple):
    """A kept instant, which stays the same while others come and go.

    Attributes
    ----------
    run : int
        Number of its run, in the order in which they were seen.
    sequence : int
        Sequence number of its frames.
    """

    run: int
    sequence: int


@dataclass(slots=True)
class _Kept:
    """The frames of one instant."""

    raw: SeenFrame | None = None
    restored: SeenFrame | None = None

    def frame(self, lane: LaneName) -> SeenFrame | None:
        return self.raw if lane == "raw" else self.restored


@dataclass(slots=True)
class _RawSide:
    """Which raw frame a channel shows live: the newest, or what the restored one was made from."""

    late_ns: int | None = None
    """When a restored frame was last too late to wait for, by the arrival of raw ones."""
    shown: SeenFrame | None = None

    def choose(self, raw: SeenFrame, source: SeenFrame | None) -> SeenFrame:
        """Return the frame to show: within a run none that is older than the one before."""
        now_ns = raw.header.received_ns
        if source is None or now_ns - source.header.received_ns >= SAME_INSTANT_NS:
            self.late_ns = now_ns
        late = self.late_ns is not None and 0 <= now_ns - self.late_ns < SETTLED_NS
        wanted = raw if source is None or late else source
        before = self.shown
        if before is None or before.run_id != wanted.run_id or not _newer(before, wanted):
            self.shown = wanted
        return self.shown or wanted


def _newer(first: SeenFrame, second: SeenFrame) -> bool:
    return first.header.sequence > second.header.sequence


def whole_run(run_id: str) -> str:
    """Return the name of the run that a part belongs to: parts add a number to it."""
    return run_id.partition(".")[0]


class FrameBuffer:
    """A rolling buffer; for one thread.

    Whatever the budget, the newest raw and the newest restored frame of each channel stay.

    Parameters
    ----------
    budget_bytes : int
        Memory for frames.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget_bytes = budget_bytes
        self._runs: dict[str, int] = {}
        self.clear()

    def clear(self) -> None:
        """Forget all frames."""
        self._kept: dict[Instant, _Kept] = {}
        self._instants: list[Instant] = []
        self._lanes: dict[tuple[LaneName, int], list[Instant]] = {}
        self._form: tuple[tuple[int, int], int] | None = None
        self._raw_dtype: str | None = None
        self._raw_sides: dict[int, _RawSide] = {}
        self._bytes = 0

    def begin(self, run_id: str) -> None:
        """Take note of the run that frames come of now.

        One that comes again after another begins anew, since its number is the earlier one's.
        """
        if self._instants and self._runs.get(run_id, len(self._runs)) < self._instants[-1].run:
            self.clear()
            self._runs = {}

    @property
    def count(self) -> int:
        """How many instants are kept."""
        return len(self._instants)

    @property
    def kept_bytes(self) -> int:
        """Memory that they take, with what goes beside the pixels."""
        return self._bytes

    def add(self, frame: SeenFrame) -> None:
        """Keep a frame, and drop the oldest beyond the budget.

        A frame of another shape or pixel type than those that are kept begins anew; one that comes
        a second time is passed over.
        """
        run = self._runs.setdefault(frame.run_id, len(self._runs))
        if self._differs(frame):
            if run < self._instants[-1].run:
                return  # a straggler of an earlier run
            self.clear()
        self._note_form(frame)
        instant = Instant(run, frame.header.sequence)
        lane: LaneName = "raw" if frame.restoration is None else "restored"
        kept = self._kept.get(instant)
        if kept is None:
            kept = self._kept[instant] = _Kept()
            insort(self._instants, instant)
        elif kept.frame(lane) is not None:
            return
        if lane == "raw":
            kept.raw = frame
        else:
            kept.restored = frame
        insort(self._lanes.setdefault((lane, frame.header.position.c), []), instant)
        self._bytes += _weight(frame)
        self._shrink()

    def view(self, at: int | None, channels: int) -> View:
        """Return what is shown of an instant.

        Parameters
        ----------
        at : int or None
            Index of a kept instant, the oldest being 0, taken to the nearest that there is; None
            for live: the newest of each channel.
        channels : int
            How many channels there are.

        Returns
        -------
        View
            Live, the raw side waits for a restored frame that lags a little, so that both show
            one instant. At an instant, each side shows its newest frame up to there.
        """
        last = self.count - 1
        if last < 0:
            return View((ChannelView(),) * channels)
        live = at is None
        index = last if at is None else min(max(at, 0), last)
        until = self._instants[index]
        views = tuple(self._channel(channel, until, wait=live) for channel in range(channels))
        return View(views, index, self.count, live)

    def instant(self, index: int) -> Instant | None:
        """Return what holds on to the instant at an index while frames come and go.

        The index is taken to the nearest that there is; None where nothing is kept.
        """
        if not self._instants:
            return None
        return self._instants[min(max(index, 0), self.count - 1)]

    def index_of(self, instant: Instant) -> int:
        """Return where an instant is by now; where it was dropped, the oldest after it."""
        return max(0, min(bisect_left(self._instants, instant), self.count - 1))

    def received_ns(self, index: int) -> int:
        """Return when livecare had the frames of an instant, ns; 0 where nothing is kept."""
        instant = self.instant(index)
        kept = None if instant is None else self._kept[instant]
        frame = None if kept is None else kept.raw or kept.restored
        return 0 if frame is None else frame.header.received_ns

    def history(self, channel: int) -> Iterator[tuple[SeenFrame | None, SeenFrame | None]]:
        """Iterate over a channel's kept frames, raw and restored of each instant, oldest first."""
        lanes = (self._lanes.get((lane, channel), []) for lane in LANES)
        for instant in sorted({instant for lane in lanes for instant in lane}):
            kept = self._kept[instant]
            yield kept.raw, kept.restored

    def _channel(self, channel: int, until: Instant, *, wait: bool) -> ChannelView:
        raw = self._newest("raw", channel, until)
        restored = self._newest("restored", channel, until)
        source = None if restored is None else self._source(restored)
        if wait and raw is not None:
            raw = self._raw_sides.setdefault(channel, _RawSide()).choose(raw, source)
        return ChannelView(raw, restored, source)

    def _newest(self, lane: LaneName, channel: int, until: Instant) -> SeenFrame | None:
        """Find the newest frame up to an instant, of its run or standing in for it."""
        instants = self._lanes.get((lane, channel), [])
        position = bisect_right(instants, until)
        if position == 0:
            return None
        found = instants[position - 1]
        frame = self._kept[found].frame(lane)
        if found.run == until.run or frame is None:
            return frame
        return frame if self._may_stand_in(frame, self._kept[until]) else None

    @staticmethod
    def _may_stand_in(frame: SeenFrame, now: _Kept) -> bool:
        present = now.raw or now.restored
        if present is None or whole_run(present.run_id) != whole_run(frame.run_id):
            return False
        return present.header.received_ns - frame.header.received_ns < STAND_IN_NS

    def _source(self, restored: SeenFrame) -> SeenFrame | None:
        return self._kept[Instant(self._runs[restored.run_id], restored.header.sequence)].raw

    def _differs(self, frame: SeenFrame) -> bool:
        if self._form is None:
            return False
        of_raw = frame.restoration is None and self._raw_dtype is not None
        other_type = of_raw and frame.header.dtype != self._raw_dtype
        return other_type or self._form != _form(frame)

    def _note_form(self, frame: SeenFrame) -> None:
        self._form = _form(frame)
        if frame.restoration is None:
            self._raw_dtype = frame.header.dtype

    def _shrink(self) -> None:
        while self._bytes > self._budget_bytes:
            index = next(
                (i for i, each in enumerate(self._instants) if not self._shown(each)), None
            )
            if index is None:
                return
            self._drop(index)

    def _shown(self, instant: Instant) -> bool:
        """Tell whether a frame of this instant is the newest of its lane and channel."""
        for lane in LANES:
            frame = self._kept[instant].frame(lane)
            if frame is not None and self._lanes[lane, frame.header.position.c][-1] == instant:
                return True
        return False

    def _drop(self, index: int) -> None:
        instant = self._instants.pop(index)
        kept = self._kept.pop(instant)
        for lane in LANES:
            frame = kept.frame(lane)
            if frame is not None:
                instants = self._lanes[lane, frame.header.position.c]
                del instants[bisect_left(instants, instant)]
                self._bytes -= _weight(frame)


def _weight(frame: SeenFrame) -> int:
    return frame.pixels.nbytes + FRAME_OVERHEAD_BYTES


def _form(frame: SeenFrame) -> tuple[tuple[int, int], int]:
    return frame.header.shape_yx, frame.reduction
