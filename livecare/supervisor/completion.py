"""The completion of a part: what is done once nothing more is acquired."""

from concurrent.futures import Future
from pathlib import Path
from typing import Final

from livecare.config import Config
from livecare.sinks.reader import StoreReader
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.problems import Problems
from livecare.supervisor.pulse import Pulse
from livecare.supervisor.stall import StallWatch

DRAIN_S: Final = 60.0
"""Time for a restorer to end when all its work is done, seconds; then it is ended."""


class Completion:
    """Restores what is missing, and ends the children in order.

    Parameters
    ----------
    config : Config
        The run's configuration.
    pipeline : Pipeline
        What runs in the part.
    pulse : Pulse
        Tends it meanwhile.
    problems : Problems
        Where to note what goes wrong.
    collecting : Future
        The job that collects restored frames.
    """

    def __init__(
        self,
        config: Config,
        pipeline: Pipeline,
        pulse: Pulse,
        problems: Problems,
        collecting: Future[None],
    ) -> None:
        self._config, self._pipeline, self._pulse = config, pipeline, pulse
        self._problems, self._collecting = problems, collecting

    def restore_the_rest(self, recording: Path) -> None:
        """Wait for what is under way, and have the recording's other frames restored."""
        pipeline = self._pipeline
        if pipeline.restorer is None:
            return
        self._pulse.stage = "draining"
        self._await_restorer(pipeline.job(pipeline.backfill.drain))
        if self._config.restorer.backfill:
            self._pulse.stage = "backfilling"
            reader = StoreReader(recording)
            headers = (line.header(reader.info) for line in reader.lines("raw"))
            self._await_restorer(
                pipeline.backfill_from(headers, lambda h: reader.read("raw", h.position))
            )

    def end_restorer(self, *, at_once: bool) -> None:
        """End the restorer, and collect the last that it gave; `at_once` kills it."""
        self._pulse.stage = "finishing"
        pipeline = self._pipeline
        pipeline.close_ring()
        if pipeline.restorer is not None:
            if at_once or self._collecting.done():
                pipeline.restorer.kill()
            else:
                pipeline.restorer.end(DRAIN_S)
        pipeline.collection.finish()
        self._pulse.until(self._collecting.done)
        self._problems.harvest(self._collecting)

    def _await_restorer(self, work: Future[None]) -> None:
        watch = StallWatch(self._pipeline.collection)
        while not work.done():
            self._pulse.beat()
            restorer = self._pipeline.restorer
            if (restorer is not None and restorer.given_up) or self._collecting.done():
                self._pipeline.backfill.abandon()
            elif restorer is not None and watch.stalled:
                restorer.replace()
        self._problems.harvest(work)
