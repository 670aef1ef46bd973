"""The orders of a run's parts: what is the same for all of them."""

from collections.abc import Callable
from dataclasses import dataclass

from livecare.link.telemetry import Telemetry
from livecare.sources.protocol import FrameSource
from livecare.supervisor.plan import Restorers
from livecare.supervisor.run_sign import Where


@dataclass(frozen=True, slots=True)
class Orders:
    """What is the same for all parts of a run.

    Attributes
    ----------
    source : FrameSource
        Open.
    restorers : callable
        Returns what is to restore; None to record only.
    show : callable
        Called with a snapshot five times a second, by the part that acquires or is the last.
    interrupted : callable
        Tells whether the run was asked to end.
    where : Where
        Where the run answers.
    refused : callable
        Tells what the run would not do now if it were asked, and why.
    """

    source: FrameSource
    restorers: Callable[[], Restorers | None]
    show: Callable[[Telemetry], None]
    interrupted: Callable[[], bool]
    where: Where
    refused: Callable[[], dict[str, str]]
