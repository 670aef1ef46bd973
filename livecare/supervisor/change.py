"""What changes while a run goes on, model or normalisation: asked for, ordered, awaited."""

import threading
from collections.abc import Callable
from typing import Final

from livecare.config import Config, Origin
from livecare.errors import LivecareError
from livecare.link.requests import PATIENCE_S, Answer, Done, Refused, RelockRequest, SwapRequest
from livecare.logs import logger
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.plan import Restorers, plan_restorers

RELOCK_S: Final = 300.0
"""Longest wait for frames that a normalisation is measured from, seconds: eight of a slow
time-lapse take minutes."""
RECORDS_ONLY: Final = "this run records only: restorer.enabled is false in its configuration"
NOT_READY: Final = "the restorer is not ready: ask again when it is"
OVER: Final = "the run is over"
NO_ORDERS: Final = frozenset({"backfill"})
"""Keys of the restorer's section that the restorer itself is not told."""
UNTOLD: Final = (
    "the restorer cannot be told: {}; its orders lie beside the rings (ring.directory): free some "
    "space there, and ask again"
)
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
    made : callable
        Called with the configuration and what restores once a change is made: further parts of the
        run are to begin with them.

    Attributes
    ----------
    config : Config
        The run's configuration by now.
    restorers : Restorers or None
        What restores, or is to restore the next part.
    """

    def __init__(
        self,
        config: Config,
        restorers: Restorers | None,
        pipeline: Callable[[], Pipeline | None],
        made: Callable[[Config, Restorers | None], None] = lambda *_: None,
    ) -> None:
        self._pipeline, self._made = pipeline, made
        self._over = threading.Event()
        self._turn = threading.RLock()
        self.config = config
        self.restorers = restorers

    def end(self) -> None:
        """Give up what is awaited: the run is over."""
        self._over.set()

    def refused(self) -> dict[str, str]:
        """Say what would not be done now ("swap", "relock"), and why; any thread may call."""
        relock = self._no_relock()
        swap = self._no_swap()
        return ({"swap": swap} if swap else {}) | ({"relock": relock} if relock else {})

    def title(self, model: str) -> str:
        """Return what a model calls itself; "" where a swap to it would not be ordered."""
        try:
            restorers = plan_restorers(self._config_with({"model": model}))
        except LivecareError:
            return ""
        return "" if restorers is None else restorers.model.name

    def handle(self, request: SwapRequest | RelockRequest) -> Answer:
        """Do what a request asks; whoever calls meanwhile waits for its turn."""
        with self._turn:
            return self._swap(request) if isinstance(request, SwapRequest) else self._relock()

    def take_up(self, choose: Callable[[Config], Config]) -> Answer:
        """Go on with another configuration; refused as a whole where it cannot be.

        Parameters
        ----------
        choose : callable
            Makes it from the present one, which nobody changes meanwhile.
        """
        with self._turn:
            config = choose(self.config)
            if self._over.is_set():
                return Refused(OVER)
            try:
                wanted = plan_restorers(config.coming_from(Origin()))  # not all of it is a file's
            except LivecareError as error:
                return Refused(f"with what runs now, this cannot be: {error}")
            pipeline = self._pipeline()
            if pipeline is None or _ordered_alike(self.config, config):
                self._make(config, wanted if pipeline is None else self.restorers)
                return Done("")
            refusal = self._no_swap()
            return Refused(refusal) if refusal else self._order(pipeline, config, wanted)

    def _no_swap(self) -> str:
        """Say why nothing can be changed now; "" where it can."""
        pipeline = self._pipeline()
        if self.restorers is None:
            return RECORDS_ONLY
        return NOT_READY if pipeline is None or not pipeline.collection.restorer.answerable else ""

    def _no_relock(self) -> str:
        """Say why the normalisation cannot be measured anew now; "" where it can."""
        pipeline, restorers = self._pipeline(), self.restorers
        refusal = self._no_swap()
        if refusal or restorers is None or pipeline is None:
            return refusal
        if pipeline.collection.restorer.ready is None:
            return NOT_READY
        if given := _given(self.config, restorers):
            return given
        if not pipeline.collection.normalisation:
            return "nothing is locked yet: the first frames are measured when they come"
        return "" if pipeline.acquisition.ended_ns is None else "no frames come any more"

    def _config_with(self, settings: dict[str, str]) -> Config:
        """Return the configuration with some of the restorer's settings, which no file has."""
        section = self.config.restorer.model_copy(update=settings)
        return self.config.model_copy(update={"restorer": section}).coming_from(Origin())

    def _swap(self, request: SwapRequest) -> Answer:
        pipeline, refusal = self._pipeline(), self._no_swap()
        if refusal or pipeline is None:
            return Refused(refusal or NOT_READY)
        asked = {key: value for key, value in _settings(request).items() if value is not None}
        if not asked:
            return Refused("nothing was asked for: give a model, an engine or a precision")
        config = self._config_with(asked)
        try:
            wanted = plan_restorers(config)
        except LivecareError as error:
            return Refused(str(error))
        return self._order(pipeline, config.coming_from(self.config.origin), wanted)

    def _make(self, config: Config, restorers: Restorers | None) -> None:
        self.config, self.restorers = config, restorers
        self._made(config, restorers)

    def _order(self, pipeline: Pipeline, config: Config, wanted: Restorers | None) -> Answer:
        """Order a change and wait until it is made; take the order back if it is not."""
        collection = pipeline.collection
        try:
            revision = pipeline.order(wanted, config.restorer)
        except OSError as error:
            return Refused(UNTOLD.format(error))
        reason = self._await(pipeline, revision, PATIENCE_S, "the engine was not ready")
        if reason is None:
            self._make(config, wanted)
            ready = collection.restorer.ready_last
            words = "" if ready is None else f"{ready.model}: {ready.why}"
            logger().info("model changed", revision=revision, now=words)
            return Done(words)
        self._take_back(pipeline)
        logger().warning("model not changed", revision=revision, reason=reason)
        return Refused(reason)

    def _relock(self) -> Answer:
        """Order the normalisation to be measured anew and wait; the former goes on if it is not."""
        pipeline, refusal = self._pipeline(), self._no_relock()
        if refusal or pipeline is None:
            return Refused(refusal or NOT_READY)
        try:
            revision = pipeline.order_relock()
        except OSError as error:
            return Refused(UNTOLD.format(error))
        late = "not enough frames came to measure"
        reason = self._await(pipeline, revision, RELOCK_S, late)
        if reason is None:
            locked = pipeline.collection.normalisation
            words = "; ".join(f"channel {each.channel}, {each.words}" for each in locked)
            logger().info("normalisation measured anew", revision=revision, now=words)
            return Done(words)
        if revision not in pipeline.collection.restorer.answers:
            self._take_back(pipeline)
        logger().warning("normalisation not measured anew", revision=revision, reason=reason)
        return Refused(reason)

    def _take_back(self, pipeline: Pipeline) -> None:
        """Order what served before, unless nobody is there to follow.

        A restorer that cannot be told is told at its next start.
        """
        if self._over.is_set() or self._pipeline() is not pipeline:
            return
        try:
            pipeline.order(self.restorers, self.config.restorer)
        except OSError:
            pipeline.adopt(self.restorers, self.config.restorer)

    def _await(self, pipeline: Pipeline, revision: int, patience_s: float, late: str) -> str | None:
        """Wait until the restorer has followed an order; return why it has not."""
        collection, restorer = pipeline.collection, pipeline.collection.restorer
        waited_s = 0.0
        while waited_s < patience_s and not self._over.is_set():
            if self._pipeline() is not pipeline:
                return "the frames have changed, and a new recording has begun: ask again"
            if collection.wait_for(
                lambda: revision in restorer.answers or not restorer.answerable, LOOK_S
            ):
                if revision in restorer.answers:
                    return restorer.answers[revision]
                return "the restorer ended while it got ready; it starts again with what served"
            waited_s += LOOK_S
        if self._over.is_set():
            return OVER
        return f"{late} within {patience_s:.0f} s"


def _ordered_alike(present: Config, wanted: Config) -> bool:
    """Tell whether a restorer would be told the same."""
    now, then = (each.restorer.model_dump(exclude=set(NO_ORDERS)) for each in (present, wanted))
    return now == then


def _given(config: Config, restorers: Restorers) -> str:
    """Say why a normalisation is not measured from frames; "" where it is."""
    section = config.restorer
    if restorers.normalisation == "per-frame":
        return "each frame is normalised by itself: nothing is locked"
    if section.window is not None:
        return "restorer.window is configured, not measured from frames: change the configuration"
    if section.camera is not None:
        return "restorer.camera is configured, not measured from frames: change the configuration"
    if restorers.model.normalisation.window is not None:
        return f"'{restorers.model.name}' brings its own window: nothing is measured from frames"
    return ""


def _settings(request: SwapRequest) -> dict[str, str | None]:
    """Return what a request says of each setting of the restorer."""
    return {"model": request.model, "engine": request.engine, "precision": request.precision}
