"""The exporter of a run: started with it, tended beside its parts, and given the last word."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from livecare import run_place
from livecare.config import Config
from livecare.config.metrics_section import MetricsSection, split_address
from livecare.errors import UsageError
from livecare.exporter.listener import check_listener
from livecare.exporter.orders import ExporterSpec, check_extra
from livecare.link import write_spec
from livecare.logs import logger
from livecare.supervisor.children import Child
from livecare.supervisor.log_relay import relay_of

NAME: Final = "exporter"
LAST_WORD_S: Final = 5.0
"""Longest wait for the exporter to write what was said last, seconds: it takes tenths of one, and
two where it had died and is started once more."""


def check_metrics(section: MetricsSection) -> None:
    """Find out, before a run begins, whether it can be shown as it is configured.

    Raises
    ------
    MissingExtraError
        If a package is missing.
    UsageError
        If the port is taken, or there is no folder for the file.
    """
    check_exporter(section)
    if section.http is not None:
        check_listener(*split_address(section.http))


def check_exporter(section: MetricsSection) -> None:
    """Find out the same without asking for the port.

    Raises
    ------
    MissingExtraError, UsageError
        See `check_metrics`.
    """
    if not section.wanted:
        return
    check_extra()
    if section.textfile is not None and not os.access(section.textfile.parent, os.W_OK | os.X_OK):
        raise UsageError(
            f"metrics.textfile: no file can be written in {section.textfile.parent}; make the "
            "folder, and give it to the user that livecare runs as"
        )


class Exporting:
    """Keeps an exporter going, where one is wanted; nothing that it does harms the run.

    Parameters
    ----------
    config : Config
        The run's configuration.
    run_id : str
        The run.
    folder : Path
        The run's folder, with its newest snapshot; for orders and log.
    """

    def __init__(self, config: Config, run_id: str, folder: Path) -> None:
        self._config, self._run_id, self._folder = config, run_id, folder
        self._began_s = time.time()
        self._lost = False
        log = run_place.log_file(folder, NAME)
        self._child = (
            Child(NAME, self._orders, log, lambda: None, relay=relay_of(config.log, NAME, log))
            if config.metrics.wanted
            else None
        )

    @property
    def restarts(self) -> dict[str, int]:
        """How often it was restarted; nothing where none is wanted."""
        return {} if self._child is None else {NAME: self._child.restarts}

    def start(self) -> None:
        """Start it."""
        if self._child is not None:
            self._try(self._child.begin)

    def tend(self) -> None:
        """Start it again where it has died; to be called a few times a second."""
        if self._child is not None and not self._lost:
            self._try(self._child.tend)

    def end(self) -> None:
        """Wait until it has said the run's last word, which is written already."""
        child = self._child
        if child is None or self._lost:
            return
        if not child.alive and not child.given_up:
            self._try(child.start)
        self._try(lambda: child.end(LAST_WORD_S))

    def _try(self, act: Callable[[], object]) -> None:
        """Do something with the child; where its files are gone, or it cannot start, it is lost."""
        try:
            act()
        except OSError as error:
            self._lost = True
            logger().error("metrics are not shown any more", why=str(error))

    def _orders(self) -> Path:
        path = run_place.orders_file(self._folder, NAME)
        section, log = self._config.metrics, self._config.log
        host, port = (None, None) if section.http is None else split_address(section.http)
        spec = ExporterSpec(
            run_id=self._run_id,
            started_s=self._began_s,
            snapshot_file=str(run_place.snapshot_file(self._folder)),
            ready_minutes=section.ready_minutes,
            host=host,
            port=port,
            textfile=None if section.textfile is None else str(section.textfile),
            labels=section.labels,
            log_level=log.level,
            log_format=log.format,
        )
        write_spec(path, spec)
        return path
