"""What a restorer reports to the recorder."""

import math
from typing import Annotated, Final, Literal

import msgspec

from livecare.frame import AlarmPolicy, NormalisationKind

Count = Annotated[int, msgspec.Meta(ge=0)]

_WINDOW_KEYS: Final = frozenset({"low", "high"})
_CAMERA_KEYS: Final = frozenset({"gain", "offset", "read_noise", "binning"})
_KEYS_OF_KIND: Final[dict[NormalisationKind, frozenset[str]]] = {
    "fixed": _WINDOW_KEYS,
    "ema": _WINDOW_KEYS,
    "per-frame": _WINDOW_KEYS,
    "anscombe": _CAMERA_KEYS,
}
"""The numbers that a normalisation of each kind is made of."""


DegradedTo = Literal["full", "sparse", "raw"]
"""What is restored of live frames: all, every nth, or none."""


class GettingReady(msgspec.Struct, frozen=True, tag=True):
    """The restorer runs and makes an engine ready; it says so again every second.

    Attributes
    ----------
    patience_s : float
        How long nothing else may come from it now, seconds, beyond what is usual: while it
        compares an engine or builds another on the way, it says nothing.
    """

    patience_s: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The restorer has an engine, warm, and begins to take frames.

    Attributes
    ----------
    engine, precision, device : str
        What runs the network, in what arithmetic, and on what, as its library says.
    batch : int
        Frames that it restores at once.
    seconds_per_frame : float
        In such a batch, seconds.
    model : str
        Name of the model.
    why : str
        Why this engine, and why no other, for people.
    revision : int
        Of the orders that it follows.
    """

    engine: str
    precision: str
    batch: int
    seconds_per_frame: float
    model: str = ""
    device: str = ""
    why: str = ""
    revision: Count = 0


class Swapped(msgspec.Struct, frozen=True, tag=True):
    """From the next frame on something else restores, as changed orders asked for."""

    ready: Ready


class SwapRefused(msgspec.Struct, frozen=True, tag=True):
    """Orders of this revision cannot be followed; what served goes on. `reason` is for people."""

    revision: Count
    reason: str


class NormalisationLocked(msgspec.Struct, frozen=True, tag=True):
    """The restorer has fixed how it normalises a channel for the rest of the run.

    Attributes
    ----------
    kind : NormalisationKind
        How the normalisation of each frame is chosen.
    values : dict of str to float
        `Normalisation.record` of what the channel begins with; a restarted restorer goes on with
        them.
    origin : str
        Where the values come from, for people.
    channel : int
        Index of the channel; its planes and positions share the normalisation.
    units : str
        What units the model wants: a model that wants others has no use for these values. "" where
        that is not known.
    """

    kind: NormalisationKind
    values: dict[str, float]
    origin: str = ""
    channel: Count = 0
    units: str = ""

    @property
    def words(self) -> str:
        """It as people read it; the window that each frame has of its own says nothing."""
        if self.kind == "per-frame":
            return self.kind
        values = ", ".join(
            f"{name.replace('_', ' ')} {value:.4g}" for name, value in self.values.items()
        )
        return f"{self.kind}: {values} ({self.origin})"

    def __post_init__(self) -> None:
        if self.values.keys() != _KEYS_OF_KIND[self.kind]:
            raise ValueError(f"'{self.kind}' with the values {', '.join(self.values)}")
        if not all(map(math.isfinite, self.values.values())):
            raise ValueError(f"values that are not finite: {self.values}")
        if "low" in self.values and not self.values["low"] < self.values["high"]:
            raise ValueError(f"an intensity window of {self.values}")
        if not (self.values.get("gain", 1.0) > 0 and self.values.get("read_noise", 0.0) >= 0):
            raise ValueError(f"a camera of {self.values}")


class LockWaits(msgspec.Struct, frozen=True, tag=True):
    """A channel's frames show nothing yet that its normalisation could be locked to.

    They are left for the back-fill; `reason` says why and what to do, for people.
    """

    channel: Count
    reason: str


class Progress(msgspec.Struct, frozen=True, tag=True):
    """Every raw ticket below `cursor` is restored, skipped or failed, and published if restored.

    `skipped` counts, since this process started, the frames passed over or overrun; `held` the
    tickets from `cursor` on that were taken and wait for others, such as for a lock.
    """

    cursor: Count
    skipped: Count
    held: Count = 0


class Degraded(msgspec.Struct, frozen=True, tag=True):
    """Less is restored than could be, or as much again.

    Attributes
    ----------
    to : {"full", "sparse", "raw"}
        What is restored of live frames from now on: all, every nth, or none.
    words : str
        What is done instead, why, and the cure, for people; "" where all is well.
    """

    to: DegradedTo
    words: str


class Alarmed(msgspec.Struct, frozen=True, tag=True):
    """Live frames in a row are not to be believed, or are again.

    Attributes
    ----------
    guards : tuple of str
        Which guards say so; none once all is well.
    words : str
        What is seen, what is done, and the cure, for people; "" once all is well.
    policy : AlarmPolicy
        What is to be done.
    """

    guards: tuple[str, ...]
    words: str
    policy: AlarmPolicy = "warn"


class PhotonFactor(msgspec.Struct, frozen=True, tag=True):
    """How many times more light raw frames of a channel would need for the restored ones' error."""

    channel: Count
    factor: Annotated[float, msgspec.Meta(gt=0)]


class SpreadMeasured(msgspec.Struct, frozen=True, tag=True):
    """What errors the model predicts in a channel: `livecare.models.uncertainty.SpreadTable`.

    Attributes
    ----------
    channel : int
        Index of the channel.
    levels, slopes, spreads : tuple
        As that table has them, camera counts.
    """

    channel: Count
    levels: tuple[float, ...]
    slopes: tuple[tuple[float, ...], ...]
    spreads: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        classes = len(self.levels) + 1
        steps = {len(each) for each in self.slopes} | {len(each) - 1 for each in self.spreads}
        if not (len(self.slopes) == len(self.spreads) == classes and len(steps) == 1):
            raise ValueError("a spread table whose parts do not fit each other")


class FrameFailed(msgspec.Struct, frozen=True, tag=True):
    """The frame cannot be restored: not alone either, or no normalisation is to be had."""

    sequence: Count
    reason: str


Report = (
    GettingReady
    | Ready
    | Swapped
    | SwapRefused
    | NormalisationLocked
    | LockWaits
    | Progress
    | Degraded
    | Alarmed
    | PhotonFactor
    | SpreadMeasured
    | FrameFailed
)
