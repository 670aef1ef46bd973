"""What a run counts beside its ledger, for those who watch it from outside."""

import msgspec

from livecare.frame import Ledger


class LatencyCounts(msgspec.Struct, frozen=True):
    """Durations counted by size, since the run began.

    Attributes
    ----------
    upper_s : tuple of float
        Upper bounds, seconds, rising.
    counts : tuple of int
        How many durations stayed below each bound, and last how many there are in all; empty where
        nothing is counted at all.
    sum_s : float
        Their sum, seconds.
    """

    upper_s: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    sum_s: float = 0.0

    def __add__(self, other: "LatencyCounts") -> "LatencyCounts":
        """Count both; the bounds must be the same."""
        if not self.counts or not other.counts:
            return self if self.counts else other
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return LatencyCounts(self.upper_s, counts, self.sum_s + other.sum_s)


class RingUse(msgspec.Struct, frozen=True):
    """How full a ring is.

    Attributes
    ----------
    waiting : int
        Frames in it that its gating reader has not taken yet.
    slots : int
        Frames that it holds; 0 where there is no ring.
    """

    waiting: int = 0
    slots: int = 0


class Serving(msgspec.Struct, frozen=True):
    """What restores.

    Attributes
    ----------
    model, engine, precision, device : str
        As the restorer says it.
    batch : int
        Frames that it restores at once, at most.
    seconds_per_frame : float
        In such a batch, seconds, as measured when it became ready.
    """

    model: str
    engine: str
    precision: str
    device: str
    batch: int
    seconds_per_frame: float


class GuardTally(msgspec.Struct, frozen=True):
    """What one guard found in restored frames.

    Attributes
    ----------
    value, threshold : float
        In the latest frame that it could judge; above its threshold the frame is not to be
        believed.
    frames, alarms : int
        Frames that it judged, and those of them that were not to be believed.
    worst : float
        The largest value above its threshold, as a multiple of it, or below; 0 before the first.
    """

    value: float
    threshold: float
    frames: int = 1
    alarms: int = 0
    worst: float = 0.0

    def __add__(self, later: "GuardTally") -> "GuardTally":
        """Count both."""
        return GuardTally(
            later.value,
            later.threshold,
            self.frames + later.frames,
            self.alarms + later.alarms,
            max(self.worst, later.worst),
        )


class LightTally(msgspec.Struct, frozen=True):
    """The light that the present part of a run has spent on the specimen, and what it saved.

    Attributes
    ----------
    frames : int
        Exposures: frames that arrived, were passed over by a tap, or were lost.
    exposure_ms : float or None
        Of each, as the camera had it when the part began, ms; None where that is not known.
    factors : dict of str to float
        By the channel's name: how many times more light raw frames would need for the error of the
        restored ones; of channels of which that is known.
    given_ms, saved_ms : float or None
        Light given, and light that was saved, as time of exposure, ms; None where it is not known.
    words : str
        It, for people; "" before there is anything to say.
    """

    frames: int = 0
    exposure_ms: float | None = None
    factors: dict[str, float] = {}
    given_ms: float | None = None
    saved_ms: float | None = None
    words: str = ""


class Tally(msgspec.Struct, frozen=True):
    """What a run has counted, in all its parts; `wanted`, rings, `serving`: as it is now.

    Attributes
    ----------
    parts : int
        Parts that have begun.
    unrecorded : Ledger
        Frames that were only looked at: they are in no recording, and not in `Telemetry.total`.
    failed : dict of str to int
        The failed frames of `Telemetry.total` by what could not be done: "recorded" or "restored".
    skipped_live : int
        Frames passed over while live; most are restored later.
    backfilled : int
        Of the restored frames, those that were restored later.
    passed_over : int
        Frames that a newest-only tap skipped by design.
    loss_estimated : bool
        Whether any part of the lost frames is a guess.
    wanted : bool
        Whether frames are to be recorded.
    problems : tuple of str
        What went wrong, in sentences; the latest few.
    restarts : dict of str to int
        How often each child process was restarted.
    rejected : dict of str to dict of str to int
        Messages and clients that were turned away: by where they came, and why.
    recorded_latency, restored_latency : LatencyCounts
        From a frame's arrival until the store had it, and until it was published restored (live
        frames only).
    raw_ring, restored_ring : RingUse
        The rings of the present part.
    serving : Serving or None
        What restores; None while nothing does.
    guards : dict of str to GuardTally
        What the guards found, by their names.
    """

    parts: int = 0
    unrecorded: Ledger = Ledger()
    failed: dict[str, int] = {}
    skipped_live: int = 0
    backfilled: int = 0
    passed_over: int = 0
    loss_estimated: bool = False
    wanted: bool = True
    problems: tuple[str, ...] = ()
    restarts: dict[str, int] = {}
    rejected: dict[str, dict[str, int]] = {}
    recorded_latency: LatencyCounts = LatencyCounts()
    restored_latency: LatencyCounts = LatencyCounts()
    raw_ring: RingUse = RingUse()
    restored_ring: RingUse = RingUse()
    serving: Serving | None = None
    guards: dict[str, GuardTally] = {}
