"""The sign of a run: a private folder that says, from its start to its end, where and how it is.

The folders of its parts come and go with their rings, and there is none while a source is waited
for.
"""

import math
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from livecare import run_place
from livecare.errors import RingError
from livecare.link.last_snapshot import write_snapshot
from livecare.link.telemetry import Telemetry
from livecare.logs import logger
from livecare.supervisor.guarded import Guarded
from livecare.supervisor.run_folder import RunFolder, keep_folder

KEEP_S: Final = 0.5
"""Time between two snapshots that are kept, seconds, unless the stage changes: who looks at them
looks once a second."""


@dataclass(frozen=True, slots=True)
class Where:
    """Where a run answers.

    Attributes
    ----------
    control, telemetry : str
        Endpoints.
    guarded : Guarded or None
        The run's keys; None where it has none.
    """

    control: str
    telemetry: str
    guarded: Guarded | None


class RunSign:
    """The folder, and the newest snapshot in it; for one thread.

    Parameters
    ----------
    run_id : str
        The run.
    directory : Path or None
        Where its rings are to be, if that is configured.
    where : Where
        Where it answers.

    Raises
    ------
    RingError
        If the folder cannot be made or written.

    Attributes
    ----------
    path : Path
        The folder.
    """

    def __init__(self, run_id: str, directory: Path | None, where: Where) -> None:
        self._folder = RunFolder.make(run_place.sign_name(run_id), directory, 0)
        self.path = self._folder.path
        self._kept_at, self._stage = -math.inf, ""
        self._failed = False
        self._where = where
        with ExitStack() as undo:
            undo.callback(self.remove)
            say_where(self.path, where)
            undo.pop_all()

    def keep(self, snapshot: Telemetry) -> None:
        """Put a snapshot in the place of the one before, if it is time to."""
        now_s = time.monotonic()
        if snapshot.stage == self._stage and now_s - self._kept_at < KEEP_S:
            return
        self._kept_at, self._stage = now_s, snapshot.stage
        try:
            if not self.path.is_dir():  # somebody has tidied up
                keep_folder(self.path)
                say_where(self.path, self._where)
            write_snapshot(run_place.snapshot_file(self.path), snapshot)
        except (OSError, RingError) as error:
            if not self._failed:
                folder, why = str(self.path), str(error)
                logger().warning("others cannot see how the run is", folder=folder, why=why)
            self._failed = True
            return
        self._failed = False

    def remove(self) -> None:
        """Take the sign away."""
        self._folder.remove()


def say_where(folder: Path, where: Where) -> None:
    """Write down where a run answers, and leave what its user needs to be answered.

    Raises
    ------
    RingError
        If the folder cannot be written.
    """
    if where.guarded is not None:
        where.guarded.leave_keys(folder)
    try:
        run_place.control_file(folder).write_text(where.control, encoding="utf-8")
        run_place.telemetry_file(folder).write_text(where.telemetry, encoding="utf-8")
    except OSError as error:
        raise RingError(f"cannot write in {folder}: {error.strerror}") from error
