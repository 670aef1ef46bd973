"""Knows the life of a follower: wait for the data set, then for each frame, then for its end."""

from dataclasses import replace
from typing import Final

from livecare.errors import SourceError, StoppedError, UsageError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.images.ndtiff_words import as_text, camera_time_ns
from livecare.sources.clock import NS_PER_S, Clock, MonotonicClock, StopSignal
from livecare.sources.ndtiff_follow.axes import GrowingAxes
from livecare.sources.ndtiff_follow.finding import DataSetFinder
from livecare.sources.ndtiff_follow.settings import NDTiffFollowSettings
from livecare.sources.ndtiff_follow.stream import DataSetWords
from livecare.sources.ndtiff_follow.supply import FrameSupply, WholeFrame
from livecare.sources.poll import Poll
from livecare.sources.protocol import Arrival, NoFrame
from livecare.sources.stages import Stages

_POLL_S: Final = 0.01
"""How often new frames are looked for, s: little beside an exposure, and little work."""

_SEARCH_S: Final = 0.1
"""How often a data set is looked for, s."""

_SETTLE_S: Final = 1.0
"""How long a data set must look finished, s: writers of several files cut one before they make
the next."""


class NDTiffFollowSource:
    """A `FrameSource` of a data set that Micro-Manager or pycromanager is writing.

    It gives every frame, in the order of the data set, and never one that is not whole.
    """

    def __init__(self, settings: NDTiffFollowSettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock: Clock = clock or MonotonicClock()
        self._stop = StopSignal(self._clock)
        self._stages = Stages("ndtiff-follow")
        self._supply: FrameSupply | None = None
        self._words: DataSetWords | None = None
        self._axes: GrowingAxes | None = None
        self._stream: StreamInfo | None = None
        self._pending: WholeFrame | None = None
        self._given = 0
        self._news_ns = 0
        self._drained = False
        self._ended = False
        self._hindrance = ""
        self._problem: str | None = None

    @property
    def lost_at_end(self) -> int:
        """Always 0: what the writer saved is given."""
        return 0

    @property
    def problem(self) -> str | None:
        """Why it ended though the data set was not finished; None if it did not."""
        return self._problem

    def open(self, run_id: str) -> StreamInfo:
        """Wait for the data set and its first frame.

        Raises
        ------
        SourceError
            The path is wrong, or the data set cannot be read.
        StoppedError
            A stop was requested first.
        """
        self._stages.open()
        finder = DataSetFinder(self._settings)
        while (index := finder.find()) is None:
            self._rest(_SEARCH_S)
        self._words = DataSetWords(index, run_id)
        self._supply = FrameSupply(index)
        while (frame := self._next(self._supply)) is None:
            self._rest(_POLL_S)
        self._pending = frame
        return self._begin(frame)

    def start(self) -> None:
        """Begin to give frames; the writer knows nothing of it."""
        self._stages.start()
        self._news_ns = self._clock.now_ns()

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        """Wait for the next frame and copy it.

        Raises
        ------
        SourceError
            The index is damaged, or frames are in colour.
        """
        stream = self._stages.check_read(pixels, self._stream)
        poll = Poll(self._clock, self._stop, timeout_s)
        while not self._over():
            frame = self._pending or self._advance()
            if frame is not None:
                self._pending = frame
                return self._change(frame, stream) or self._give(frame, pixels)
            if not poll.wait(_POLL_S):
                return NoFrame.WAITING
        return NoFrame.ENDED

    def request_stop(self) -> None:
        """End soon; frames that are on the disk by then still come."""
        self._stop.request()

    def close(self) -> None:
        """Let go of the files."""
        self._stop.request()
        self._stages.close()
        if self._supply is not None:
            self._supply.close()

    def _rest(self, time_s: float) -> None:
        if self._stop.since_ns is not None:
            raise StoppedError(
                f"ndtiff-follow: stopped before a frame came in {self._settings.path}"
            )
        self._stop.wait(time_s)

    def _begin(self, frame: WholeFrame) -> StreamInfo:
        """Describe the stream from the first frame of an epoch on."""
        words, text = self._words_of_it(), as_text(frame.text)
        self._axes = GrowingAxes(frame.entry)
        stream = words.describe(frame.entry, text)
        if self._settings.frames is not None:
            stream = replace(stream, expected_frames=self._settings.frames - self._given)
        self._stream = self._axes.stretch(stream, frame.entry, words.channel(frame.entry, text))
        return self._stream

    def _change(self, frame: WholeFrame, stream: StreamInfo) -> StreamInfo | None:
        """Return what the stream is from this frame on, None if nothing changes."""
        words, axes = self._words_of_it(), self._axes
        if axes is None or words.differs(frame.entry, stream):
            return self._begin(frame)
        channel = words.channel(frame.entry, as_text(frame.text))
        self._stream = axes.stretch(stream, frame.entry, channel)
        return None if self._stream is stream else self._stream

    def _give(self, frame: WholeFrame, pixels: Pixels) -> Arrival:
        supply, axes = self._supply, self._axes
        position = axes.locate(frame.entry) if axes else Position(0)
        if supply is not None:
            try:
                supply.read_into(frame, pixels)
            except OSError as error:
                raise SourceError(
                    f"ndtiff-follow: frame {dict(frame.entry.axes)} cannot be read from "
                    f"{frame.entry.file} ({error}); check the disk or the network drive"
                ) from error
        self._pending = None
        self._given += 1
        return Arrival(
            position=position,
            received_ns=self._clock.now_ns(),
            camera_index=self._given - 1,
            camera_time_ns=camera_time_ns(as_text(frame.text)),
        )

    def _over(self) -> bool:
        self._ended = self._ended or self._given == self._settings.frames
        return self._ended

    def _advance(self) -> WholeFrame | None:
        """Return the next frame; without one, decide whether it is over."""
        supply = self._supply
        if supply is None:
            return None
        stopping = self._stop.since_ns is not None
        frame = self._next(supply, stopping=stopping)
        if frame is not None:
            self._news_ns = self._clock.now_ns()
        elif stopping:
            self._ended = True
        else:
            self._judge_silence(supply)
        return frame

    def _next(self, supply: FrameSupply, *, stopping: bool = False) -> WholeFrame | None:
        try:
            if stopping and not self._drained:  # what is there now is the last that comes
                self._drained = True
                supply.look()
            frame = supply.next(look=not stopping)
        except UsageError as error:
            raise SourceError(f"ndtiff-follow: {error}") from error
        except FileNotFoundError as error:
            raise SourceError(
                f"ndtiff-follow: {error.filename} is gone; leave the data set where it is written"
            ) from error
        except OSError as error:  # others may hold the file for a moment
            self._hindrance = f" ({error})"
            return None
        self._hindrance = ""
        if frame is not None and not frame.entry.readable:
            raise SourceError(
                f"ndtiff-follow: frame {dict(frame.entry.axes)} is in colour or compressed; "
                "set the camera to grey frames of 8 to 16 bits"
            )
        return frame

    def _judge_silence(self, supply: FrameSupply) -> None:
        silent_s = (self._clock.now_ns() - self._news_ns) / NS_PER_S
        if silent_s < _SETTLE_S:
            return
        idle = silent_s >= self._settings.idle_s
        try:
            finished = supply.finished() and not supply.waiting
        except OSError as error:
            finished, self._hindrance = False, f" ({error})"
        self._ended = idle or (finished and not supply.full)
        if idle and not finished:
            self._problem = (
                f"the data set in {self._words_of_it().folder} was not finished: nothing new came "
                f"for {self._settings.idle_s:g} s{self._hindrance}; the {self._given} frames until "
                "then are there. See whether Micro-Manager still runs, or raise idle_s"
            )

    def _words_of_it(self) -> DataSetWords:
        if self._words is None:
            raise SourceError("ndtiff-follow: it is not open; call open first")
        return self._words
