"""Structured logs on standard error; set up once in each process."""

import logging
import sys
from typing import Literal

import structlog

LogFormat = Literal["console", "json"]


def set_up_logs(process: str, level: str = "info", style: LogFormat = "console") -> None:
    """Send this process's logs to standard error.

    Parameters
    ----------
    process : str
        Which process speaks; in every line.
    level : str
        "debug", "info", "warning" or "error".
    style : {"console", "json"}
        For people or for a log collector.
    """
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
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
    structlog.contextvars.bind_contextvars(process=process)


def logger() -> structlog.typing.FilteringBoundLogger:
    """Return the process's logger."""
    return structlog.get_logger()  # type: ignore[no-any-return]
