"""A run with viewers beside it: what it does, and how it is followed to its end."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runs import LivecareRun, Setting
from viewer_beside import Span, ViewerBeside, rings_folder, within

from livecare.link.telemetry import Telemetry


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    side : int
        Rows and columns of the frames, pixels.
    rate_hz : float
        Of the camera.
    seconds : float
        How long.
    every_s : float
        Time between two looks at the viewer, seconds.
    engine : str
        What restores meanwhile.
    viewers : int
        How many, where there are many.
    """

    side: int
    rate_hz: float
    seconds: float
    every_s: float = 5.0
    engine: str = "auto"
    viewers: int = 1

    @property
    def setting(self) -> Setting:
        """The run."""
        return Setting(self.side, self.rate_hz, round(self.seconds * self.rate_hz), self.engine)

    @property
    def bytes_per_s(self) -> float:
        """What the camera gives, uint16."""
        return 2 * self.side**2 * self.rate_hz

    @property
    def words(self) -> str:
        """What it is, for people."""
        return f"{self.side}² at {self.rate_hz:.0f} Hz"


@dataclass(frozen=True, slots=True)
class LookedAt(Setting):
    """A run that nobody records: its frames are only looked at."""

    def as_toml(self, store: Path, preview: str, telemetry: str) -> str:
        """Write its configuration."""
        text = super(LookedAt, self).as_toml(store, preview, telemetry)
        return text.replace("[store]\n", '[store]\nrecord = "when-asked"\n')


@dataclass(frozen=True, slots=True)
class Watched:
    """A run with viewers beside it.

    Attributes
    ----------
    span : Span
        When frames came.
    last : Telemetry
        What it said of itself last while they did.
    report : dict
        What it said at its end.
    viewers : list of list of dict
        What each viewer said while frames came.
    """

    span: Span
    last: Telemetry
    report: dict[str, Any]
    viewers: list[list[dict[str, Any]]]

    def missing(self, frames: int) -> int:
        """Return how many of the camera's frames were not recorded."""
        return frames - int(self.report["ledger"]["recorded"])


def watch(folder: Path, setting: Setting, viewers: Sequence[Path], every_s: float) -> Watched:
    """Run to the end with these viewers (the script of each) beside; they are there first."""
    with rings_folder(str(time.perf_counter_ns())) as rings, ExitStack() as stack:
        beside = [
            stack.enter_context(
                ViewerBeside(
                    folder / f"viewer-{n}.jsonl",
                    script,
                    *("--directory", str(rings), "--every-s", str(every_s)),
                )
            )
            for n, script in enumerate(viewers)
        ]
        run = stack.enter_context(LivecareRun(folder, replace(setting, rings=str(rings))))
        span, last = follow(run)
        report = run.report()
        said = [within(each.lines(), span) for each in beside]
    return Watched(span, last, report, said)


def follow(run: LivecareRun, at_times: Callable[[], None] | None = None) -> tuple[Span, Telemetry]:
    """Follow a run to its end; return when frames came, and what it said last while they did."""
    began_s = ended_s = 0.0
    last: Telemetry | None = None
    for snapshot in run.snapshots():
        if snapshot.stage == "acquiring" and snapshot.ledger.acquired:
            ended_s = time.perf_counter()
            began_s = began_s or ended_s
            last = snapshot
            if at_times is not None:
                at_times()
    assert last is not None, "the run was over before it could be looked at"
    return Span(began_s, ended_s), last
