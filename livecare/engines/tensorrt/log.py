"""Log: what TensorRT says, kept until a failure needs it."""

from collections import deque
from typing import Any, Final, Protocol

from livecare.engines.faults import engine_failure
from livecare.engines.tensorrt.flavour import Flavour
from livecare.errors import EngineError

LAST_WORDS: Final = 3
"""Error messages of TensorRT that are kept, to be shown with the next failure."""
OTHER_CURE: Final = "use the engine 'onnxruntime'"


class Log(Protocol):
    """A logger for TensorRT that remembers what went wrong."""

    def failure(self, what: str, cure: str = OTHER_CURE) -> EngineError:
        """Return an error with TensorRT's last words, which are forgotten then."""
        ...


def make_log(flavour: Flavour) -> Log:
    """Return a logger of a class that only an imported TensorRT can be the base of."""
    base: Any = flavour.module.ILogger
    errors = (base.Severity.INTERNAL_ERROR, base.Severity.ERROR)

    class ErrorLog(base):  # type: ignore[misc]
        """Keeps the last errors."""

        def __init__(self) -> None:
            base.__init__(self)
            self.words: deque[str] = deque(maxlen=LAST_WORDS)

        def log(self, severity: object, msg: str) -> None:
            """Take a message from TensorRT."""
            if severity in errors:
                self.words.append(msg)

        def failure(self, what: str, cure: str = OTHER_CURE) -> EngineError:
            """Return an error with the last words."""
            words = f" ({'; '.join(self.words)})" if self.words else ""
            self.words.clear()
            return engine_failure(None, f"tensorrt: {flavour.title} {what}{words}: {cure}")

    return ErrorLog()
