"""A restorer's orders while it works: the file that holds them, and whether it says something new.

The supervisor replaces the file to ask for another model, engine or precision. It is looked at
before each batch, which costs a look at the directory and nothing else.
"""

from pathlib import Path

from livecare.errors import UsageError
from livecare.link import RestorerSpec, read_spec
from livecare.logs import logger


class Orders:
    """The file with a restorer's orders.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    UsageError
        If it cannot be read; names the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _state(path)
        self.spec = read_spec(path, RestorerSpec)

    def renewed(self) -> bool:
        """Tell whether `spec` has become another one since the last look."""
        state = _state(self._path)
        if state == self._seen:
            return False
        self._seen = state
        try:
            spec = read_spec(self._path, RestorerSpec)
        except UsageError as error:
            logger().warning("new orders cannot be read", reason=str(error))
            return False
        newer = spec.revision > self.spec.revision
        if newer:
            self.spec = spec
        return newer


def _state(path: Path) -> tuple[int, int, int] | None:
    """Return what changes when a file is replaced; None if it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
