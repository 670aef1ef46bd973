"""What a person sees while a network learns."""

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn

from livecare.cli.terminal import OnTerminal, plain_console

if TYPE_CHECKING:
    from livecare.training.loop import Report

PLAIN_INTERVAL_S: Final = 15.0
"""Time between lines where the output is no terminal, seconds."""
PERCENT: Final = 100
SMALLEST_PART: Final = 1e-3
"""Part of a budget before which the time left cannot be told."""


class TrainingProgress(OnTerminal):
    """Shows a training: a bar on a terminal, a line now and then elsewhere."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or plain_console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %  {task.fields[state]}"),
            console=self._console,
            transient=True,
        )
        self._tasks: dict[str, TaskID] = {}
        self._started: dict[str, tuple[float, float]] = {}
        self._printed = -PLAIN_INTERVAL_S
        super().__init__(self._bar, shown=self._console.is_terminal)

    def say(self, notes: Sequence[str]) -> None:
        """Print what should be known of a training."""
        for note in notes:
            self._console.print(f"note: {note}", highlight=False, markup=False, soft_wrap=True)

    def show(self, name: str, report: "Report") -> None:
        """Show where the training of a network stands."""
        now = time.monotonic()
        state = _state(report, self._left_s(name, report, now))
        if self._console.is_terminal:
            if name not in self._tasks:
                self._tasks[name] = self._bar.add_task(name, total=1.0, state="")
            self._bar.update(self._tasks[name], completed=report.elapsed, state=state)
        elif now - self._printed >= PLAIN_INTERVAL_S or report.elapsed >= 1:
            self._printed = now
            line = f"{name}: {PERCENT * report.elapsed:.0f} %  {state}"
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _left_s(self, name: str, report: "Report", now: float) -> float | None:
        """Return the time left, seconds, as fast as it went since this program began."""
        began, part = self._started.setdefault(name, (now, report.elapsed))
        done = report.elapsed - part
        if done < SMALLEST_PART:
            return None
        return (now - began) * (1 - report.elapsed) / done


def _state(report: "Report", left_s: float | None) -> str:
    parts = [f"step {report.step}", f"loss {report.loss:.4f}"]
    if report.validation is not None and report.best is not None:
        parts.append(f"validation {report.validation:.4f} (best {report.best:.4f})")
    if left_s is not None:
        parts.append(f"{int(left_s) // 60}:{int(left_s) % 60:02d} left")
    return ", ".join(parts)
