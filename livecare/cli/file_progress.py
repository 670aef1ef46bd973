"""What a person sees while files are restored."""

import time
from pathlib import Path
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from livecare.cli.progress import PLAIN_INTERVAL_S


class FileProgress:
    """Shows how far each recording is: bars on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._console = Console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
        )
        self._tasks: dict[Path, TaskID] = {}
        self._printed = time.monotonic()

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._console.is_terminal:  # it ends with a blank line even if it never began
            self._bars.stop()

    def show(self, source: Path, done: int, total: int) -> None:
        """Show how many of a recording's frames are restored."""
        if self._console.is_terminal:
            if source not in self._tasks:
                self._tasks[source] = self._bars.add_task(source.name, total=total)
            self._bars.update(self._tasks[source], completed=done)
        elif time.monotonic() - self._printed > PLAIN_INTERVAL_S:
            self._printed = time.monotonic()
            line = f"{source.name}: {done} of {total} frames"
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)
