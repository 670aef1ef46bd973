"""Sums up what the fault suite has tried: a table at the end of the tests, and JSON for a file."""

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import pytest

PROPERTY = "fault"
"""The property of a test's report that a tally travels in, also from another worker."""


@dataclass(frozen=True)
class Tally:
    """What became of the frames of a fault's runs.

    Attributes
    ----------
    fault : str
        Its name.
    runs : int
        Runs that it struck.
    frames_in : int
        Frames that the camera took, or that were sent: by the source's own count.
    recorded : int
        Raw frames in the recordings, each compared with its truth.
    lost : int
        The difference.
    reported : int
        Of these, those that the report or the ledger names by number.
    interrupted : int
        Of these, those that were lost with a process that was killed: no number is left of them,
        but the recording says that it was interrupted.
    unrestored : int
        Recorded frames without a restored one; every one of them is reported, too.
    seconds : float
        How long all of it took.
    """

    fault: str
    runs: int = 0
    frames_in: int = 0
    recorded: int = 0
    lost: int = 0
    reported: int = 0
    interrupted: int = 0
    unrestored: int = 0
    seconds: float = 0.0

    @property
    def silent(self) -> int:
        """Lost frames that nothing speaks of."""
        return self.lost - self.reported - self.interrupted

    def plus(self, other: "Tally") -> "Tally":
        """Return the sum under this one's name."""
        names = [field.name for field in fields(self) if field.name != "fault"]
        return replace(self, **{n: getattr(self, n) + getattr(other, n) for n in names})


def note(node: pytest.Item, tally: Tally) -> None:
    """Give a tally to the report of a test."""
    node.user_properties.append((PROPERTY, json.dumps(asdict(tally))))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--faults-json",
        type=Path,
        default=None,
        help="write what the fault tests tried, and what became of the frames, to this file",
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    found = [
        (tally, outcome)
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        if report.when == "call"
        for tally in _tallies(report)
    ]
    if not found:
        return
    found.sort(key=lambda row: row[0].fault)
    total = Tally("all")
    for tally, _ in found:
        total = total.plus(tally)
    terminalreporter.section(f"{len(found)} faults")
    terminalreporter.write_line(_row("", *HEADINGS))
    for tally, outcome in [*found, (total, "")]:
        words = tally.fault if outcome != "failed" else f"FAILED {tally.fault}"
        terminalreporter.write_line(_row(words, *_counts(tally)))
    target = config.getoption("--faults-json")
    if target is not None:
        rows = [{**asdict(tally), "outcome": outcome} for tally, outcome in found]
        written = {"faults": len(found), "total": asdict(total), "rows": rows}
        target.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")


HEADINGS = ("runs", "in", "recorded", "lost", "reported", "interrupted", "silent", "unrestored")
WIDTH = 68
"""Of the first column, characters."""


def _counts(tally: Tally) -> list[int]:
    whole = {**asdict(tally), "in": tally.frames_in, "silent": tally.silent}
    return [whole[name] for name in HEADINGS]


def _row(first: str, *others: object) -> str:
    columns = [f"{each:>{len(name) + 2}}" for each, name in zip(others, HEADINGS, strict=True)]
    return f"{first:<{WIDTH}}" + "".join(columns)


def _tallies(report: pytest.TestReport) -> list[Tally]:
    found = [value for name, value in report.user_properties if name == PROPERTY]
    return [Tally(**json.loads(str(value))) for value in found]
