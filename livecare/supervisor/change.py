"""Another model, engine or precision while a run goes on: asked for, ordered, awaited."""

import threading
from collections.abc import Callable
from typing import Final

from livecare.config import Config
from livecare.errors import LivecareError
from livecare.link.control import Answer, Done, Refused, SwapRequest
from livecare.logs import logger
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.plan import Restorers, plan_restorers

PATIENCE_S: Final = 900.0
"""Longest that an engine may take to be built, seconds: full TensorRT takes minutes for a large
network. What is slower is refused, and what served goes on."""
ANSWERED_S: Final = PATIENCE_S + 60.0
"""Longest that whoever asks for a change waits for the answer, seconds: a refusal comes when the
patience is over."""
LOOK_S: Final = 0.5
"""Longest wait, seconds, before looking whether the run is over."""


class Changes:
    """Changes what restores, one change at a time.

    Parameters
    ----------
    config : Config
        The run's configuration.
    restorers : Restorers or None
        What restores first; None where nothing does.
    pipeline : callable
        Returns what runs now; None before and after.

    Attributes
    ----------
    restorers : Restorers or None
        What restores, or is to restore the next part.
    """

    def __init__(
        self,
        config: Config,
        restorers: Restorers | None,
        pipeline: Callable[[], Pipeline | None],
    ) -> None:
        self._config = config
        self._pipeline = pipeline
        self._over = threading.Event()
        self.restorers = restorers

    def end(self) -> None:
        """Give up what is awaited: the run is over."""
        self._over.set()

    def handle(self, request: SwapRequest) -> Answer:
        """Do what a request asks; called from the control thread."""
        pipeline = self._pipeline()
        if self.restorers is None:
            return Refused("this run records only: restorer.enabled is false in its configuration")
        if pipeline is None or pipeline.collection.ready is None:
            return Refused("the restorer is not ready: ask again when it is")
        section = self._config.restorer
        asked = {key: value for key, value in _settings(request).items() if value is not None}
        if not asked:
            return Refused("nothing was asked for: give a model, an engine or a precision")
        config = self._config.model_copy(update={"restorer": section.model_copy(update=asked)})
        try:
            wanted = plan_restorers(config)
        except LivecareError as error:
            return Refused(str(error))
        answer = self._order(pipeline, wanted)
        if isinstance(answer, Done):
            self._config, self.restorers = config, wanted
        return answer

    def _order(self, pipeline: Pipeline, wanted: Restorers | None) -> Answer:
        """Order a change and wait until it is made; take the order back if it is not."""
        collection = pipeline.collection
        revision = pipeline.order(wanted)
        reason = self._await(pipeline, revision)
        if reason is None:
            ready = collection.ready_last
            words = "" if ready is None else f"{ready.model}: {ready.why}"
            logger().info("model changed", revision=revision, now=words)
            return Done(words)
        if not self._over.is_set() and self._pipeline() is pipeline:
            pipeline.order(self.restorers)
        logger().warning("model not changed", revision=revision, reason=reason)
        return Refused(reason)

    def _await(self, pipeline: Pipeline, revision: int) -> str | None:
        """Wait until the restorer has followed an order; return why it has not."""
        collection = pipeline.collection
        waited_s = 0.0
        while waited_s < PATIENCE_S and not self._over.is_set():
            if self._pipeline() is not pipeline:
                return "the frames have changed, and a new recording has begun: ask again"
            if collection.wait_for(
                lambda: revision in collection.answers or collection.ready is None, LOOK_S
            ):
                if revision in collection.answers:
                    return collection.answers[revision]
                return "the restorer ended while it got ready; it starts again with what served"
            waited_s += LOOK_S
        if self._over.is_set():
            return "the run is over"
        return f"the engine was not ready within {PATIENCE_S:.0f} s"


def _settings(request: SwapRequest) -> dict[str, str | None]:
    """Return what a request says of each setting of the restorer."""
    return {"model": request.model, "engine": request.engine, "precision": request.precision}
