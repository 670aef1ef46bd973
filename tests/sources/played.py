"""Sequences of either kind on a scripted core, read to their end."""

from collections.abc import Callable
from typing import Literal

from epochs import read_parts
from fake_clock import FakeClock
from fake_core import FakeCore, FakeMetadata

from livecare.sources import MicroManagerSettings
from livecare.sources.clock import StopSignal
from livecare.sources.micromanager.own import OwnSequence
from livecare.sources.micromanager.reader import Desk
from livecare.sources.micromanager.tap import NewestTap
from livecare.sources.micromanager.view import View
from livecare.sources.protocol import Arrival

Mode = Literal["own", "tap"]

KINDS = {"own": OwnSequence, "tap": NewestTap}


class Played:
    """A sequence of either kind on a scripted core, read to its end."""

    def __init__(
        self,
        mode: Mode,
        script: list[object],
        frames: int | None = None,
        core_kind: type[FakeCore] = FakeCore,
        **settings: object,
    ) -> None:
        self.clock = FakeClock()
        self.core = core_kind(script)
        self.stop = StopSignal(self.clock)
        chosen = MicroManagerSettings(
            mode=mode, frames=frames, **{"end_with_sequence": mode == "tap", **settings}
        )
        view = View(self.core, chosen, "run", self.clock)
        self.sequence = KINDS[mode](
            Desk(self.core, view, chosen, FakeMetadata(), self.clock, self.stop)
        )
        self.stream = view.stream

    def read(self, after: Callable[[Arrival], object] = lambda _: None) -> "Played":
        self.sequence.start()
        self.parts = read_parts(self.sequence, self.stream, after=after)
        return self

    @property
    def arrivals(self) -> list[Arrival]:
        return [arrival for part in self.parts for arrival in part.arrivals]


def play(mode: Mode, *script_and_frames: object, **more: object) -> Played:
    return Played(mode, *script_and_frames, **more).read()


def losses(played: Played) -> list[tuple[int, bool]]:
    return [(arrival.lost_before, arrival.loss_estimated) for arrival in played.arrivals]
