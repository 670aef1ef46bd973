"""The second request to end: at once, and whoever listened may have gone before."""

import os
import sys
from pathlib import Path
from typing import Any, NoReturn

import pytest

from livecare.errors import EXIT_INCOMPLETE
from livecare.supervisor import interrupt
from livecare.supervisor.interrupt import Interrupts, end_at_once


class Begun:
    """A part of a run, as a signal handler sees it."""

    def __init__(self) -> None:
        self.closed, self.recorded, self.path = False, True, Path("run.ome.zarr")

    def abort(self) -> None:
        self.closed = True


def test_every_part_ends_although_nobody_hears_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with `livecare run |& tee log`: Ctrl-C ends tee, too."""
    reading, writing = os.pipe()
    os.close(reading)
    parts: Any = [Begun(), Begun()]
    with os.fdopen(writing, "w") as deaf:
        monkeypatch.setattr(sys, "stderr", deaf)
        end_at_once(parts)
    assert all(part.closed for part in parts)


def test_the_process_ends_whatever_fails_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = []

    def leave(code: int) -> NoReturn:
        codes.append(code)
        raise SystemExit(code)

    def fail() -> None:
        raise BrokenPipeError

    monkeypatch.setattr(interrupt.os, "_exit", leave)
    interrupts = Interrupts(lambda: None, fail)
    interrupts.requested = True
    with pytest.raises(SystemExit):
        interrupts._note(2, None)
    assert codes == [EXIT_INCOMPLETE]
