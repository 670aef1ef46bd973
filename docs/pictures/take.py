"""Takes the pictures of the viewer that README and docs show, of a real run, without a screen.

    QT_QPA_PLATFORM=offscreen python docs/pictures/take.py [--out FOLDER] [--size 1280x800 ...]

A simulated specimen is recorded and restored by a `livecare run` of its own; the window that looks
at it is the real one.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from livecare.viewer.feed.session import Session
from livecare.viewer.feed.where import Where
from livecare.viewer.remembered import Remembered
from livecare.viewer.theme import apply_theme
from livecare.viewer.window import ViewerWindow

PATIENCE_S: Final = 240.0
"""Longest wait for a picture to be there, seconds."""
SIZES: Final = ((1280, 800), (1920, 1080), (3840, 2160))
"""Windows that are looked at, pixels; of the first every way of looking is taken, and the last one
is drawn at twice the size, as on a 4K screen."""
SETTLED: Final = 40
"""Kept frames after which the contrast has settled."""
LARGE: Final = 3000
"""Width from which a window is drawn at twice the size, pixels."""


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT; else the usual three")
    chosen = parser.parse_args()
    sizes = SIZES
    if chosen.size:
        sizes = tuple(tuple(map(int, each.split("x"))) for each in chosen.size)
    app = QApplication(["livecare"])
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as rings:
        for size in sizes:
            apply_theme(app, 2.0 if size[0] > LARGE else 1.0)
            take(size, rings, Path(folder), chosen.out)


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Path]:
    """Run livecare with a simulated specimen; gives the folder of its rings."""
    rings = folder / "rings"
    config = folder / "run.toml"
    config.write_text(
        f"""
[source]
kind = "simulated"
[source.simulated]
frames = 1000000
size_yx = [512, 512]
rate_hz = 12.0
photons = 15.0
bank_frames = 24
[store]
path = "{(folder / "cells.ome.zarr").as_posix()}"
[ring]
directory = "{rings.as_posix()}"
[log]
level = "error"
""",
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "livecare", "run", "--no-backfill", "--config", str(config)]
    run = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        yield rings
    finally:
        run.terminate()
        run.wait(PATIENCE_S)


def take(size: tuple[int, int], rings: Path, folder: Path, out: Path) -> None:
    """Take the pictures of one size of window."""
    remembered = Remembered(folder / "viewer.ini")
    session = Session(Where(directory=rings))
    window = ViewerWindow(session, remembered, folder / "snapshots")
    window.resize(*size)
    window.start()
    window.show()
    name = f"viewer-{size[0]}x{size[1]}"
    until(lambda: settled(window))
    save(window, out / f"{name}.png")
    if size == SIZES[0]:
        more(window, out)
    window.close()


def more(window: ViewerWindow, out: Path) -> None:
    """Take the other ways of looking, the tools and the help."""
    for mode in ("wipe", "difference"):
        window.choose_mode(mode)
        wait(0.5)
        save(window, out / f"viewer-{mode}.png")
    window.choose_mode("side by side")
    window.choose_tool("line")
    wait(1.5)
    save(window, out / "viewer-curves.png")
    window.choose_tool("none")
    window.curves_section.set_open(is_open=False)
    window.sections["contrast"].set_open(is_open=True)
    for name in ("health", "trust"):  # all of it is to be seen
        window.sections[name].set_open(is_open=False)
    wait(1.5)
    save(window, out / "viewer-contrast.png")
    for name in ("health", "trust"):
        window.sections[name].set_open(is_open=True)
    window.sections["contrast"].set_open(is_open=False)
    window.show_help()
    wait(0.3)
    save(window, out / "viewer-help.png")
    window.help.dismiss()
    window.save_snapshot()


def settled(window: ViewerWindow) -> bool:
    """Tell whether restored frames are seen beside their raw ones, at a contrast that stands."""
    return paired(window) and window.view.count > SETTLED


def paired(window: ViewerWindow) -> bool:
    """Tell whether raw and restored are of one instant."""
    return any(each.paired and each.restored.restored for each in window.view.channels)


def until(condition: Callable[[], bool]) -> None:
    """Let the window live until a condition holds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the window did not come to that")
        wait(0.05)


def wait(seconds: float) -> None:
    """Let the window live for a time."""
    loop = QEventLoop()
    QTimer.singleShot(round(1e3 * seconds), loop.quit)
    loop.exec()


def save(window: ViewerWindow, file: Path) -> None:
    """Save what the window looks like, raw and restored of one instant."""
    until(lambda: paired(window))
    window.grab().save(str(file))
    print(file)


if __name__ == "__main__":
    main()
