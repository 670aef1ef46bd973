"""The problems of a part: what went wrong, in sentences for its report."""

from concurrent.futures import Future

from livecare.errors import LivecareError
from livecare.link import Degraded
from livecare.logs import logger
from livecare.recorder import Acquisition
from livecare.sources.protocol import FrameSource, why_lost
from livecare.supervisor.children import Child


class Problems:
    """Collects them, in the order in which they come up."""

    def __init__(self) -> None:
        self._sentences: list[str] = []

    @property
    def sentences(self) -> tuple[str, ...]:
        """All so far."""
        return tuple(self._sentences)

    def note(self, problem: str) -> None:
        """Add one."""
        self._sentences.append(problem)

    def harvest(self, job: Future[None]) -> None:
        """Note why a job that is over failed, if it did; an error of ours is raised again."""
        error = job.exception()
        if isinstance(error, LivecareError):
            logger().error("the recording is in trouble", error=str(error))
            self.note(str(error))
        elif error is not None:
            raise error

    def note_losses(
        self,
        acquisition: Acquisition,
        recorded: int,
        source: FrameSource,
        known: str | None = None,
    ) -> None:
        """Note the frames that did not reach the recording, now that all others have.

        `known` is the source's problem of before this part, which is none of its own.
        """
        unrecorded = acquisition.acquired - recorded
        if unrecorded:
            self.note(f"{unrecorded} acquired frames could not be recorded")
        why, problem = why_lost(source), source.problem
        if acquisition.lost:
            about = "about " if acquisition.loss_estimated else ""
            said = why or problem or "the camera did not wait"
            self.note(f"{about}{acquisition.lost} frames lost: {said}")
            problem = problem if why else None
        if problem and problem != known:
            self.note(problem)

    def note_early_end(self, source: FrameSource, known: str | None = None) -> None:
        """Note why a source ended by itself while its frames were only looked at, if it says so.

        What it lost meanwhile is missing in no recording. `known` is as in `note_losses`.
        """
        problem = source.problem
        if problem and problem != known:
            logger().error("frames ended early", why=problem)
            self.note(problem)

    def note_failed_restores(
        self, failed: int, restorer: Child | None, degraded: Degraded | None = None
    ) -> None:
        """Note the recorded frames that should have been restored and were not."""
        if failed and degraded is not None and degraded.to != "full":
            self.note(f"at the end, {degraded.words}")
        if failed and restorer is not None and restorer.given_up:
            self.note(
                f"the restorer was given up after {restorer.restarts} restarts; "
                f"its last words: {restorer.last_words()}"
            )
        if failed:
            self.note(f"{failed} recorded frames could not be restored; the raw ones are safe")
