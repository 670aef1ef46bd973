"""Every benchmark that needs no GPU, one after the other: the figures of one commit.

    python benchmarks/all.py                              # hours: `--list` says how many
    python benchmarks/all.py --only end_to_end viewer     # only these
    python benchmarks/all.py --skip soak --folder /data   # another disk for recordings
    python benchmarks/all.py --again                      # those of this commit, too

Each is a process of its own with a time limit, and has its log. One whose results are of this
commit already is passed over, so that a queue which was stopped goes on where it was. What a soak
of another length than an hour finds lies among the logs. Nothing else should run meanwhile.
`python benchmarks/tables.py` then brings the figures into README and docs.

`guards_trust.py`, and `--write` of `guards_thresholds.py` and `references.py`, are not run here:
they make parts of livecare, not figures.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from machine import Commit, Machine
from report import RESULTS, print_grid

HERE: Final = Path(__file__).parent
"""Folder of the scripts."""
LIMIT: Final = 3.0
"""A benchmark is ended after so many times as long as it should take: another machine is slower."""
DATA: Final = "LIVECARE_DATA"
"""The variable that names the folder of recordings."""
SOAK: Final = "soak"
SOAK_ENDS_MINUTES: Final = 5
"""What a soak takes besides its time: the rest is restored, and recordings are verified."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A benchmark of the queue.

    Attributes
    ----------
    name : str
        Of the script, and of its document.
    minutes : float
        What it takes on two cores, about.
    words : tuple of str
        Of its command line.
    data : bool
        Whether it reads the recordings that `LIVECARE_DATA` names.
    disk : bool
        Whether it is told where to write recordings.
    """

    name: str
    minutes: float
    words: tuple[str, ...] = ()
    data: bool = False
    disk: bool = False


QUEUE: Final = (
    Entry("engines", 18, ("--batches", "1", "--models", "default-fast", "default", "care-k3")),
    Entry("end_to_end", 18, disk=True),
    Entry("store", 2, disk=True),
    Entry("transport", 4, disk=True),
    Entry("curve", 5, disk=True),
    Entry("bridge", 6, disk=True),
    Entry("hook", 4, disk=True),
    Entry("hot_swap", 3),
    Entry("viewer", 25, disk=True),
    Entry("peers", 15),
    Entry("suite", 20, data=True),
    Entry("coverage_live", 5, data=True),
    Entry("references", 8),
    Entry("guards", 19, data=True),
    Entry("guards_thresholds", 3, data=True),
    Entry("calibration", 10, data=True),
    Entry("advisor", 15, data=True),
    Entry("coverage", 25, data=True),
    Entry("training", 35, data=True),
    Entry(SOAK, 60 + SOAK_ENDS_MINUTES, disk=True),
)
"""Engines and whole runs first, since all else leans on them; what takes longest last."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a benchmark.

    Attributes
    ----------
    name : str
        Which.
    outcome : str
        Its exit code, or why it was not run.
    minutes : float
        That it took.
    log : str
        Where its words are.
    """

    name: str
    outcome: str
    minutes: float = 0.0
    log: str = ""

    @property
    def failed(self) -> bool:
        """Whether it ran, and did not end well."""
        return bool(self.log) and self.outcome != "0"


def main() -> None:
    """Run what is wanted, and say what became of it; exit with 1 where something failed."""
    given = read_arguments(sys.argv[1:], QUEUE)
    wanted = [each for each in QUEUE if each.name not in given.skip]
    wanted = [each for each in wanted if not given.only or each.name in given.only]
    if given.list:
        minutes = {each.name: minutes_of(each, given) for each in wanted}
        print_grid([("benchmark", "minutes"), *((name, f"{m:g}") for name, m in minutes.items())])
        print(f"about {sum(minutes.values()) / 60:.1f} hours")
        return
    print(f"{Machine.here()}, {Commit.here()}\nlogs: {given.logs}", flush=True)
    given.logs.mkdir(parents=True, exist_ok=True)
    ran = [run(each, given) for each in wanted]
    print_grid([("benchmark", "exit code", "minutes", "log"), *map(_cells, ran)])
    sys.exit(any(each.failed for each in ran))


def read_arguments(words: Sequence[str], queue: Sequence[Entry]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    names = [each.name for each in queue]
    parser.add_argument("--only", nargs="+", choices=names, default=(), metavar="NAME")
    parser.add_argument("--skip", nargs="+", choices=names, default=(), metavar="NAME")
    parser.add_argument("--again", action="store_true", help="those of this commit, too")
    parser.add_argument("--list", action="store_true", help="say what would run, and how long")
    parser.add_argument("--folder", type=Path, help="where recordings are written meanwhile")
    parser.add_argument("--environments", type=Path, default=Path("peer-environments"))
    parser.add_argument("--careamics", help="a Python that has CAREamics, for training.py")
    parser.add_argument("--soak-minutes", type=float, help="another length than an hour")
    place = Path(tempfile.gettempdir()) / "livecare-benchmarks"
    parser.add_argument("--logs", type=Path, default=place, help="folder of the logs")
    return parser.parse_args(words)


def run(
    entry: Entry,
    given: argparse.Namespace,
    scripts: Path = HERE,
    results: Path = RESULTS,
) -> Ran:
    """Run a benchmark, unless its results are there or it lacks something.

    Parameters
    ----------
    entry : Entry
        Which.
    given : argparse.Namespace
        The command line.
    scripts, results : Path
        Folders of the scripts, and of their documents.
    """
    document = _document(entry, given, results)
    if not given.again and is_done(document, Commit.here()):
        return Ran(entry.name, "of this commit already")
    if entry.data and not os.environ.get(DATA):
        return Ran(entry.name, f"needs {DATA}, the folder of the recordings")
    log = given.logs / f"{entry.name}.log"
    command = [sys.executable, str(scripts / f"{entry.name}.py"), *_words(entry, given, document)]
    minutes = minutes_of(entry, given)
    print(f"{time.strftime('%H:%M')} {entry.name}, about {minutes:g} minutes", flush=True)
    begun = time.monotonic()
    with log.open("w", encoding="utf-8") as file:
        outcome = _until(command, file.fileno(), 60 * LIMIT * minutes)
    return Ran(entry.name, outcome, (time.monotonic() - begun) / 60, str(log))


def minutes_of(entry: Entry, given: argparse.Namespace) -> float:
    """Return what a benchmark takes, about: a soak what was asked for, and its end."""
    asked = given.soak_minutes if entry.name == SOAK else None
    return entry.minutes if asked is None else float(asked) + SOAK_ENDS_MINUTES


def _document(entry: Entry, given: argparse.Namespace, results: Path) -> Path:
    """Return where a benchmark's document goes: among the results if it is a whole run's."""
    if entry.name == SOAK and given.soak_minutes is not None:
        return Path(given.logs / f"{SOAK}-{given.soak_minutes:g}.json")
    return results / f"{entry.name}.json"


def is_done(document: Path, commit: Commit | None) -> bool:
    """Tell whether a document is of this very commit: nothing is of a checkout with changes."""
    if commit is None or commit.dirty or not document.exists():
        return False
    told = json.loads(document.read_text(encoding="utf-8"))
    same = told.get("commit") == {"hash": commit.hash, "dirty": False}
    return same and not told.get("quick", False)


def _words(entry: Entry, given: argparse.Namespace, document: Path) -> list[str]:
    """Return the command line of a benchmark."""
    asked = {
        "--folder": given.folder if entry.disk else None,
        "--environments": given.environments if entry.name == "peers" else None,
        "--careamics": _careamics(given) if entry.name == "training" else None,
        "--minutes": given.soak_minutes if entry.name == SOAK else None,
        "--out": document,
    }
    told = [word for name, value in asked.items() if value for word in (name, str(value))]
    return [*entry.words, *told]


def _careamics(given: argparse.Namespace) -> str | None:
    """Return a Python that has CAREamics: the one that is named, or that of peers.py."""
    python = given.environments / "careamics" / "bin" / "python"
    return given.careamics or (str(python) if python.exists() else None)


def _until(command: Sequence[str], log: int, limit_s: float) -> str:
    """Run to the end or to the limit; return the exit code, or that the time was up."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
    )
    try:
        return str(process.wait(limit_s))
    except subprocess.TimeoutExpired:
        return f"ended after {limit_s / 60:.0f} minutes"
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a benchmark that still runs, and all that it started (on Windows itself alone)."""
    if process.poll() is not None:
        return
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _cells(ran: Ran) -> tuple[str, ...]:
    return (ran.name, ran.outcome, f"{ran.minutes:.1f}" if ran.log else "", ran.log)


if __name__ == "__main__":
    main()
