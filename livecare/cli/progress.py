"""What a person sees while a run goes on."""

import sys
import time
from collections.abc import Sequence
from typing import Any, Final

from rich.live import Live
from rich.table import Table
from rich.text import Text

from livecare.cli.terminal import OnTerminal, alarming, plain_console
from livecare.link.telemetry import Telemetry

PLAIN_INTERVAL_S: Final = 5.0
"""Time between lines where the output is no terminal, seconds: a log, not a flood."""
Row = tuple[str, str | Text]
"""A name, and what it is."""


class Progress(OnTerminal):
    """Shows a run's state: a live table on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._console = plain_console(stderr=True)
        self._live = Live(console=self._console, transient=True, auto_refresh=False)
        self._printed = 0.0
        self._stage = ""
        self._alarm = ""
        super().__init__(self._live, shown=self._console.is_terminal)

    def show(self, telemetry: Telemetry) -> None:
        """Show a snapshot."""
        if self._console.is_terminal:
            self._live.update(table_of(as_rows(telemetry)), refresh=True)
        elif telemetry.stage != self._stage or time.monotonic() - self._printed > PLAIN_INTERVAL_S:
            self._printed = time.monotonic()
            self._stage = telemetry.stage
            self._console.print(line_of(telemetry, self._alarm), soft_wrap=True)
            self._alarm = telemetry.alarm

    def print_table(self, rows: list[tuple[str, Any]]) -> None:
        """Print the result of a run."""
        self._console.print(table_of([(name, str(what)) for name, what in rows]))

    def print_problem(self, problem: str) -> None:
        """Print what went wrong."""
        sys.stderr.write(f"livecare: {problem}\n")


def as_rows(telemetry: Telemetry) -> list[Row]:
    """Say how a run is, line by line, for people."""
    ledger = telemetry.ledger
    expected = f" of {telemetry.expected}" if telemetry.expected is not None else ""
    return [
        ("stage", telemetry.stage),
        ("camera", f"{ledger.acquired}{expected} frames, {telemetry.acquired_hz:.1f} Hz"),
        (
            "recorded",
            f"{ledger.recorded} frames, {telemetry.recorded_hz:.1f} Hz",
        ),
        ("on the disk", f"up to frame {telemetry.persisted_raw}"),
        ("restored", f"{ledger.restored} frames, {telemetry.restored_hz:.1f} Hz"),
        ("camera to restored", _latency(telemetry)),
        ("skipped for now", str(telemetry.skipped_live)),
        ("lost", alarming(ledger.lost) if ledger.lost else "0"),
        ("restorer", _restorer(telemetry)),
        *([("not to be believed", alarming(telemetry.alarm))] if telemetry.alarm else []),
        ("free disk", _space(telemetry)),
    ]


def line_of(telemetry: Telemetry, known_alarm: str = "") -> str:
    """Say how a run is in one line; of an alarm that was said already, only which guards raise it.

    Parameters
    ----------
    telemetry : Telemetry
        How it is.
    known_alarm : str
        The alarm of the line before; "" where there was none.
    """
    ledger = telemetry.ledger
    return (
        f"{telemetry.stage}: {ledger.acquired} acquired, {ledger.recorded} recorded, "
        f"{ledger.restored} restored, {ledger.lost} lost; {_latency(telemetry)}; "
        f"restorer {_restorer(telemetry)}; {_space(telemetry)} free"
        f"{_alarm(telemetry, known_alarm)}"
    )


def _alarm(telemetry: Telemetry, known: str) -> str:
    if not telemetry.alarm:
        return ""
    if telemetry.alarm != known:
        return f"; NOT TO BE BELIEVED: {telemetry.alarm}"
    found = telemetry.tally.guards.items()
    return f"; guards: {', '.join(n for n, g in found if g.value > g.threshold) or 'as before'}"


def _latency(telemetry: Telemetry) -> str:
    if telemetry.latency_p50_ms is None or telemetry.latency_p99_ms is None:
        return "no restored frame yet"
    return f"{telemetry.latency_p50_ms:.1f} ms p50, {telemetry.latency_p99_ms:.1f} ms p99"


def _restorer(telemetry: Telemetry) -> str:
    words: str = telemetry.restorer
    if telemetry.restarts:
        words = f"{words} (restarted {telemetry.restarts} times)"
    return f"{words}: {telemetry.degraded}" if telemetry.degraded else words


def _space(telemetry: Telemetry) -> str:
    gigabytes = f"{telemetry.free_bytes / 1e9:.1f} GB"
    if telemetry.free_minutes is None:
        return gigabytes
    return f"{gigabytes}, {telemetry.free_minutes:.0f} min"


def table_of(rows: Sequence[Row]) -> Table:
    """Lay lines out as a table of names and what they are."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column(style="dim")
    table.add_column()
    for row in rows:
        table.add_row(*row)
    return table
