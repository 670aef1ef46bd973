"""How long `livecare view` takes from its process's start to its first paint."""

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from calm import calmly
from table import Bar, Figure

HERE: Final = Path(__file__).parent
LIVECARE: Final = HERE / "viewer_first_paint.py"
BARE: Final = HERE / "viewer_first_paint_bare.py"
PATIENCE_S: Final = 60.0
"""Longest wait for a window, seconds."""


def measure(folder: Path, repeats: int) -> list[Figure]:
    """Start both by turns; files were read before, as on a machine that is in use."""
    ours = [str(LIVECARE), "--directory", str(folder)]  # it finds no run there
    bare = [str(BARE)]
    if repeats > 1:
        _start(ours, folder)
        _start(bare, folder)
    found = calmly(lambda: (_start(ours, folder), _start(bare, folder)), repeats)
    bar = Bar("measured", "<=", 2.0)
    peer = "a bare ImageItem's window"
    return [Figure("livecare view, start to first paint", "s", peer, found.taken, bar, found.note)]


def _start(script: list[str], folder: Path) -> float:
    """Return the time until it was painted, seconds."""
    settings = {"XDG_CONFIG_HOME": str(folder)}  # nobody's layout is asked for
    screen = {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")}
    began_ns = time.perf_counter_ns()
    ended = subprocess.run(
        [sys.executable, *script],
        env={**os.environ, **settings, **screen},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    lines = ended.stdout.split()
    if ended.returncode != 0 or not lines:
        raise RuntimeError(f"no window came ({script[0]}): {ended.stderr[-2000:]}")
    return (int(lines[-1]) - began_ns) / 1e9
