"""The pulse of a part: at each beat its children are tended and its state is shown."""

import threading
import time
from collections.abc import Callable
from typing import Final

from livecare.link.telemetry import Stage, Telemetry
from livecare.supervisor.children import Child
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.stall import StallWatch
from livecare.supervisor.watch import Watch

TICK_S: Final = 0.2
"""Time between two looks at everything, seconds: five snapshots a second are fluent to an eye."""
AFTERWARDS: Final = ("draining", "backfilling")
"""Stages in which somebody waits for what the restorer has under way."""


class Pulse:
    """Looks after a part while its jobs run.

    Parameters
    ----------
    changed : threading.Event
        Brings the next beat forward.
    pipeline : Pipeline
        Whose children are tended.
    watch : Watch
        Takes the snapshots.
    show : callable
        Is called with them.

    Attributes
    ----------
    stage : str
        What the part is doing, as the snapshots say it.
    """

    def __init__(
        self,
        changed: threading.Event,
        pipeline: Pipeline,
        watch: Watch,
        show: Callable[[Telemetry], None],
    ) -> None:
        self._changed, self._pipeline, self._watch, self._show = changed, pipeline, watch, show
        self._stall = StallWatch(pipeline.collection, lambda: pipeline.waiting)
        self.stage: Stage = "starting"
        self._hushed = False

    def beat(self) -> None:
        """Wait for a change or a tick, then look at everything."""
        self._changed.wait(TICK_S)
        self.look()

    def look(self) -> None:
        """Look at everything now."""
        self._changed.clear()
        for child in self._pipeline.children:
            if child.tend() and child is self._pipeline.restorer:
                self._pipeline.collection.restorer_gone()
        self._end_what_hangs()
        if not self._hushed:
            self._show(self._watch.look(self.stage))

    def _end_what_hangs(self) -> None:
        """End a restorer that does nothing although there is something to do."""
        restorer = self._pipeline.restorer
        if restorer is None or not restorer.alive:
            self._stall.reset()
        elif why := self._stall.look(under_way=self.stage in AFTERWARDS):
            restorer.replace(why)
            self._stall.reset()

    def until(self, condition: Callable[[], bool]) -> None:
        """Beat until a condition holds."""
        while not condition():
            self.beat()

    def see_out(self, child: Child, timeout_s: float) -> None:
        """Beat until a child that has nothing more to do has ended; end it where it does not.

        Parameters
        ----------
        child : Child
            It was told to end.
        timeout_s : float
            How long that may take, seconds.
        """
        child.dismiss()
        until = time.monotonic() + timeout_s
        self.until(lambda: not child.alive or time.monotonic() > until)
        child.end(0)

    def hush(self) -> None:
        """Show nothing from now on: another part does."""
        self._hushed = True
