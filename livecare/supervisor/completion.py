"""The completion of a part: what is done once nothing more is acquired, at once or in its turn."""

from concurrent.futures import Future
from pathlib import Path
from typing import Final

from livecare.errors import LivecareError, StoreError
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store
from livecare.supervisor.account import Account
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.problems import Problems
from livecare.supervisor.pulse import Pulse
from livecare.supervisor.store import NoStore

FAREWELL_S: Final = 2.0
"""Time for a publisher to say the end, seconds."""
DRAIN_S: Final = 60.0
"""Time for a restorer to end when all its work is done, seconds; then it is ended."""


class Completion:
    """Restores what is missing, ends the children in order, and closes the recording.

    Parameters
    ----------
    pipeline : Pipeline
        What runs in the part.
    pulse : Pulse
        Tends it meanwhile.
    problems : Problems
        Where to note what goes wrong.
    account : Account
        Of the part.
    store : Store or NoStore
        The part's recording, at `path`, if it has one.
    path : Path
        See there.
    recorded : bool
        Whether it has one.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        pulse: Pulse,
        problems: Problems,
        account: Account,
        store: Store | NoStore,
        path: Path,
        *,
        recorded: bool,
    ) -> None:
        self._pipeline, self._pulse = pipeline, pulse
        self._problems, self._account = problems, account
        self._store, self._path, self._recorded = store, path, recorded
        self._rests = False

    def rest(self) -> None:
        """Let go of children, rings and most files, until `finish`; another part has followed."""
        self._end_children()
        self._rests = True
        try:
            self._pipeline.rest()
        except LivecareError as error:  # a file could not be closed: `finish` does what it can
            self._problems.note(str(error))

    def write_off(self, why: str) -> None:
        """Close the recording with what is restored by now, and say why nothing more will be."""
        self._end_children()
        self._account.write_off(why)
        self._close(left=True)

    def finish(self, *, left: bool) -> None:
        """Restore what is missing, and close the recording, if there is one.

        Parameters
        ----------
        left : bool
            Whether another part has followed: then the publisher knows of the end already.
        """
        if self._rests:
            if self._has_resumed():
                self._restore_the_rest()
                self._end_restorer(at_once=False)
        else:
            if left:
                self._end_publisher()
            if self._recorded:
                self._restore_the_rest()
            self._end_restorer(at_once=not self._recorded)
        self._close(left=left)

    def _has_resumed(self) -> bool:
        """Go on after a rest, where there is something to restore and that can be done."""
        pipeline, account = self._pipeline, self._account
        wanted = pipeline.restorer is not None and pipeline.config.restorer.backfill
        kept = pipeline.collection.problem is None
        if not wanted or not kept or account.settled >= account.taken:
            return False
        try:
            pipeline.resume()
        except LivecareError as error:
            self._problems.note(str(error))
            return False
        return True

    def _restore_the_rest(self) -> None:
        """Wait for what is under way, and have the recording's other frames restored."""
        pipeline = self._pipeline
        if pipeline.restorer is None:
            return
        if pipeline.restorer.lost:  # what was wrong may be mended: a last try
            pipeline.restorer.try_now()
        self._pulse.stage = "draining"
        self._await_restorer(pipeline.job(pipeline.backfill.drain))
        if pipeline.config.restorer.backfill:
            self._pulse.stage = "backfilling"
            try:
                reader = StoreReader(self._path)
            except StoreError as error:  # it was moved or deleted, or its disk is gone
                self._problems.note(str(error))
                return
            headers = (line.header(reader.info) for line in reader.lines("raw"))
            self._await_restorer(
                pipeline.backfill_from(headers, lambda h: reader.read("raw", h.position))
            )

    def _end_children(self) -> None:
        self._end_publisher()
        self._end_restorer(at_once=True)

    def _end_publisher(self) -> None:
        """Wait until the publisher has said the end, which it was told of."""
        self._pulse.see_out(self._pipeline.publisher, FAREWELL_S)

    def _end_restorer(self, *, at_once: bool) -> None:
        """End the restorer, and collect the last that it gave; `at_once` kills it."""
        self._pulse.stage = "finishing"
        pipeline = self._pipeline
        pipeline.close_ring()
        if pipeline.restorer is not None:
            if at_once or pipeline.collecting.done():
                pipeline.restorer.kill()
            else:
                self._pulse.see_out(pipeline.restorer, DRAIN_S)
        pipeline.collection.finish()
        self._pulse.until(pipeline.collecting.done)
        self._problems.harvest(pipeline.collecting)

    def _close(self, *, left: bool) -> None:
        """Count, and close the recording."""
        ledger = self._account.close()
        try:
            self._store.finish(ledger)
        except LivecareError as error:
            self._problems.note(str(error))
        self._pulse.look()
        if not left:
            self._pipeline.say_end(ledger)
            self._end_publisher()

    def _await_restorer(self, work: Future[None]) -> None:
        pipeline = self._pipeline
        while not work.done():
            self._pulse.beat()
            restorer = pipeline.restorer
            kept = pipeline.collection.problem is None and not pipeline.collecting.done()
            if (restorer is not None and restorer.lost) or not kept:
                pipeline.backfill.abandon()
        self._problems.harvest(work)
