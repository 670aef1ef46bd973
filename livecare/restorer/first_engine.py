"""How a restorer gets its first engine: raw frames pass meanwhile; what fails is tried again."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from livecare.errors import EngineLostError, LivecareError
from livecare.link import Degraded, GettingReady, Progress, Report, SwapRefused
from livecare.logs import logger
from livecare.restorer.degrading import Trust
from livecare.restorer.intake import Intake
from livecare.restorer.judging import DONE_INSTEAD, shortened
from livecare.restorer.orders import Orders
from livecare.restorer.passing import Passing
from livecare.restorer.preparing import Preparing
from livecare.restorer.serving import Serving
from livecare.ring import OverrunnableReader, RingWriter

ALIVE_S: Final = 1.0
"""Time between two words that the restorer still gets ready, seconds."""
RETRY_S: Final = 60.0
"""Time between two tries to make an engine ready where there is none, seconds: a file or a driver
that was mended is noticed within a minute, and a try costs the loading of a model."""


class FirstEngine:
    """Waits for it.

    Parameters
    ----------
    orders : Orders
        What is to be made ready; newer ones are tried at once where the former cannot be followed.
    prepared : callable
        Called from another thread when an engine is ready, or cannot be.
    say : callable
        Told that it goes on, and what is done instead.
    wait : callable
        Returns when something may have changed, or after a short time.
    """

    def __init__(
        self,
        orders: Orders,
        prepared: Callable[[], None],
        say: Callable[[Report], None],
        wait: Callable[[], None],
    ) -> None:
        self._orders, self._on_prepared = orders, prepared
        self._say, self._wait = say, wait
        self._preparing: Preparing | None = None
        self._failure: LivecareError | None = None
        self._retry_at = math.inf
        self._spoke = -math.inf

    def get(self, ring: RingWriter) -> tuple[Serving, int]:
        """Show raw frames until an engine is ready; return it, and the frames that came by then.

        Raises
        ------
        ModelError, EngineError, ConfigError, MissingExtraError
            If there is none, and no live frame comes any more that could be shown meanwhile.
        """
        spec = self._orders.spec
        self._say_alive()
        self._prepare()
        with OverrunnableReader(Path(spec.raw_ring)) as reader:
            begun = reader.cursor
            intake = Intake(reader, 1, 1, spec.shape_yx, spec.dtype)
            passing = Passing(intake, ring, spec.restored_dtype)
            while (serving := self._prepared(intake)) is None:
                self._say_alive()
                if intake.live and intake.waiting and passing.pass_newest():
                    self._say(Progress(intake.cursor, passing.passed))
                else:
                    self._wait()
        return serving, begun

    def _say_alive(self) -> None:
        now = time.monotonic()
        if now - self._spoke > ALIVE_S:
            self._spoke = now
            self._say(GettingReady())

    def _prepare(self) -> None:
        self._preparing = Preparing(self._orders.spec, self._on_prepared)

    def _prepared(self, intake: Intake) -> Serving | None:
        """Return the engine if it is ready; begin anew where it is time for that."""
        if self._preparing is not None and (self._preparing.done or intake.closed):
            preparing, self._preparing = self._preparing, None
            try:
                return preparing.result()
            except EngineLostError:
                raise
            except LivecareError as error:
                if not intake.live:
                    raise
                self._note(error)
        if self._failure is not None and not intake.live:
            raise self._failure
        if self._preparing is None:
            self._try_again()
        return None

    def _note(self, error: LivecareError) -> None:
        """Say that frames go on passing as they come."""
        revision = self._orders.spec.revision
        if self._failure is not None:
            self._say(SwapRefused(revision, str(error)))
        if str(error) != str(self._failure):
            logger().error("nothing can be restored", reason=str(error), again_in_s=RETRY_S)
        self._failure, self._retry_at = error, time.monotonic() + RETRY_S
        instead = DONE_INSTEAD[Trust.NONE]
        self._say(Degraded("raw", shortened(f"{instead}, since {error}; it is tried again")))

    def _try_again(self) -> None:
        if self._orders.renewed() or time.monotonic() >= self._retry_at:
            self._prepare()
