"""What dead runs of the same name have left: recovered while the next one goes on."""

import contextlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final, Self

import psutil

from livecare.config.sections import StoreSection
from livecare.errors import StoreDamagedError, StoreError
from livecare.logs import logger
from livecare.sinks.manifest import Manifest
from livecare.sinks.progress import Progress
from livecare.supervisor.names import recordings_named

COURTESY: Final = 10
"""Niceness of the recovery (POSIX): nobody waits for it, and it reads a whole recording's lines."""


class Mending:
    """Recovers interrupted recordings, one after the other, each in a process of its own.

    In the recorder's own process it would take turns with it. One that is killed half-way can be
    begun again.

    Parameters
    ----------
    section : StoreSection
        Whose path is looked at, and those with its name and a number, if recordings are numbered.
        What comes there after this call is somebody else's.
    """

    def __init__(self, section: StoreSection) -> None:
        named = recordings_named(section.path) if section.on_existing == "number" else ()
        self._interrupted = [path for path in named if is_interrupted(path)]
        self._thread = threading.Thread(target=self._run, name="livecare-mend", daemon=True)
        self._turn = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._over = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Begin."""
        if self._interrupted:
            self._thread.start()

    def close(self) -> None:
        """End what still goes on."""
        with self._turn:
            self._over = True
            if self._process is not None:
                self._process.kill()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        for path in self._interrupted:
            log = logger().bind(store=str(path))
            with self._turn:
                if self._over:
                    return
                try:
                    self._process = _begin(path)
                except OSError as error:  # no memory, no more files
                    log.warning("interrupted recording not recovered", why=str(error))
                    continue
            said, complaint = (words.strip() for words in self._process.communicate())
            if self._process.returncode == 0:
                log.info("recovered an interrupted recording", said=said)
            elif not self._over:
                log.warning("interrupted recording not recovered", why=complaint)


def _begin(path: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(  # noqa: S603 - our own program, our own arguments
        [sys.executable, "-m", "livecare", "recover", str(path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )
    with contextlib.suppress(psutil.Error):
        if sys.platform == "win32":
            psutil.Process(process.pid).nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            psutil.Process(process.pid).nice(COURTESY)
    return process


def is_interrupted(path: Path) -> bool:
    """Tell whether a path is a recording that was never closed, and whose writer is dead.

    One whose writer may still live, on another machine perhaps, is left alone; a log line says so.
    """
    try:
        if Manifest.load(path).state != "open":
            return False
        writer = Progress.load(path).writer
    except StoreDamagedError as error:
        logger().warning("interrupted recording not recovered", why=str(error))
        return False
    except StoreError:
        return False  # no recording of ours
    if writer is not None and writer.lives is None:
        logger().warning(
            "interrupted recording left alone: whether its writer still lives cannot be told; "
            "if it does not, run livecare recover",
            store=str(path),
            host=writer.host,
            pid=writer.pid,
        )
    return writer is None or writer.lives is False
