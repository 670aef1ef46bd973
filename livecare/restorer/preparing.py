"""Getting ready beside the work: a serving is made in a thread while another one serves."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from livecare.engines.faults import MEMORY_CURE
from livecare.errors import EngineMemoryError
from livecare.link import RestorerSpec
from livecare.restorer.serving import Serving


class Preparing:
    """A serving that is being made.

    Parameters
    ----------
    spec : RestorerSpec
        What for.
    done : callable
        Called from another thread when it is made, or cannot be.
    """

    def __init__(self, spec: RestorerSpec, done: Callable[[], None]) -> None:
        self.spec = spec
        self._thread = ThreadPoolExecutor(1, "livecare-prepare")
        self._future: Future[Serving] = self._thread.submit(Serving.prepare, spec)
        self._future.add_done_callback(lambda _: done())
        self._thread.shutdown(wait=False)

    @property
    def done(self) -> bool:
        """Whether it is made, or cannot be."""
        return self._future.done()

    def result(self) -> Serving:
        """Wait for it. Raises what `Serving.prepare` raises."""
        try:
            return self._future.result()
        except MemoryError as error:
            raise EngineMemoryError(
                f"no memory for the model {self.spec.model}: {MEMORY_CURE}"
            ) from error

    def abandon(self) -> None:
        """Close it as soon as it is made: it is not wanted any more."""

        def close(future: Future[Serving]) -> None:
            if not future.cancelled() and future.exception() is None:
                future.result().choice.engine.close()

        self._future.add_done_callback(close)
