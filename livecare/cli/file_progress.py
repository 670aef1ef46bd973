"""What a person sees while files are restored."""

import time
from pathlib import Path

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from livecare.cli.progress import PLAIN_INTERVAL_S
from livecare.cli.terminal import OnTerminal, plain_console


class FileProgress(OnTerminal):
    """Shows how far each recording is: bars on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._console = plain_console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._tasks: dict[Path, TaskID] = {}
        self._printed = time.monotonic()
        super().__init__(self._bars, shown=self._console.is_terminal)

    def show(self, source: Path, done: int, total: int) -> None:
        """Show how many of a recording's frames are restored."""
        if self._console.is_terminal:
            if source not in self._tasks:
                self._tasks[source] = self._bars.add_task(source.name, total=total)
            self._bars.update(self._tasks[source], completed=done)
        elif time.monotonic() - self._printed > PLAIN_INTERVAL_S:
            self._printed = time.monotonic()
            line = f"{source.name}: {done} of {total} frames"
            self._console.print(line, soft_wrap=True)
