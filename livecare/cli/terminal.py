"""Knows how words reach a terminal: as they are, and what changes in its own place there only."""

from typing import Protocol, Self

from rich.console import Console
from rich.text import Text


class Display(Protocol):
    """What rich shows in its own place: bars, or a live table."""

    def start(self) -> None:
        """Begin to show it."""
        ...

    def stop(self) -> None:
        """Show it no more."""
        ...


class OnTerminal:
    """Shows something that changes while it is entered as a context, on a terminal only.

    Parameters
    ----------
    display : Display
        What is shown.
    shown : bool
        Whether there is a terminal to show it on; else nothing is begun, nor ended.
    """

    def __init__(self, display: Display, *, shown: bool) -> None:
        self._display, self._shown = display, shown

    def __enter__(self) -> Self:
        if self._shown:
            self._display.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            self._display.stop()


def plain_console(*, stderr: bool = False, width: int | None = None) -> Console:
    """Return a console for which brackets and colons are nothing but that: paths have them, too."""
    return Console(stderr=stderr, width=width, markup=False, emoji=False, highlight=False)


def alarming(words: object) -> Text:
    """Return words that are seen at once."""
    return Text(str(words), style="bold red")
