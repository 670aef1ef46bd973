"""Knows what a viewer's step is: what came of frames, telemetry and answers, and how the run is."""

from dataclasses import dataclass
from typing import Final

from livecare.frame import StreamInfo
from livecare.link.requests import Answer, Request
from livecare.link.telemetry import Telemetry
from livecare.viewer.buffer import FrameBuffer
from livecare.viewer.feed.elsewhere import RunElsewhere
from livecare.viewer.feed.here import RunsHere
from livecare.viewer.feed.talk import Talk
from livecare.viewer.feed.where import SILENT_S, State, Where
from livecare.viewer.seen import SeenFrame, View

MOST_RUNS: Final = 256
"""Descriptions of runs that are kept: each part of a recording is one, and a window stays open for
weeks."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is new since the last step.

    Attributes
    ----------
    frames : tuple of SeenFrame
        New frames; they are in the buffer already.
    telemetry : Telemetry or None
        The newest snapshot, if one has come.
    state : "waiting", "attached" or "ended"
        Whether there is a run.
    silent : bool
        Whether the run that is there does not answer.
    trouble : str or None
        What is wrong with the frames that come, for people.
    words : str
        All that, for people.
    answers : tuple of (Request, Answer)
        What has been answered.
    """

    frames: tuple[SeenFrame, ...]
    telemetry: Telemetry | None
    state: State
    silent: bool
    trouble: str | None
    words: str
    answers: tuple[tuple[Request, Answer], ...]


class Session:
    """What a viewer has to do with runs, one after the other; for one thread.

    Parameters
    ----------
    where : Where
        Where to look for them.
    buffer : FrameBuffer or None
        Where frames go; None makes one.

    Raises
    ------
    UsageError
        If an endpoint of `where` is none.

    Attributes
    ----------
    buffer : FrameBuffer
        What was seen.
    info : StreamInfo or None
        The run that the newest frames in the buffer are of, as described last.
    """

    def __init__(self, where: Where, buffer: FrameBuffer | None = None) -> None:
        self.buffer = FrameBuffer() if buffer is None else buffer
        self.info: StreamInfo | None = None
        self._told: dict[str, StreamInfo] = {}
        self._talk = Talk()
        self._runs: RunsHere | RunElsewhere = (
            RunsHere(where, self._talk)
            if where.preview is None
            else RunElsewhere(where, self._talk)
        )

    @property
    def telemetry(self) -> Telemetry | None:
        """What the run has said of itself last."""
        return self._talk.telemetry

    def step(self, now_s: float) -> Step:
        """Look at everything once, without waiting.

        Parameters
        ----------
        now_s : float
            The time, of a clock that is never set, seconds.
        """
        telemetry = self._talk.listen(now_s)  # first: what waits there is no silence
        frames = self._runs.take(now_s)
        if frames and (self.info is None or frames[-1].run_id != self.info.run_id):
            self.buffer.begin(frames[-1].run_id)
        for frame in frames:
            self.buffer.add(frame)
        if self._runs.info is not None and (frames or self.info is None):
            self.info = self._runs.info
            self._note(self.info)
        silent_s = self._talk.silent_s(now_s)
        state = self._runs.state
        silent = state == "attached" and silent_s > SILENT_S
        words = f"livecare has not answered for {silent_s:.0f} s" if silent else self._runs.words
        answers = tuple(self._talk.answers())
        trouble = self._runs.trouble
        return Step(tuple(frames), telemetry, state, silent, trouble, words, answers)

    def _note(self, info: StreamInfo) -> None:
        self._told[info.run_id] = info
        if len(self._told) > MOST_RUNS:
            del self._told[next(iter(self._told))]

    def info_of(self, view: View) -> StreamInfo | None:
        """Return the run that the frames of a view are of, as described last."""
        frames = (each.raw or each.restored for each in view.channels)
        run_id = next((frame.run_id for frame in frames if frame is not None), "")
        return self._told.get(run_id, self.info)

    def send(self, request: Request) -> None:
        """Ask the run for something; a later step has the answer."""
        self._talk.send(request, self._runs.nobody)

    def close(self) -> None:
        """Let go of the run; safe to call twice."""
        self._runs.close()
        self._talk.close()
