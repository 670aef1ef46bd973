"""Knows what the restored frames' lines tell of a run: what made them, how fast, how believable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from livecare.frame import NormalisationKind, Restoration
from livecare.metrics import LatencyHistogram
from livecare.run_page.guard_story import GuardStories
from livecare.run_page.raw_lane import RawLane
from livecare.run_page.trace import Sample, Trace
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.numbers import NumberSet

STAGES: Final = (
    "arrival until the restorer took it",
    "its batch in the engine",
    "arrival until it was published, restored",
    "the same without the engine",
)
"""Parts of a restored frame's way that are timed."""


class Maker(NamedTuple):
    """What made a restored frame; see `Restoration`."""

    model: str
    model_sha256: str
    engine: str
    precision: str
    normalisation: NormalisationKind


@dataclass(slots=True)
class Made:
    """The frames that one maker made.

    Attributes
    ----------
    frames, backfilled : int
        How many; how many of these only afterwards.
    first, last : int
        Lowest and highest of their sequences.
    values : dict of int to dict of str to tuple of float
        Lowest and highest of each number of the normalisation, by channel.
    """

    frames: int = 0
    backfilled: int = 0
    first: int = -1
    last: int = -1
    values: dict[int, dict[str, tuple[float, float]]] = field(default_factory=dict)

    def add(self, line: FrameLine, made: Restoration, *, backfilled: bool) -> None:
        """Take a frame into account."""
        self.first = line.sequence if not self.frames else min(self.first, line.sequence)
        self.last = max(self.last, line.sequence)
        self.frames += 1
        self.backfilled += backfilled
        ranges = self.values.setdefault(line.c, {})
        for name, value in made.normalised_with.items():
            low, high = ranges.get(name, (value, value))
            ranges[name] = (min(low, value), max(high, value))


class RestoredLane:
    """Takes the restored frames' lines one after the other; the raw ones were taken before.

    Parameters
    ----------
    raw : RawLane
        The raw frames' lines.

    Attributes
    ----------
    sequences : NumberSet
        Frames that have a line.
    makers : dict of Maker to Made
        What made them.
    unknown : int
        Frames of which the recording does not say what made them.
    backfilled : int
        Frames that were restored afterwards.
    timings : dict of str to LatencyHistogram
        Where the time of the others went, by `STAGES`.
    latency_ms, engine_ms : Trace
        Of the others: from a frame's arrival until it was published; its batch in the engine.
    guards : GuardStories
        What the guards found.
    samples : dict of int to Sample
        Some lines, by channel.
    """

    def __init__(self, raw: RawLane) -> None:
        self.sequences = NumberSet()
        self.makers: dict[Maker, Made] = {}
        self.unknown = self.backfilled = 0
        self.timings = {stage: LatencyHistogram() for stage in STAGES}
        self.latency_ms, self.engine_ms = Trace(), Trace()
        self.guards = GuardStories()
        self.samples: dict[int, Sample] = {}
        self._raw = raw

    def add(self, line: FrameLine) -> None:
        """Take the next line into account."""
        self.sequences.add(line.sequence)
        self.samples.setdefault(line.c, Sample()).add(line)
        provenance = line.provenance or {}
        backfilled = bool(provenance.get("backfilled"))
        self.backfilled += backfilled
        made = restoration_of(provenance)
        if made is None:
            self.unknown += 1
        else:
            self.makers.setdefault(_maker(made), Made()).add(line, made, backfilled=backfilled)
        if line.received_ns is None:
            return
        at_s = self._raw.seconds(line.received_ns)
        self.guards.add(line, at_s)
        if made is not None and not backfilled:
            self._time(line, line.received_ns, at_s, made)

    def _time(self, line: FrameLine, received_ns: int, at_s: float, made: Restoration) -> None:
        total_ns = made.published_ns - received_ns
        spent_ns = (
            made.taken_ns - received_ns,
            made.engine_ns,
            total_ns,
            total_ns - made.engine_ns,
        )
        for stage, each_ns in zip(STAGES, spent_ns, strict=True):
            self.timings[stage].add(each_ns)
        self.latency_ms.add(line.sequence, at_s, total_ns / 1e6)
        self.engine_ms.add(line.sequence, at_s, made.engine_ns / 1e6)


def restoration_of(provenance: Mapping[str, Any]) -> Restoration | None:
    """Return how a restored frame was made, guards aside; None where its line does not say."""
    said = {name: value for name, value in provenance.items() if name != "guards"}
    try:
        return msgspec.convert(said, Restoration)
    except msgspec.ValidationError:
        return None


def _maker(made: Restoration) -> Maker:
    return Maker(made.model, made.model_sha256, made.engine, made.precision, made.normalisation)
