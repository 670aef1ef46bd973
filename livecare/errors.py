"""The whole exception tree, and the exit code that each branch means.

::

    LivecareError                      1
    ├── UsageError                     2   wrong use or configuration
    │   ├── ConfigError
    │   ├── MissingExtraError
    │   ├── StoreExistsError
    │   └── ModelError
    ├── IncompleteError                3   the recording is incomplete
    │   ├── DiskFullError
    │   └── StoreDamagedError
    ├── ProtocolError                  1   bytes that are no message of ours
    ├── RingError                      1
    ├── SourceError                    1
    │   └── StoppedError               0   stopped before anything came
    ├── StoreError                     1
    ├── EngineError                    1
    │   ├── EngineMemoryError              it finds no memory
    │   ├── EngineLostError                only another process helps
    │   └── FrameRefusedError              the frame's own fault
    └── ChildError                     1   a child process failed for good

Every message says what happened, at which frame, file or key, and what to do.
"""

from typing import ClassVar, Final

EXIT_COMPLETE: Final = 0
"""Nothing is missing."""
EXIT_FAILED: Final = 1
"""Anything that the others do not mean."""
EXIT_USAGE: Final = 2
"""Wrong use or configuration, as of most commands."""
EXIT_INCOMPLETE: Final = 3
"""The recording does not hold every frame."""


class LivecareError(Exception):
    """Base of all errors that livecare raises on purpose."""

    exit_code: ClassVar[int] = EXIT_FAILED


class UsageError(LivecareError):
    """The user asked for something that cannot be done as asked."""

    exit_code = EXIT_USAGE


class ConfigError(UsageError):
    """A configuration file or value is wrong; names the file and the key."""


class MissingExtraError(UsageError):
    """An optional dependency is not installed; names the extra that brings it."""

    def __init__(self, package: str, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package '{package}', which is not installed: "
            f"run  pip install 'livecare[{extra}]'"
        )


class StoreExistsError(UsageError):
    """The store's path is taken; livecare never overwrites a recording unasked."""


class ModelError(UsageError):
    """A model package is missing, damaged or not of a kind that livecare runs."""


class IncompleteError(LivecareError):
    """The run ended, but the recording does not hold every frame."""

    exit_code = EXIT_INCOMPLETE


class DiskFullError(IncompleteError):
    """The file system that holds the store has no space left; names it."""


class StoreDamagedError(IncompleteError):
    """`verify` found holes, bad checksums or a ledger that does not add up."""


class ProtocolError(LivecareError):
    """Bytes that are not a message of ours; says what was wrong with them."""


class RingError(LivecareError):
    """A ring file cannot be made, opened or used."""


class SourceError(LivecareError):
    """A frame source failed; says which and at which frame."""


class StoppedError(SourceError):
    """A source was asked to stop while it waited for an acquisition to begin."""

    exit_code = EXIT_COMPLETE


class StoreError(LivecareError):
    """The store cannot be written or read; names the file."""


class EngineError(LivecareError):
    """An engine cannot load a model or restore a batch."""


class EngineMemoryError(EngineError):
    """No memory was left, of the machine or of its GPU; fewer frames at once may fit."""


class EngineLostError(EngineError):
    """The engine's state is lost for as long as its process lives, such as that of a GPU."""


class FrameRefusedError(EngineError):
    """A raw frame is no frame that could be restored, whatever the engine."""


class ChildError(LivecareError):
    """A child process failed more often than it may be restarted."""
