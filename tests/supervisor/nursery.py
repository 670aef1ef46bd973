"""Made-up children: shell scripts that live, hang and die as a test wants."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from livecare.supervisor import children
from livecare.supervisor.children import Child

PATIENCE_S = 20.0

SLEEPY = "exec sleep 1000"
OBEDIENT = "exec cat > /dev/null"


class Nursery:
    """Makes children of shell scripts."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.changed = threading.Event()
        self._folder = folder
        self._script = folder / "livecare.sh"
        self._made: list[Child] = []
        monkeypatch.setattr(children, "sys", SimpleNamespace(executable=str(self._script)))

    def write(self, script: str) -> None:
        self._script.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        self._script.chmod(0o700)

    def make(self, script: str, working: Callable[[], bool] = lambda: True) -> Child:
        self.write(script)
        orders = self._folder / "orders"
        log = self._folder / "log"
        child = Child("restorer", lambda: orders, log, self.changed.set, working)
        self._made.append(child)
        return child

    def until(self, child: Child, condition: Callable[[], bool]) -> int:
        """Tend a child until the condition holds; return how many deaths were found."""
        deaths = 0
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline
            self.changed.wait(0.01)
            self.changed.clear()
            deaths += child.tend()
        return deaths

    def close(self) -> None:
        for child in self._made:
            child.kill()
