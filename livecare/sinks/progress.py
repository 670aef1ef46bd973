"""What `ledger.json` says while a recording runs: what the disk has, and which process writes.

The file is one page, overwritten in place by one write: it needs no space on a full disk, and a
reader sees the old page or the new.
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from livecare.disk import PAGE_BYTES, PositionedFile
from livecare.errors import StoreDamagedError
from livecare.process_mark import ProcessMark
from livecare.sinks.layout import LaneName, ledger_path


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
class Progress:
    """The content of `ledger.json`.

    Attributes
    ----------
    lanes : mapping of LaneProgress
        By lane.
    writer : ProcessMark or None
        Who writes; None once the store was closed.
    """

    lanes: Mapping[LaneName, LaneProgress] = field(default_factory=dict)
    writer: ProcessMark | None = None

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


def find_writer(root: Path) -> ProcessMark | None:
    """Return the process of this machine that writes a store, None where there is none.

    One of which it cannot be told whether it still runs counts as running.
    """
    try:
        writer = Progress.load(root).writer
    except StoreDamagedError:
        return None
    if writer is None or writer.host != platform.node() or not writer.born:
        return None  # what another machine wrote lies on a disk that was moved here
    return None if writer.lives is False else writer
