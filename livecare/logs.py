"""Structured logs on standard error; set up once in each process."""

import contextlib
import io
import logging
import os
import sys
from pathlib import Path
from typing import Final, Literal, TextIO

import structlog

LogFormat = Literal["console", "json"]

PART_SEPARATOR: Final = "."
"""What a later part's name has between the run's name and its own number."""

_everywhere: dict[str, str | int] = {}
"""What is in every line of this process, whichever thread writes it."""


class Unheard(io.TextIOBase):
    """Speaks to whoever listens, and does not mind if nobody does any more.

    A terminal is closed, a pipe's reader dies, the disk of a log is full: a recording must not end
    because it cannot be talked about.

    Parameters
    ----------
    stream : TextIO
        Where it speaks.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or let it be."""
        with contextlib.suppress(OSError, ValueError):  # ValueError: it is closed
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush, or let it be."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()

    def isatty(self) -> bool:
        """Tell whether it is a terminal, as far as is known."""
        try:
            return self._stream.isatty()
        except (OSError, ValueError):
            return False

    def fileno(self) -> int:
        """Return its descriptor. Raises OSError or ValueError where it has none."""
        return self._stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """How it encodes."""
        return self._stream.encoding


def set_up_logs(
    process: str, level: str = "info", style: LogFormat = "console", run_id: str = ""
) -> None:
    """Send this process's logs to standard error.

    Parameters
    ----------
    process : str
        Which process speaks; in every line.
    level : str
        "debug", "info", "warning" or "error".
    style : {"console", "json"}
        For people or for a log collector.
    run_id : str
        As `name_run` takes it.
    """
    if sys.stderr is None:  # pythonw has none
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - for good
    if not isinstance(sys.stderr, Unheard):
        sys.stderr = Unheard(sys.stderr)
    _everywhere["process"] = process
    name_run(run_id)
    change_logs(level, style)


def change_logs(level: str, style: LogFormat) -> None:
    """Write more or less from now on, or otherwise; see `set_up_logs`."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _add_what_is_everywhere,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks
            if style == "json"
            else structlog.processors.StackInfoRenderer(),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def name_run(run_id: str) -> None:
    """Have the run's name in every line from now on: `run_id` and, of a later part, `part`.

    Parameters
    ----------
    run_id : str
        Name of a run or of a part of one; "" leaves all as it is.
    """
    run, _, part = run_id.partition(PART_SEPARATOR)
    if run:
        _everywhere["run_id"] = run
        _everywhere.pop("part", None)
    if part.isdecimal():
        _everywhere["part"] = int(part)


def _add_what_is_everywhere(
    _logger: object, _method: str, line: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {**_everywhere, **line}


def logger() -> structlog.typing.FilteringBoundLogger:
    """Return the process's logger."""
    return structlog.get_logger()  # type: ignore[no-any-return]
