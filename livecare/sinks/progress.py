"""What `ledger.json` says while a recording runs: what the disk has, and which process writes.

The file is one page, overwritten in place by one write: it needs no space on a full disk, and a
reader sees the old page or the new.
"""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import psutil

from livecare.disk import PAGE_BYTES, PositionedFile
from livecare.errors import StoreDamagedError
from livecare.sinks.layout import LaneName, ledger_path

_CLOCK_SLACK_S = 2.0
"""How far two readings of one process's start may differ, seconds: the kernel counts from the boot,
and the clock may have been set since."""


@dataclass(frozen=True, slots=True)
class LaneProgress:
    """How much of a lane the disk is known to have.

    Attributes
    ----------
    persisted : int
        Highest sequence of those frames; -1 for none.
    frames : int
        Their number.
    line_bytes : int
        Length, bytes, of their lines: what stands behind may not be on the disk after a loss of
        power.
    """

    persisted: int = -1
    frames: int = 0
    line_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Writer:
    """A process that writes a store.

    Attributes
    ----------
    pid : int
        Its number.
    started_s : float
        When it started, seconds since 1970: numbers are used again.
    host : str
        The machine that it runs on.
    """

    pid: int
    started_s: float
    host: str

    @classmethod
    def current(cls) -> "Writer":
        """Return this process."""
        return cls(os.getpid(), psutil.Process().create_time(), platform.node())

    @property
    def alive(self) -> bool:
        """Tell whether it still runs; another machine's process counts as ended."""
        if self.host != platform.node():
            return False
        try:
            process = psutil.Process(self.pid)
            ended = process.status() == psutil.STATUS_ZOMBIE
            return not ended and abs(process.create_time() - self.started_s) < _CLOCK_SLACK_S
        except psutil.NoSuchProcess:
            return False


@dataclass(frozen=True, slots=True)
class Progress:
    """The content of `ledger.json`.

    Attributes
    ----------
    lanes : mapping of LaneProgress
        By lane.
    writer : Writer or None
        Who writes; None once the store was closed.
    """

    lanes: Mapping[LaneName, LaneProgress] = field(default_factory=dict)
    writer: Writer | None = None

    def encode(self) -> bytes:
        """Return the file's page: JSON, then spaces."""
        return msgspec.json.encode(self).ljust(PAGE_BYTES - 1) + b"\n"

    def save(self, root: Path) -> None:
        """Overwrite the file in place.

        Raises
        ------
        OSError
            It cannot be written.
        """
        with PositionedFile(ledger_path(root), "create") as file:
            file.write_at(0, self.encode())

    @classmethod
    def load(cls, root: Path) -> "Progress":
        """Read the file.

        Raises
        ------
        StoreDamagedError
            It is missing or no JSON of ours.
        """
        path = ledger_path(root)
        try:
            return msgspec.json.decode(path.read_bytes(), type=cls)
        except (OSError, msgspec.DecodeError) as error:
            raise StoreDamagedError(
                f"{path} cannot be read ({error}); run 'livecare recover {root}'"
            ) from error


def find_writer(root: Path) -> Writer | None:
    """Return the running process that writes a store, None where there is none."""
    try:
        writer = Progress.load(root).writer
    except StoreDamagedError:
        return None
    return writer if writer is not None and writer.alive else None
