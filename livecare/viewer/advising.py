"""Knows how the advisor is asked about frames that were seen: in a process of its own."""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import psutil
import tifffile
from PySide6.QtCore import QObject, QProcess, Signal

from livecare.viewer.display.camera_noise import camera_noise_of
from livecare.viewer.display.trace import Rectangle
from livecare.viewer.panels.exposure import ExposureQuestion
from livecare.viewer.seen import SeenFrame

LOWEST_PRIORITY: Final = 19
"""Niceness of the process: whatever else wants a core gets it first."""
MOST_FRAMES: Final = 8
"""Frames that are asked about: their mean is the long exposure, and more of them take longer."""
LEAST_FRAMES: Final = 2
"""A single frame must be cut in two to serve as its own truth."""
REDUCED: Final = "Advice needs whole frames: open the viewer without --reduce."
"""Why there is none of frames that came with fewer pixels."""
PAGE: Final = "livecare-exposure.html"
"""What the page with pictures is called."""


class Advising(QObject):
    """Runs `livecare advise`, one question at a time.

    Parameters
    ----------
    folder : Path
        Where the page with the pictures goes.
    """

    answered = Signal(str)
    """The advice, in sentences."""
    failed = Signal(str)
    """Why there is none."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self._process: QProcess | None = None
        self._files: TemporaryDirectory[str] | None = None

    @property
    def busy(self) -> bool:
        """Whether a question is being answered."""
        return self._process is not None

    def ask(
        self, question: ExposureQuestion, frames: Sequence[SeenFrame], region: Rectangle | None
    ) -> None:
        """Ask about raw frames of one channel; `answered` or `failed` tells.

        Parameters
        ----------
        question : ExposureQuestion
            What is wanted.
        frames : sequence of SeenFrame
            Raw frames, and restored ones of which the latest tells the camera's values.
        region : Rectangle or None
            What matters; None for the whole image.
        """
        if any(each.reduction > 1 for each in frames):
            self.failed.emit(REDUCED)
            return
        raw = [each for each in frames if each.restoration is None]
        raw = [each for each in raw if _field(each) == _field(raw[-1])][-MOST_FRAMES:]
        if len(raw) < LEAST_FRAMES:
            self.failed.emit("Too few raw frames have been seen: wait for some.")
            return
        stack = np.stack([each.pixels for each in raw])
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._files = TemporaryDirectory(prefix="livecare-advise-")
            file = Path(self._files.name) / "seen.tif"
            tifffile.imwrite(file, stack, photometric="minisblack", metadata={"axes": "TYX"})
        except OSError as error:
            self._forget()
            self.failed.emit(f"No advice: {error}")
            return
        arguments = ["-X", "utf8", "-m", "livecare", "advise", str(file)]
        arguments += ["--target", question.target]
        of_run = [each for each in frames if each.run_id == raw[-1].run_id]
        arguments += ["--exposure-ms", f"{question.exposure_ms:g}", *_camera(of_run)]
        arguments += [] if region is None else ["--region", ",".join(map(str, _sides(region)))]
        arguments += ["--out", str(self._folder / PAGE)]
        self._start(arguments)

    def close(self) -> None:
        """End what still runs."""
        if self._process is not None:
            process, self._process = self._process, None
            process.kill()
            process.waitForFinished()
        self._forget()

    def _start(self, arguments: list[str]) -> None:
        process = self._process = QProcess(self)
        process.started.connect(self._give_way)
        process.finished.connect(self._finish)
        process.errorOccurred.connect(self._note_error)
        process.start(sys.executable, arguments)
        process.closeWriteChannel()

    def _give_way(self) -> None:
        """Let the run go first: recorder and restorer need the cores more."""
        if self._process is not None:
            lowest = getattr(psutil, "IDLE_PRIORITY_CLASS", LOWEST_PRIORITY)  # on Windows a class
            with contextlib.suppress(psutil.Error):
                psutil.Process(self._process.processId()).nice(lowest)

    def _note_error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._process = None
            self._forget()
            self.failed.emit("The advisor could not be started.")

    def _finish(self, exit_code: int, status: QProcess.ExitStatus) -> None:
        process, self._process = self._process, None
        self._forget()
        if process is None:
            return
        said, complaints = (
            bytes(each.data()).decode(errors="replace").strip().splitlines()
            for each in (process.readAllStandardOutput(), process.readAllStandardError())
        )
        process.deleteLater()
        if exit_code != 0 or status != QProcess.ExitStatus.NormalExit:
            self.failed.emit("No advice: " + (complaints[-1] if complaints else "it broke off."))
            return
        warned = [line for line in complaints if line.startswith("warning:")]
        self.answered.emit("\n".join([*said[-2:], *warned]))

    def _forget(self) -> None:
        if self._files is not None:
            self._files.cleanup()
            self._files = None


def _field(frame: SeenFrame) -> tuple[object, ...]:
    """Return what frames of one series have in common: part, size, plane and position."""
    at = frame.header.position
    return frame.run_id, frame.pixels.shape, at.z, at.p


def _camera(frames: Sequence[SeenFrame]) -> list[str]:
    """Return the options that say the camera's values, as far as restored frames know them."""
    for frame in reversed(frames):
        noise = camera_noise_of(frame.restoration)
        if noise is not None and noise.binning == 1:
            values = {
                "gain": noise.gain_adu_per_e,
                "offset": noise.offset_adu,
                "read-noise": noise.read_noise_e,
            }
            return [f"--{name}={value!r}" for name, value in values.items()]
    return []


def _sides(region: Rectangle) -> tuple[int, int, int, int]:
    """Return a rectangle as first row, first column, rows and columns."""
    top, left, bottom, right = region
    return top, left, bottom - top, right - left
