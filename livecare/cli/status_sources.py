"""Where `livecare status` learns how runs are: from what they keep here, or by listening."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from livecare.cli.run_options import refuse_contradictions
from livecare.client.present_runs import present_runs
from livecare.errors import UsageError
from livecare.exporter.view import SILENT_S
from livecare.link.curve import with_keys
from livecare.link.telemetry import Telemetry, TelemetryListener

FIRST_WORD_S: Final = 5.0
"""Longest wait for a run's first word where it is listened to, seconds; it speaks five times a
second, except while it opens its source."""
INTERVAL_S: Final = 1.0
"""Time between two looks that follow each other, seconds."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a run is.

    Attributes
    ----------
    run_id : str
        Its name.
    pid : int or None
        Its process; None where that is not known.
    age_s : float
        How long ago it said so, seconds.
    telemetry : Telemetry or None
        What it said; None where it has not said anything that can be read.
    """

    run_id: str
    pid: int | None
    age_s: float
    telemetry: Telemetry | None

    @property
    def silent(self) -> bool:
        """Whether it has said nothing for too long."""
        return self.telemetry is None or self.age_s > SILENT_S


class Source(Protocol):
    """Somewhere to learn it."""

    def now(self) -> list[Look]:
        """Return the runs that go on."""
        ...

    def wait(self) -> None:
        """Wait until it is time for the next look, or there is nothing more to see."""
        ...


class _Here:
    """The runs of this user on this machine."""

    def __init__(self, directory: Path | None) -> None:
        self._directory = directory

    def now(self) -> list[Look]:
        runs = present_runs(self._directory)
        return [Look(run.run_id, run.pid, run.age_s, run.telemetry) for run in runs]

    def wait(self) -> None:
        time.sleep(INTERVAL_S)  # what is followed is a display: nothing tells of a file's change


class _Elsewhere:
    """A run that is listened to."""

    def __init__(self, endpoint: str, listener: TelemetryListener) -> None:
        self._endpoint, self._listener = endpoint, listener
        self._last: Telemetry | None = None
        self._heard = time.monotonic()

    def now(self) -> list[Look]:
        if self._last is None and not self._listener.wait(FIRST_WORD_S):
            why = self._listener.refusal or "nobody says anything there"
            raise UsageError(f"no telemetry at {self._endpoint}: {why}")
        self._hear()
        if self._last is None or self._over:
            return []
        return [Look(self._last.run_id, None, time.monotonic() - self._heard, self._last)]

    def wait(self) -> None:
        until = time.monotonic() + INTERVAL_S
        while not self._over and (left_s := until - time.monotonic()) > 0:
            if self._listener.wait(left_s):
                self._hear()

    @property
    def _over(self) -> bool:
        return self._last is not None and self._last.stage == "ended"

    def _hear(self) -> None:
        if (found := self._listener.latest()) is not None:
            self._last, self._heard = found, time.monotonic()


@contextmanager
def looks(
    directory: Path | None, endpoint: str | None, key: Path | None, server_key: Path | None
) -> Iterator[Source]:
    """Open what was asked for.

    Raises
    ------
    UsageError
        If the options do not go together, the endpoint is none, or a file holds no key.
    """
    refuse_contradictions(directory, endpoint, key, server_key)
    if endpoint is None:
        yield _Here(directory)
        return
    with TelemetryListener(with_keys(endpoint, key, server_key)) as listener:
        yield _Elsewhere(endpoint, listener)
