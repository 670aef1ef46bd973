"""Knows how the viewer goes from a run of this machine to its next part, and to the next run."""

import contextlib
from pathlib import Path
from typing import Final

from livecare.errors import UsageError
from livecare.frame import StreamInfo
from livecare.viewer.buffer import whole_run
from livecare.viewer.feed.finding import RunPlace, find_runs
from livecare.viewer.feed.local import LocalFeed
from livecare.viewer.feed.talk import Talk
from livecare.viewer.feed.where import ENDED, NEXT_PART_S, SILENT_S, State, Where
from livecare.viewer.seen import SeenFrame

LOOK_S: Final = 0.5
"""Time between two looks for runs, seconds: one lists folders, for a millisecond."""

WAITING: Final = "waiting for livecare: start `livecare run`, or look with `livecare doctor`"
KILLED: Final = (
    "livecare was killed or has crashed: what it recorded until then is on the disk, and "
    "`livecare recover` closes the recording. Waiting for the next run"
)


class RunsHere:
    """The runs on this machine, one at a time: the newest, then what follows it; for one thread.

    A run that goes on is left for its own next part and, where it stands still, for a newer run.

    Parameters
    ----------
    where : Where
        Which runs.
    talk : Talk
        What is said with the run.

    Attributes
    ----------
    info : StreamInfo or None
        The run, as described last.
    """

    nobody: Final = "no run goes on: start `livecare run`"

    def __init__(self, where: Where, talk: Talk) -> None:
        self.info: StreamInfo | None = None
        self._where, self._talk = where, talk
        self._place: RunPlace | None = None
        self._feed: LocalFeed | None = None
        self._over: set[Path] = set()
        self._looked_s = self._attached_s = self._ended_s = float("-inf")
        self._now_s = 0.0
        self._ending = ENDED

    @property
    def state(self) -> State:
        """Whether there is a run."""
        if self._place is None:
            return "waiting"
        going_on = self._feed is not None or self._now_s - self._ended_s < NEXT_PART_S
        return "attached" if going_on else "ended"

    @property
    def trouble(self) -> str | None:
        """What is wrong with the frames that come, for people; None where nothing is."""
        if self._place is None or self._feed is None or not self._is_settled:
            return None
        if not self._feed.trouble:
            return None
        return f"run {self._place.run_id} cannot be looked at: {self._feed.trouble}"

    @property
    def words(self) -> str:
        """How it stands with the run, for people."""
        if self._place is None:
            return WAITING
        if self.state == "ended":
            return self._ending
        return self.trouble or f"following run {self._place.run_id}"

    def take(self, now_s: float) -> list[SeenFrame]:
        """Look for runs if it is time to, and return what is new, without waiting."""
        self._now_s = now_s
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._look()
        if self._feed is None:
            return []
        ended = self._feed.ended  # looked at first: what came before the end is taken
        frames = self._feed.take()
        self.info = self._feed.info or self.info
        if ended:
            self._leave()
        return frames

    def close(self) -> None:
        """Let go of the run; safe to call twice."""
        if self._feed is not None:
            self._feed.close()
            self._feed = None

    @property
    def _is_settled(self) -> bool:
        """Whether a run has had the time to make its rings."""
        return self._now_s - self._attached_s > SILENT_S

    def _look(self) -> None:
        """Find out whether there is a run to go to."""
        runs = [run for run in find_runs(self._where.directory) if self._may_be_shown(run)]
        for run in sorted(runs, key=self._is_other_run):
            if self._place is not None and run.folder == self._place.folder:
                self._turn_to(run)  # it may say only now where it answers
            elif self._is_next(run):
                self._attach(run)
                return

    def _may_be_shown(self, run: RunPlace) -> bool:
        meant = self._where.pid is None or run.pid == self._where.pid
        return meant and run.folder not in self._over

    def _is_other_run(self, place: RunPlace) -> bool:
        """Tell whether it is no part of the run that is, or was, shown."""
        return self._place is None or whole_run(place.run_id) != whole_run(self._place.run_id)

    def _is_next(self, place: RunPlace) -> bool:
        """Tell whether the present run is left for this one."""
        if self._place is None or self.state == "ended":
            return True
        other = self._is_other_run(place)
        if self._feed is None:
            return not other  # its own next part may be about to begin
        stands_still = self._talk.silent_s(self._now_s) > SILENT_S
        return place.begun_ns > self._place.begun_ns and (stands_still or not other)

    def _attach(self, place: RunPlace) -> None:
        self.close()
        if self._is_other_run(place):
            self._talk.expect(self._now_s)
        self._place, self._feed = place, LocalFeed(place.folder)
        self._attached_s = self._now_s
        self._turn_to(place)

    def _turn_to(self, place: RunPlace) -> None:
        self._place = place
        with contextlib.suppress(UsageError):  # a file that was written by somebody else
            self._talk.turn_to(place.telemetry, place.control)

    def _leave(self) -> None:
        """Let go of a run that is over; what it says and answers is still heard."""
        if self._feed is None or self._place is None:
            return
        self._ending = KILLED if self._feed.killed else ENDED
        self._ended_s = self._now_s if not self._feed.killed else float("-inf")
        self._over.add(self._place.folder)
        self.close()
        self._look()
