"""Recordings of a soak are checked from end to end as soon as they are closed, then deleted.

    python benchmarks/soak_checks.py RECORDING   # checks one, as livecare verify does; says so

Each is checked by a process of its own that gives way to the run.
"""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from shutil import rmtree
from typing import Any, Final

from livecare.errors import StoreError
from livecare.orphan import give_way
from livecare.sinks.manifest import Manifest
from livecare.sinks.reader import StoreReader
from livecare.sinks.verify import verify

MOST_PROBLEMS: Final = 20
"""Problems that are told of a recording; it has more only where all of it is broken."""
COURTESY: Final = 19
"""Niceness of a check: the least there is."""
NOTHING: Final[dict[str, Any]] = {
    "sound": False,
    "problems": [],
    "state": "",
    "raw": 0,
    "restored": 0,
    "ledger": None,
    "marks": 0,
    "first": None,
    "last": None,
    "lost": 0,
    "gaps": 0,
}
"""What is known of a recording that could not be read."""


class Checks:
    """Checks the recordings in a folder, one at a time.

    Parameters
    ----------
    folder : Path
        Where they lie.
    keep : bool
        Whether they stay there when they are checked.

    Attributes
    ----------
    found : dict
        What was found, by the recording's path.
    """

    def __init__(self, folder: Path, *, keep: bool) -> None:
        self._folder, self._keep = folder, keep
        self._at_work: tuple[Path, subprocess.Popen[str]] | None = None
        self.found: dict[str, dict[str, Any]] = {}

    def look(self) -> bool:
        """Take what a check has found, and begin the next; tell whether one is under way."""
        if self._at_work is not None and self._at_work[1].poll() is not None:
            self._take(*self._at_work)
            self._at_work = None
        if self._at_work is None and (store := self._next()) is not None:
            command = [sys.executable, __file__, str(store)]
            pipe = subprocess.PIPE
            self._at_work = store, subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)
        return self._at_work is not None

    def finish(self) -> None:
        """Check all that is closed by now."""
        while self.look():
            if self._at_work is not None:
                store, process = self._at_work
                self._take(store, process)
                self._at_work = None

    def end(self) -> None:
        """Leave what is under way."""
        if self._at_work is not None:
            self._at_work[1].kill()
            self._at_work[1].communicate()
            self._at_work = None

    def _take(self, store: Path, process: "subprocess.Popen[str]") -> None:
        said, errors = process.communicate()
        if process.returncode:
            self.found[str(store)] = {**NOTHING, "problems": [errors[-2000:]]}
            return
        self.found[str(store)] = json.loads(said)
        if self.found[str(store)]["sound"] and not self._keep:
            rmtree(store)

    def _next(self) -> Path | None:
        """Return a recording that is closed and was not looked at yet."""
        for store in sorted(self._folder.glob("*.ome.zarr")):
            if str(store) not in self.found and _is_closed(store):
                return store
        return None


def _is_closed(store: Path) -> bool:
    try:
        return Manifest.load(store).state != "open"
    except StoreError:  # it is being made, or was made ahead and is cleared away
        return False


def check(store: Path) -> dict[str, Any]:
    """Verify a recording, and see that no frame of the camera is missing without a word.

    Returns
    -------
    dict
        `sound`, `problems`, `state`, `raw`, `restored` and `ledger` as `livecare verify` finds
        them; `first` and `last`, the camera's own numbers of the frames; `lost`, what the lines
        say was lost between these; `gaps`, frames missing there of which no line says a word.
    """
    verification = verify(store)
    first = last = None
    lost = gaps = 0
    for line in StoreReader(store).lines("raw"):
        assert line.camera_index is not None, f"{store}: frame {line.sequence} has no number"
        if last is None:
            first = line.camera_index
        else:
            lost += line.lost_before
            gaps += abs(line.camera_index - last - 1 - line.lost_before)
        last = line.camera_index
    return {
        "sound": verification.sound,
        "problems": list(verification.problems[:MOST_PROBLEMS]),
        "state": verification.state,
        "raw": verification.raw_frames,
        "restored": verification.restored_frames,
        "ledger": asdict(verification.ledger) if verification.ledger else None,
        "marks": verification.marks,
        "first": first,
        "last": last,
        "lost": lost,
        "gaps": gaps,
    }


if __name__ == "__main__":
    give_way(COURTESY)
    print(json.dumps(check(Path(sys.argv[1]))))
