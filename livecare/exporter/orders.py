"""Knows all that an exporter is told before it starts, and what it cannot start without."""

from importlib.util import find_spec
from typing import Final

import msgspec

from livecare.errors import MissingExtraError
from livecare.logs import LogFormat

PACKAGES: Final = {
    "prometheus_client": "prometheus-client",
    "starlette": "starlette",
    "uvicorn": "uvicorn",
}
"""What the extra brings: modules, and what they are called where one installs them."""


class ExporterSpec(msgspec.Struct, frozen=True):
    """All that an exporter process needs to know.

    Attributes
    ----------
    run_id : str
        The run.
    started_s : float
        When it began, seconds since 1970.
    snapshot_file : str
        Where the run keeps the newest snapshot of itself.
    ready_minutes : float
        With less disk left, minutes, the run is not ready.
    host, port : str, int or None
        Where to serve; None to serve nothing.
    textfile : str or None
        File to keep up to date; None for none.
    labels : dict of str to str
        Labels of every metric.
    log_level, log_format : str
        As `livecare.logs.set_up_logs` takes them.
    """

    run_id: str
    started_s: float
    snapshot_file: str
    ready_minutes: float
    host: str | None = None
    port: int | None = None
    textfile: str | None = None
    labels: dict[str, str] = {}
    log_level: str = "info"
    log_format: LogFormat = "console"


def check_extra() -> None:
    """Find out, before a run begins, whether an exporter can start. Raises MissingExtraError."""
    for module, package in PACKAGES.items():
        if find_spec(module) is None:
            raise MissingExtraError(package, "metrics", "the section [metrics]")
