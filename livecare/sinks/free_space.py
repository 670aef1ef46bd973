"""How much more of a recording fits on its disk."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from livecare.disk import free_bytes
from livecare.frame import StreamInfo

LINE_BYTES: Final = 768
"""Bytes that a frame's line takes, about; for the estimate of what still fits."""

_SECONDS_PER_MINUTE: Final = 60
"""Seconds of a minute."""


@dataclass(frozen=True, slots=True)
class FreeSpace:
    """What still fits on the disk.

    Attributes
    ----------
    bytes : int
        Free bytes.
    frames : int
        Frames, each raw and restored, if none can be compressed.
    minutes : float or None
        Time that they take at the stream's interval, minutes; None where that is unknown.
    """

    bytes: int
    frames: int
    minutes: float | None

    @classmethod
    def of(cls, path: Path, info: StreamInfo, frame_bytes: int) -> Self:
        """Look at the disk of a recording.

        Parameters
        ----------
        path : Path
            The recording.
        info : StreamInfo
            What is recorded.
        frame_bytes : int
            Bytes that a frame takes at most, raw and restored.
        """
        free = free_bytes(path)
        frames = free // (frame_bytes + 2 * LINE_BYTES)
        minutes = None
        if info.interval_s is not None:
            timepoints = frames / info.frames_per_timepoint
            minutes = timepoints * info.interval_s / _SECONDS_PER_MINUTE
        return cls(free, frames, minutes)
