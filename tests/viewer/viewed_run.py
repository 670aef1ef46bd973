"""A real `livecare run` in processes of its own, for a viewer to look at."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from livecare.viewer.feed.session import Session, Step
from livecare.viewer.seen import SeenFrame

PATIENCE_S = 60.0
"""Longest wait for anything, seconds: a test fails by it and never passes by it."""
LOOK_S = 0.02
"""Time between two steps of a viewer that waits, seconds."""

SIMULATED = """
[source.simulated]
size_yx = [64, 64]
rate_hz = 50.0
frames = 1000000
bank_frames = 4
"""

RESTORER = """
[restorer]
engine = "identity"
[restorer.camera]
gain = 2.0
offset = 100.0
read_noise = 1.6
"""


class ViewedRun:
    """A run whose rings lie in `rings`, and its recordings in `folder`."""

    def __init__(
        self,
        folder: Path,
        rings: Path,
        source: str = SIMULATED,
        restorer: str = RESTORER,
        arguments: Sequence[str] = (),
    ) -> None:
        folder.mkdir(parents=True)
        self._log = folder / "log"
        config = folder / "run.toml"
        config.write_text(
            f"{source}\n[store]\npath = '{folder / 'run.ome.zarr'}'\n"
            f"[ring]\ndirectory = '{rings}'\n{restorer}",
            encoding="utf-8",
        )
        command = [sys.executable, "-m", "livecare", "run", "--config", str(config), *arguments]
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def signal(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill the daemon; its children end by themselves."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.kill()
        self.process.wait(PATIENCE_S)
        psutil.wait_procs(children, PATIENCE_S)

    def close(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)


def step_until(
    session: Session, condition: Callable[[Step], bool], run: ViewedRun | None = None
) -> Step:
    """Step as a window does until the condition holds of a step."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        step = session.step(time.monotonic())
        if condition(step):
            return step
        if time.monotonic() > deadline:
            log = "" if run is None else run.log
            raise AssertionError(f"it did not come to that: {step.words}\n{log}")
        time.sleep(LOOK_S)  # a window's timer


def sequences(frames: tuple[SeenFrame, ...]) -> list[tuple[str, int]]:
    return [(each.run_id, each.header.sequence) for each in frames]
