"""Knows where a viewer may be told to look for runs, and how far it has come with one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

State = Literal["waiting", "attached", "ended"]

SILENT_S: Final = 2.0
"""Silence that is spoken of, seconds: a run says something five times a second."""

NEXT_PART_S: Final = 1.5
"""How long the next part of a run may take to begin, seconds, before the run is said to have ended:
its rings and its store are made in tenths of that."""

NEXT_PART_ELSEWHERE_S: Final = 6.0
"""The same seconds for a run elsewhere, where the next part is seen only once it answers: its
publisher has to start, and the connection to it."""

ENDED: Final = "the run has ended; what it showed last stays here. Waiting for the next one"


@dataclass(frozen=True, slots=True)
class Where:
    """Where the viewer looks for a run.

    Attributes
    ----------
    directory : Path or None
        On this machine: `ring.directory` of its configuration; None where that is left out.
    pid : int or None
        On this machine: only runs of this process; None for the newest, whosever it is.
    preview : str or None
        Elsewhere: the endpoint of its previews; None for this machine.
    telemetry, control : str or None
        Beside `preview`: the endpoints of its telemetry and its control; None to do without.
    reduction : int
        Beside `preview`: have so many by so many pixels sent as one.
    lz4 : bool
        Beside `preview`: have frames sent compressed.
    key, server_key : Path or None
        Beside `preview`: files of one's own secret key and of that run's public one; None where it
        wants none.
    """

    directory: Path | None = None
    pid: int | None = None
    preview: str | None = None
    telemetry: str | None = None
    control: str | None = None
    reduction: int = 1
    lz4: bool = False
    key: Path | None = None
    server_key: Path | None = None
