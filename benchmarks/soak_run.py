"""The run of a soak with all that is attached to it: how it is started, told and looked at."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any, Final, Self

import psutil
import zmq
from runs import LIVECARE

from livecare import run_place
from livecare.config import Config
from livecare.link.telemetry import TelemetryListener

HERE: Final = Path(__file__).parent
CAMERA: Final = HERE / "soak_camera.py"
SUBSCRIBER: Final = HERE / "soak_subscriber.py"
VIEWER: Final = HERE / "viewer_taker.py"
EXPORTERS_WANT: Final = ("prometheus_client", "starlette", "uvicorn")
"""What the metrics exporter needs: without it, the soak goes without an exporter."""
RECORDER: Final = "recorder"
OTHER: Final = "other"
"""A process that is about to become one of those that count."""
STEM: Final = "soak"


@dataclass(frozen=True, slots=True)
class Load:
    """What the run has to do.

    Attributes
    ----------
    side : int
        Rows and columns of the square frames, pixels.
    rate_hz : float
        Of the camera.
    engine : str
        Key of the engine.
    """

    side: int
    rate_hz: float
    engine: str

    @property
    def bytes_per_s(self) -> float:
        """What is written, raw and restored, while it records."""
        return 2 * 2 * self.side**2 * self.rate_hz


class SoakRun:
    """A run with a camera, a subscriber and a viewer, as a context.

    Parameters
    ----------
    folder : Path
        Where recordings and logs lie.
    rings : Path
        A folder for its rings, for which it is made.
    load : Load
        What it has to do.

    Attributes
    ----------
    stores : Path
        Folder of the recordings.
    report : Path
        What it writes at its end.
    metrics : str
        Host and port of its metrics; "" where it has none.
    textfile : Path
        Where they are written, too.
    telemetry : TelemetryListener
        What it says of itself.
    """

    def __init__(self, folder: Path, rings: Path, load: Load) -> None:
        self.load, self.folder, self.rings = load, folder, rings
        self.stores, self.report = folder.resolve() / "stores", folder / "report.json"
        self.log = folder / "run.log"
        self.textfile = folder.absolute() / "livecare.prom"
        self._push, self.preview, telemetry, metrics = (_free_endpoint() for _ in range(4))
        self.metrics = metrics.removeprefix("tcp://") if has_exporter() else ""
        self.telemetry = TelemetryListener(telemetry)
        self._config = folder / "soak.toml"
        self._config.write_text(as_toml(self._sections(telemetry)), encoding="utf-8")
        self._processes: dict[str, subprocess.Popen[str]] = {}

    def __enter__(self) -> Self:
        self.stores.mkdir()
        self.rings.mkdir(parents=True)
        command = ["run", "--config", str(self._config), "--report", str(self.report)]
        self._start(RECORDER, LIVECARE, *command)
        load = self.load
        pushed = ("--endpoint", self._push, "--side", str(load.side), "--rate", str(load.rate_hz))
        self._start("camera", CAMERA, *pushed)
        for guest in ("subscriber", "viewer"):
            self.invite(guest)
        return self

    def __exit__(self, *_: object) -> None:
        for process in self._processes.values():
            process.kill()
            process.wait()
        self.telemetry.close()
        rmtree(self.rings, ignore_errors=True)

    def invite(self, guest: str) -> None:
        """Start the subscriber or the viewer, again if there was one."""
        if guest == "subscriber":
            self._start(guest, SUBSCRIBER, "--endpoint", self.preview)
        else:
            self._start(guest, VIEWER, "--directory", str(self.rings), "--every-s", "1")

    def tell_camera(self, *words: object) -> None:
        """Give the camera an order; one that is gone does not hear it."""
        orders = self._processes["camera"].stdin
        if orders is not None and not orders.closed:
            orders.write(" ".join(map(str, words)) + "\n")
            orders.flush()

    def end_camera(self) -> dict[str, Any]:
        """End the acquisition in order; return how many frames it was. Raises RuntimeError."""
        self.tell_camera("end")
        camera = self._processes["camera"]
        camera.wait()
        last: dict[str, Any] = json.loads(self.said("camera")[-1])
        if not last["ended"]:
            raise RuntimeError(f"the camera ended with {camera.returncode}")
        return last

    def said(self, who: str) -> list[str]:
        """Return the lines that an attached process has said."""
        text = (self.folder / f"{who}.out").read_text(encoding="utf-8")
        return text.rpartition("\n")[0].splitlines()

    @property
    def alive(self) -> bool:
        """Whether the run goes on."""
        return self._processes[RECORDER].poll() is None

    def await_end(self, timeout_s: float) -> int:
        """Return its exit code. Raises subprocess.TimeoutExpired."""
        return self._processes[RECORDER].wait(timeout_s)

    def endpoint(self, target: str) -> str:
        """Return where "push" or "control" listens; "" where that is not known."""
        if target == "push":
            return self._push
        files = run_place.find_files(self.rings, run_place.CONTROL)
        return next((file.read_text(encoding="utf-8").strip() for file in files), "")

    def processes(self) -> Iterator[tuple[str, psutil.Process]]:
        """List the processes that live, each with its role."""
        for role, process in self._processes.items():
            if process.poll() is not None:
                continue
            with suppress(psutil.Error):  # it ended just now
                found = psutil.Process(process.pid)
                yield role, found
                if role == RECORDER:
                    yield from _children(found)

    def newest(self, role: str) -> psutil.Process | None:
        """Return the process of a role that was started last; parts of a run each have theirs."""
        found = [(each.create_time(), each) for name, each in self.processes() if name == role]
        return max(found, key=lambda pair: pair[0])[1] if found else None

    def _sections(self, telemetry: str) -> dict[str, dict[str, Any]]:
        metrics = {"http": self.metrics, "textfile": str(self.textfile)} if self.metrics else {}
        return {
            "source": {"kind": "push"},
            "source.push": {"endpoint": self._push, "acquisitions": 1, "grows": False},
            "store": {"path": str(self.stores / f"{STEM}.ome.zarr")},
            "ring": {"directory": str(self.rings)},
            "restorer": {"engine": self.load.engine},
            "publish": {"preview": self.preview, "telemetry": telemetry},
            "log": {"format": "json"},
            **({"metrics": metrics} if metrics else {}),
        }

    def _start(self, role: str, script: Path, *arguments: str) -> None:
        """Start a process of ours; what it says is appended to its files."""
        out = self.log if role == RECORDER else self.folder / f"{role}.out"
        errors = out if role == RECORDER else self.folder / f"{role}.log"
        with out.open("a") as said, errors.open("a") as log:
            self._processes[role] = subprocess.Popen(
                [sys.executable, str(script), *arguments],
                stdin=subprocess.PIPE if role == "camera" else subprocess.DEVNULL,
                stdout=said,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )


def has_exporter() -> bool:
    """Tell whether this livecare can serve metrics here."""
    installed = all(importlib.util.find_spec(name) for name in EXPORTERS_WANT)
    return "metrics" in Config.model_fields and installed


def as_toml(sections: dict[str, dict[str, Any]]) -> str:
    """Write a configuration; JSON's values are TOML's."""
    return "\n".join(
        f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
        for name, keys in sections.items()
    )


def role_of(command: list[str]) -> str:
    """Return what a process of livecare is for: the word after `-m livecare`, or its module."""
    for flag, module, *words in zip(command, command[1:], [*command[2:], ""], strict=False):
        if flag == "-m" and module.startswith("livecare"):
            return words[0] if module == "livecare" else module.rpartition(".")[2]
    return OTHER


def _children(recorder: psutil.Process) -> Iterator[tuple[str, psutil.Process]]:
    for child in recorder.children(recursive=True):
        with suppress(psutil.Error):  # it ended just now
            yield role_of(child.cmdline()), child


def _free_endpoint() -> str:
    with zmq.Context() as context, closing(context.socket(zmq.PULL)) as probe:
        return f"tcp://127.0.0.1:{probe.bind_to_random_port('tcp://127.0.0.1')}"
