"""Real `livecare run` processes: how they are configured, started, watched and read."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from typing import Any, Final, Self

import psutil
import zmq

from livecare.errors import EXIT_INCOMPLETE
from livecare.link.telemetry import Telemetry, decode_telemetry

LIVECARE: Final = Path(__file__).parent / "unscored.py"

SILENCE_S: Final = 60.0
"""A run that shows nothing for so long, seconds, has failed."""

BANK_FRAMES: Final = 4
"""Frames that the simulated camera repeats: few, since they are rendered before the start."""

CAMERA: Final = {"gain": 2.0, "offset": 100.0, "read_noise": 1.6}
"""Gain, offset and read noise of the simulated camera: given, since a run that estimates them from
its first frames lets these wait for each other, and this is about what comes after."""

CAMERA_BUFFER_BYTES: Final = 256 << 20
"""What the simulated camera's driver buffers, bytes, as Micro-Manager's circular buffer does."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run does.

    Attributes
    ----------
    side : int
        Rows and columns of the square frames, pixels.
    rate_hz : float
        Of the camera; 0 for one that waits for the reader.
    frames : int
        How many.
    engine : str
        Key of the engine; "" records only.
    backfill : bool
        Whether what there was no time for is restored afterwards.
    rings : str
        Where the rings lie; "" for where a run puts them by itself.
    guards : bool
        Whether restored frames are examined, as they are by default.
    """

    side: int
    rate_hz: float
    frames: int
    engine: str
    backfill: bool = False
    rings: str = ""
    guards: bool = True

    def as_toml(self, store: Path, preview: str, telemetry: str) -> str:
        """Write its configuration."""
        buffered = max(8, CAMERA_BUFFER_BYTES // (2 * self.side**2))
        sections: dict[str, dict[str, Any]] = {
            "source.simulated": {
                "frames": self.frames,
                "size_yx": [self.side, self.side],
                "rate_hz": self.rate_hz,
                "bank_frames": BANK_FRAMES,
                "buffer_frames": buffered,
            },
            "store": {"path": str(store)},
            "restorer": {
                "enabled": bool(self.engine),
                "engine": self.engine or "identity",
                "backfill": self.backfill,
            },
            "restorer.camera": CAMERA,
            "restorer.guards": {"enabled": self.guards},
            "publish": {"preview": preview, "telemetry": telemetry},
            "ring": {"directory": self.rings} if self.rings else {},
        }
        return "\n".join(
            f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())
            for name, keys in sections.items()
        )


class LivecareRun:
    """A run, as a context: started on entry, ended and its recording deleted on exit.

    Parameters
    ----------
    folder : Path
        Where its recording lies meanwhile.
    setting : Setting
        What it does.

    Attributes
    ----------
    preview : str
        Where its frames can be subscribed to.
    store : Path
        Its recording.
    """

    def __init__(self, folder: Path, setting: Setting) -> None:
        self.store = folder / "run.ome.zarr"
        self._report = folder / "report.json"
        self._log = folder / "run.log"
        self.preview, telemetry = _free_endpoint(), _free_endpoint()
        config = folder / "run.toml"
        config.write_text(setting.as_toml(self.store, self.preview, telemetry), encoding="utf-8")
        self._command = [sys.executable, str(LIVECARE), "run", "--config", str(config)]
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._telemetry = self._context.socket(zmq.SUB)
        self._telemetry.setsockopt(zmq.SUBSCRIBE, b"telemetry")
        self._telemetry.connect(telemetry)

    def __enter__(self) -> Self:
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [*self._command, "--report", str(self._report)], stderr=log, stdout=log
            )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._telemetry.close(linger=0)
        self._context.term()
        rmtree(self.store, ignore_errors=True)
        self._report.unlink(missing_ok=True)

    def snapshots(self) -> Iterator[Telemetry]:
        """Follow the run, five times a second, until it has ended."""
        stage, heard = "", time.monotonic()
        while stage != "ended" and self._process.poll() is None:
            if self._telemetry.poll(200):
                snapshot = decode_telemetry(self._telemetry.recv_multipart()[1])
                stage, heard = snapshot.stage, time.monotonic()
                yield snapshot
            elif time.monotonic() - heard > SILENCE_S:
                raise TimeoutError(f"the run is silent: {self._words()}")

    def processes(self) -> list[psutil.Process]:
        """List the recorder and its children."""
        recorder = psutil.Process(self._process.pid)
        return [recorder, *recorder.children(recursive=True)]

    def report(self) -> dict[str, Any]:
        """Wait for the run's end and return its report."""
        for _ in self.snapshots():
            pass
        code = self._process.wait(SILENCE_S)
        if code not in (0, EXIT_INCOMPLETE) or not self._report.exists():
            raise RuntimeError(f"livecare run ended with {code}: {self._words()}")
        report: dict[str, Any] = json.loads(self._report.read_text(encoding="utf-8"))
        return report

    def _words(self) -> str:
        return self._log.read_text(encoding="utf-8")[-2000:]


def report_of(folder: Path, setting: Setting) -> dict[str, Any]:
    """Run to the end and return the report."""
    with LivecareRun(folder, setting) as run:
        return run.report()


def _free_endpoint() -> str:
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"
