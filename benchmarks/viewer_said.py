"""What viewers that are processes of their own say of themselves: lines of JSON."""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from livecare.viewer.feed.session import Session, Step
from livecare.viewer.feed.where import Where


def arguments(purpose: str) -> argparse.ArgumentParser:
    """Make the command line of such a process."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--directory", type=Path, help="the run's ring.directory")
    parser.add_argument("--preview", help="or where its previews are served")
    parser.add_argument("--reduction", type=int, default=1)
    parser.add_argument("--lz4", action="store_true")
    parser.add_argument("--every-s", type=float, default=5.0, help="between two lines")
    parser.add_argument("--for-s", type=float, default=3600.0, help="then it ends by itself")
    return parser


def session_of(chosen: argparse.Namespace) -> "CountingSession":
    """Make the session that was asked for."""
    where = Where(
        chosen.directory, preview=chosen.preview, reduction=chosen.reduction, lz4=chosen.lz4
    )
    return CountingSession(where)


class CountingSession(Session):
    """A session that counts the frames it takes, and keeps how old they are."""

    def __init__(self, where: Where) -> None:
        super().__init__(where)
        self.newest = {"raw": -1, "restored": -1}
        self.taken = {"raw": 0, "restored": 0}
        self.ages_ms: dict[str, list[float]] = {"raw": [], "restored": []}

    def step(self, now_s: float) -> Step:
        """Look as ever, and count frames that are newer than all before."""
        step = super().step(now_s)
        now_ns = time.perf_counter_ns()
        for frame in step.frames:
            lane = "raw" if frame.restoration is None else "restored"
            if frame.header.sequence > self.newest[lane]:
                self.newest[lane] = frame.header.sequence
                self.taken[lane] += 1
                self.ages_ms[lane].append((now_ns - frame.header.received_ns) / 1e6)
        return step

    def facts(self) -> dict[str, Any]:
        """Say what came, in all, and how old it was, since this was asked last."""
        ages, self.ages_ms = self.ages_ms, {"raw": [], "restored": []}
        return {
            f"{lane}_{name}": value
            for lane in ages
            for name, value in {"taken": self.taken[lane], **spread(ages[lane])}.items()
        }


def spread(ages_ms: Sequence[float]) -> dict[str, float | None]:
    """Return the median and the greatest of some ages; None where there are none."""
    if not ages_ms:
        return {"age_p50_ms": None, "age_most_ms": None}
    return {"age_p50_ms": statistics.median(ages_ms), "age_most_ms": max(ages_ms)}


def say(facts: dict[str, Any]) -> None:
    """Print a line: the time, what the process took, and some facts."""
    process = psutil.Process()
    used = process.cpu_times()
    line = {
        "at_s": time.perf_counter(),
        "cpu_s": used.user + used.system,
        "rss": process.memory_info().rss,
        "own": _own_bytes(process),
        **facts,
    }
    print(json.dumps(line), flush=True)


def _own_bytes(process: psutil.Process) -> int:
    """Return the memory that is the process's alone: without the rings, and files it shares."""
    memory = process.memory_info()
    return int(
        memory.rss - memory.shared if psutil.LINUX else getattr(memory, "private", memory.rss)
    )
