"""A real `livecare run` in processes of its own, watched through the telemetry that it sends."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import zmq

from livecare.frame import Pixels
from livecare.link.telemetry import TOPIC, Telemetry, decode_telemetry
from livecare.simulation import FrameBank, SimulatedScene
from livecare.sinks.reader import StoreReader

LIVECARE = ("-m", "livecare")
"""What Python runs, where nothing else is asked for."""
PATIENCE_S = 60.0
"""Longest wait for anything, seconds: a test fails by it and never passes by it."""
PORTS = range(10_000, 32_000)
"""Below the ports that Linux (from 32768) and Windows (from 49152) give to those who connect."""
SETTLED_MS = 50
"""When a dead run's socket gave nothing for so long, nothing more is in it, milliseconds."""

Table = dict[str, Any]
StartRun = Callable[..., "LiveRun"]
"""The fixture `start_run`: takes a table and arguments."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended."""

    exit_code: int
    report: dict[str, Any]
    stderr: str


class LiveRun:
    """A run; `folder` holds its configuration, its recording and its report.

    With `terminal`, a descriptor, it speaks there.

    Attributes
    ----------
    table : dict
        Its configuration.
    home : Path
        That folder.
    """

    def __init__(
        self,
        folder: Path,
        table: Table,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        terminal: int | None = None,
        program: Sequence[str] = LIVECARE,
    ) -> None:
        self.home = folder
        self.report_file = folder / "report.json"
        self.snapshots: list[Telemetry] = []
        self._stderr_file = folder / "stderr"
        endpoint = f"tcp://127.0.0.1:{free_port()}"
        spoken = merge({"publish": {"telemetry": endpoint}}, table)
        self.table = whole = with_places(folder, spoken)
        self.store, self.rings = Path(whole["store"]["path"]), Path(whole["ring"]["directory"])
        config = write_config(folder, whole)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RECONNECT_IVL, 10)
        self._socket.setsockopt(zmq.SUBSCRIBE, TOPIC)
        self._socket.connect(endpoint)
        command = [sys.executable, *program, "run", "--config", str(config)]
        command += ["--report", str(self.report_file), *arguments]
        with self._stderr_file.open("wb") as stderr:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stderr if terminal is None else terminal,
                stderr=stderr if terminal is None else terminal,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
            )

    @property
    def stderr(self) -> str:
        return self._stderr_file.read_text(encoding="utf-8", errors="replace")

    @property
    def folder(self) -> Path:
        """The run folder, with the rings and the children's orders."""
        [folder] = self.rings.glob(f"livecare-{self.snapshots[-1].run_id}")
        return folder

    def until(
        self, condition: Callable[[Telemetry], bool], patience_s: float = PATIENCE_S
    ) -> Telemetry:
        """Return the first new snapshot for which the condition holds."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if self._socket.poll(200):
                self.snapshots.append(decode_telemetry(self._socket.recv_multipart()[1]))
                if condition(self.snapshots[-1]):
                    return self.snapshots[-1]
            elif self.process.poll() is not None:
                break
        last = self.snapshots[-1] if self.snapshots else None
        raise AssertionError(f"it did not come to that; last {last}, stderr:\n{self.stderr}")

    def now(self) -> Telemetry:
        """Return how it is now; what it said while nobody listened is kept, but is no news."""
        while self._socket.poll(0):
            self.snapshots.append(decode_telemetry(self._socket.recv_multipart()[1]))
        return self.until(lambda _: True)

    def children(self, name: str) -> list[psutil.Process]:
        """Find its child processes of this name."""
        found = []
        with contextlib.suppress(psutil.NoSuchProcess):
            for child in psutil.Process(self.process.pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    if name in child.cmdline():
                        found.append(child)
        return found

    def child(self, name: str) -> psutil.Process:
        [child] = self.children(name)
        return child

    def interrupt(self) -> None:
        """What Ctrl-C on a terminal does: every process of the group gets the signal."""
        os.killpg(self.process.pid, signal.SIGINT)

    def kill(self) -> None:
        """Kill every process of the run at once; what its telemetry said before is kept."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        self.last_snapshot()

    def last_snapshot(self) -> Telemetry:
        """Take what its telemetry has said since; return the last of all."""
        while self._socket.poll(SETTLED_MS):
            self.snapshots.append(decode_telemetry(self._socket.recv_multipart()[1]))
        assert self.snapshots, f"it never said how it is; stderr:\n{self.stderr}"
        return self.snapshots[-1]

    def strays(self) -> list[psutil.Process]:
        """Find processes of it that still run, whoever their parent is by now."""
        marks = [f"{self.home}{os.sep}", *{f"livecare-{seen.run_id}" for seen in self.snapshots}]
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                command = process.cmdline()
                words = " ".join(command) if command[1:3] == ["-m", "livecare"] else ""
                named = any(mark in words for mark in marks)
                if named and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
        return found

    def finish(self, timeout_s: float = PATIENCE_S) -> Outcome:
        """Wait for the end of the run."""
        try:
            exit_code = self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it does not end; stderr:\n{self.stderr}") from None
        report = json.loads(self.report_file.read_bytes()) if self.report_file.exists() else {}
        return Outcome(exit_code, report, self.stderr)

    def close(self) -> None:
        """Leave nothing behind."""
        strays = [self.process.pid]
        with contextlib.suppress(psutil.NoSuchProcess):
            strays += [c.pid for c in psutil.Process(self.process.pid).children(recursive=True)]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        _, alive = psutil.wait_procs(
            [psutil.Process(pid) for pid in strays if psutil.pid_exists(pid)], PATIENCE_S
        )
        self._socket.close()
        self._context.term()
        assert not alive


def free_port() -> int:
    """Find a port that is free and stays so: below those that systems give to whoever connects."""
    for port in random.SystemRandom().sample(PORTS, len(PORTS)):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")


def merge(below: Table, above: Table) -> Table:
    """Lay one configuration over another, table by table."""
    merged = dict(below)
    for key, entry in above.items():
        both = isinstance(entry, dict) and isinstance(below.get(key), dict)
        merged[key] = merge(below[key], entry) if both else entry
    return merged


def with_places(folder: Path, table: Table) -> Table:
    """Let a run record into a folder and keep its rings there, where its table says nothing."""
    store, rings = str(folder / "run.ome.zarr"), str(folder / "rings")
    return merge({"store": {"path": store}, "ring": {"directory": rings}}, table)


def write_config(folder: Path, table: Table) -> Path:
    """Write a configuration into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "run.toml"
    config.write_text(to_toml(table), encoding="utf-8")
    return config


def to_toml(table: Table, path: tuple[str, ...] = ()) -> str:
    """Write a configuration; JSON's scalars and lists are TOML's."""
    plain = {key: entry for key, entry in table.items() if not isinstance(entry, dict)}
    lines = [f"[{'.'.join(path)}]"] if path else []
    lines += [f"{key} = {json.dumps(entry)}" for key, entry in plain.items()]
    tables = [to_toml(table[key], (*path, key)) for key in table if key not in plain]
    return "\n".join([*lines, *tables]) + "\n"


def simulated(
    *,
    frames: int | None,
    rate_hz: float,
    size_yx: tuple[int, int] = (64, 64),
    engine: str = "identity",
    **more: Any,  # noqa: ANN401 - whatever the simulated source takes
) -> Table:
    """Configure a simulated run; with `frames` None until it is interrupted."""
    source = {"size_yx": list(size_yx), "rate_hz": rate_hz, "bank_frames": 8, **more}
    # TOML has no null: more frames than any test waits for stand for an open end
    source["frames"] = 10**9 if frames is None else frames
    return {"source": {"simulated": source}, "restorer": {"engine": engine}}


def scene_of(reader: StoreReader) -> SimulatedScene:
    return SimulatedScene.from_settings(reader.info.detail["simulation"])


def raw_sequences(store: Path) -> set[int]:
    """Compare every raw frame that is there with its truth, bit by bit; return their sequences."""
    reader = StoreReader(store)
    bank = FrameBank(scene_of(reader))
    expected: Pixels = np.empty(reader.info.shape_yx, reader.info.dtype)
    sequences = set()
    for line in reader.lines("raw"):
        found = reader.read("raw", line.position)
        index = line.sequence if line.recovered else line.camera_index
        assert index is not None
        bank.copy_into(index, expected)
        assert found is not None, f"frame {line.sequence} has a line and no pixels"
        assert np.array_equal(found, expected), f"frame {line.sequence} is another"
        sequences.add(line.sequence)
    return sequences


def restored_sequences(store: Path) -> set[int]:
    """Read every restored frame that is there; return their sequences."""
    reader = StoreReader(store)
    sequences = []
    for line in reader.lines("restored"):
        assert reader.read("restored", line.position) is not None
        sequences.append(line.sequence)
    assert len(sequences) == len(set(sequences)), "a frame was restored twice"
    return set(sequences)
