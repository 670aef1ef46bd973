"""The pulse of a part: at each beat its children are tended and its state is shown."""

import threading
from collections.abc import Callable
from typing import Final

from livecare.link.telemetry import Stage, Telemetry
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.watch import Watch

TICK_S: Final = 0.2
"""Time between two looks at everything, seconds: five snapshots a second are fluent to an eye."""


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
        self.stage: Stage = "starting"
        self._hushed = False

    def beat(self) -> None:
        """Wait for a change or a tick, then look at everything."""
        self._changed.wait(TICK_S)
        self._changed.clear()
        for child in self._pipeline.children:
            if child.tend() and child is self._pipeline.restorer:
                self._pipeline.collection.restorer_gone()
        if not self._hushed:
            self._show(self._watch.look(self.stage))

    def until(self, condition: Callable[[], bool]) -> None:
        """Beat until a condition holds."""
        while not condition():
            self.beat()

    def hush(self) -> None:
        """Show nothing from now on: another part does."""
        self._hushed = True
