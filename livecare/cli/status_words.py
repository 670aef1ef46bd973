"""How `livecare status` says it: rows for one run, a table for several, lines in a pipe, JSON."""

import sys
from collections.abc import Sequence
from typing import Any, Final

import msgspec
from rich.live import Live
from rich.table import Table
from rich.text import Text

from livecare.cli.progress import Row, as_rows, line_of, table_of
from livecare.cli.status_sources import Look
from livecare.cli.terminal import OnTerminal, alarming, plain_console
from livecare.link.telemetry import Telemetry

PIPE_COLUMNS: Final = 200
"""Width of tables where the output is no terminal: paths stay whole."""
SECONDS_PER_MINUTE: Final = 60
NOTHING_YET: Final = "it has not said anything yet"


class Shown(OnTerminal):
    """Shows looks at runs, one after the other.

    Parameters
    ----------
    as_json : bool
        As JSON.
    follows : bool
        Each look in the place of the one before, on a terminal; elsewhere a line for each run.
    """

    def __init__(self, *, as_json: bool, follows: bool) -> None:
        self._as_json, self._follows = as_json, follows
        self._alarms: dict[str, str] = {}  # that were said last, by run
        self._console = plain_console(width=None if sys.stdout.isatty() else PIPE_COLUMNS)
        self._on_screen = follows and self._console.is_terminal and not as_json
        self._live = Live(console=self._console, auto_refresh=False)
        super().__init__(self._live, shown=self._on_screen)

    def show(self, found: Sequence[Look]) -> None:
        """Show how runs are."""
        if self._as_json:
            encoded = msgspec.json.encode([_as_map(each) for each in found])
            text = encoded if self._follows else msgspec.json.format(encoded)
            sys.stdout.write(text.decode() + "\n")
            sys.stdout.flush()
        elif self._on_screen:
            self._live.update(_table(found), refresh=True)
        elif self._follows:
            for each in found:
                words = NOTHING_YET
                if (now := each.telemetry) is not None:
                    words = line_of(now, self._alarms.get(each.run_id, ""))
                    self._alarms[each.run_id] = now.alarm
                self._console.print(f"{each.run_id} {words}", soft_wrap=True)
        elif found:
            self._console.print(_table(found))


def _as_map(look: Look) -> dict[str, Any]:
    return {
        "run_id": look.run_id,
        "pid": look.pid,
        "age_s": round(look.age_s, 3),
        "silent": look.silent,
        "telemetry": look.telemetry,
    }


def _table(found: Sequence[Look]) -> Table:
    if len(found) == 1 and found[0].telemetry is not None:
        return table_of(_rows(found[0], found[0].telemetry))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("run", "stage", "acquired", "recorded", "restored", "lost", "Hz", "restorer"):
        table.add_column(title)
    for title in ("disk", "recording"):
        table.add_column(title, overflow="fold")
    for each in found:
        table.add_row(*_row(each))
    return table


def _row(look: Look) -> list[str | Text]:
    now = look.telemetry
    if now is None:
        return [look.run_id, NOTHING_YET]
    silent = f" (silent for {look.age_s:.0f} s)" if look.silent else ""
    minutes = "" if now.free_minutes is None else f"{now.free_minutes:.0f} min"
    return [
        look.run_id,
        f"{now.stage}{silent}",
        str(now.total.acquired + now.tally.unrecorded.acquired),
        str(now.total.recorded),
        str(now.total.restored),
        alarming(now.total.lost) if now.total.lost else "0",
        f"{now.acquired_hz:.1f}",
        now.restorer,
        minutes,
        now.store or "none",
    ]


def _rows(look: Look, now: Telemetry) -> list[Row]:
    process = "" if look.pid is None else f" (process {look.pid})"
    rows: list[Row] = [("run", f"{look.run_id}{process}")]
    if look.silent:
        rows.append(("silent", alarming(f"it has said nothing for {look.age_s:.0f} s")))
    rows += as_rows(now)
    rows += _whole_run(now)
    if now.age_p50_ms is not None and now.age_p99_ms is not None:
        rows.append(
            ("of late", f"{now.age_p50_ms:.1f} ms p50, {now.age_p99_ms:.1f} ms p99 to restored")
        )
    if now.engine:
        rows.append(("engine", f"{now.engine}, {now.model}"))
    rows += _guards(now)
    rows += [("light", now.light.words)] if now.light.words else []
    rows.append(("recording", _recording(now)))
    return [*rows, *_around(now)]


def _whole_run(now: Telemetry) -> list[Row]:
    """Say what became of all parts of a run that has had several."""
    total, unrecorded = now.total, now.tally.unrecorded.acquired
    if now.tally.parts < 2 and not unrecorded:  # noqa: PLR2004 - one part is what was said above
        return []
    looked_at = f", {unrecorded} only looked at" if unrecorded else ""
    became = f"{total.recorded} recorded, {total.restored} restored, {total.lost} lost"
    words = f"{total.acquired} acquired, {became} in {now.tally.parts} parts{looked_at}"
    return [("whole run", words)]


def _guards(now: Telemetry) -> list[Row]:
    """Say what the guards found so far, where any watches."""
    found = now.tally.guards
    alarms = [f"{name} {each.alarms}" for name, each in found.items() if each.alarms]
    words = f"alarms in frames: {', '.join(alarms)}" if alarms else "no alarm"
    return [("guards", words)] if found else []


def _recording(now: Telemetry) -> str:
    if not now.recording:
        return "nothing is recorded"
    minutes = "" if now.recorded_s is None else f", {now.recorded_s / SECONDS_PER_MINUTE:.1f} min"
    return f"{now.store}{minutes}, {now.marks} marks"


def _around(now: Telemetry) -> list[Row]:
    tally = now.tally
    rings = (("raw", tally.raw_ring), ("restored", tally.restored_ring))
    rows: list[Row] = [
        (f"{name} ring", f"{ring.waiting} of {ring.slots} frames wait for the disk")
        for name, ring in rings
        if ring.slots
    ]
    if restarts := {name: count for name, count in tally.restarts.items() if count}:
        rows.append(("restarts", ", ".join(f"{name} {count}" for name, count in restarts.items())))
    rows += [
        ("turned away", f"{where}: {', '.join(f'{n} × {why}' for why, n in reasons.items())}")
        for where, reasons in tally.rejected.items()
    ]
    return rows + [("problem", alarming(each)) for each in tally.problems]
