"""What is the same for every frame of a recording in a file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from livecare.frame import Pixels, Position


@dataclass(frozen=True, slots=True)
class Layout:
    """The axes of a recording.

    Attributes
    ----------
    shape : tuple of int
        Sizes of the axes t, c, z, y, x.
    stored : numpy dtype
        Pixel type in the file.
    positions : tuple of str
        Names of the stage positions, at least one.
    channels : tuple of str
        Names of the channels; as many as the c axis is long.
    pixel_size_um, z_step_um, interval_s : float or None
        Spacing of pixels and planes (µm) and of time points (s); None where unknown.
    metadata : mapping
        What else the file says: "format" and whatever its format has.
    order : sequence of Position
        Which frames are there, in the order they were taken; () where that is unknown.
    times_ns : sequence of int
        When each of them was taken, ns after any instant; () where that is unknown.
    """

    shape: tuple[int, int, int, int, int]
    stored: np.dtype[Any]
    positions: tuple[str, ...]
    channels: tuple[str, ...]
    pixel_size_um: float | None = None
    z_step_um: float | None = None
    interval_s: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    order: Sequence[Position] = ()
    times_ns: Sequence[int] = ()

    def holds(self, at: Position) -> bool:
        """Tell whether a position lies within the axes."""
        indices = (at.t, at.c, at.z, at.p)
        sizes = (*self.shape[:3], len(self.positions))
        return all(0 <= index < size for index, size in zip(indices, sizes, strict=True))


class Frames(Protocol):
    """How one format gives its frames; `ImageFile` checks what goes in and what comes out."""

    @property
    def layout(self) -> Layout:
        """The axes."""
        ...

    def find(self, at: Position) -> Pixels | None:
        """Return the frame at a position within the axes, as stored, None where missing.

        Raises
        ------
        UsageError
            The file is damaged there; names the file and the cure.
        """
        ...

    def close(self) -> None:
        """Close the file; safe to call twice."""
        ...


def channel_names(given: tuple[str, ...], channels: int) -> tuple[str, ...]:
    """Return a name for each channel: the given ones where they are complete."""
    if len(given) == channels and all(given):
        return given
    return tuple(f"channel {c}" for c in range(channels))


def position_names(given: tuple[str, ...], positions: int) -> tuple[str, ...]:
    """Return a name for each stage position: the given ones where all differ."""
    if len(given) == positions == len(set(given)) and all(given):
        return given
    return tuple(f"position {p}" for p in range(positions))
