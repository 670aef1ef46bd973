"""A real `livecare run` that has keys, and what its user and others can do with it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
from keyring import KeyRing
from live_run import PATIENCE_S, Table, free_port, merge, to_toml

from livecare.link.curve import KeyedEndpoint
from livecare.link.telemetry import Telemetry, TelemetryListener


class GuardedRun:
    """A run whose telemetry is heard with the reader's key."""

    def __init__(self, folder: Path, ring: KeyRing, host: str, table: Table) -> None:
        ports = {
            name: f"tcp://{host}:{free_port()}" for name in ("preview", "telemetry", "control")
        }
        defaults: Table = {
            "store": {"path": str(folder / "run.ome.zarr")},
            "ring": {"directory": str(folder / "rings")},
            "publish": ports,
            "security": ring.table,
            "log": {"format": "json"},
        }
        self.table = merge(defaults, table)
        self.ring = ring
        self.rings, self.store = folder / "rings", folder / "run.ome.zarr"
        reached = host if host != "*" else "127.0.0.1"
        self.at = {
            name: f"tcp://{reached}:{endpoint.rsplit(':', 1)[1]}"
            for name, endpoint in self.table["publish"].items()
        }
        config = folder / "run.toml"
        config.write_text(to_toml(self.table), encoding="utf-8")
        self._report = folder / "report.json"
        self._stderr = folder / "stderr"
        command = [sys.executable, "-m", "livecare", "run", "--config", str(config)]
        with self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                [*command, "--report", str(self._report)],
                stdin=subprocess.DEVNULL,
                stdout=stderr,
                stderr=stderr,
                start_new_session=True,
            )
        self._listener = TelemetryListener(self.as_("ann", "telemetry"))

    def as_(self, name: str, socket: str) -> KeyedEndpoint:
        """One of its sockets, as somebody comes to it."""
        return self.ring.at(self.at[socket], name)

    @property
    def stderr(self) -> str:
        return self._stderr.read_text(encoding="utf-8", errors="replace")

    def logged(self, event: str) -> list[dict[str, Any]]:
        """What the run itself has logged of an event."""
        lines = [line for line in self.stderr.splitlines() if line.startswith("{")]
        return [entry for line in lines if (entry := json.loads(line))["event"] == event]

    def until(self, condition: Callable[[Telemetry], bool]) -> Telemetry:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline and self.process.poll() is None:
            seen = self._listener.latest()
            if seen is not None and condition(seen):
                return seen
            time.sleep(0.02)
        raise AssertionError(f"it did not come to that; stderr:\n{self.stderr}")

    def family(self) -> list[psutil.Process]:
        """The run and its children."""
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def end(self) -> dict[str, Any]:
        """Interrupt it, and return its report."""
        os.killpg(self.process.pid, signal.SIGINT)
        assert self.process.wait(PATIENCE_S) == 0, self.stderr
        report: dict[str, Any] = json.loads(self._report.read_bytes())
        return report

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._listener.close()


@contextlib.contextmanager
def guarded(folder: Path, ring: KeyRing, host: str, table: Table) -> Iterator[GuardedRun]:
    run = GuardedRun(folder, ring, host, table)
    try:
        yield run
    finally:
        run.close()


def listening(processes: list[psutil.Process]) -> dict[int, str]:
    """The ports at which processes listen, and the addresses."""
    return {
        connection.laddr.port: connection.laddr.ip
        for process in processes
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    }
