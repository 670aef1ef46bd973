"""Knows what may be said of a replay."""

from dataclasses import dataclass
from pathlib import Path

from livecare.errors import ConfigError
from livecare.sinks.layout import LaneName


@dataclass(frozen=True, slots=True)
class ReplaySettings:
    """A recording, or a folder of them, that is played.

    Attributes
    ----------
    path : Path or None
        A TIFF, the folder of an NDTiff data set, of an OME-Zarr or of a recording of livecare, or
        a folder of those, which are played one after the other.
    rate_hz : float or None
        Frames per second; 0 for as fast as the reader takes them; None for the rate at which they
        were recorded, or as fast as the reader takes them where the file does not say.
    loop : bool
        Begin again at the end; time goes on.
    frames : int or None
        End after so many frames; None for the end of the recording, or never with `loop`.
    drop : bool
        Lose frames, as a camera does, if the reader is late by more than `buffer_frames`. Without
        it no frame is lost: late ones come as soon as the reader asks.
    buffer_frames : int
        Frames that are kept for a late reader with `drop`.
    lane : {"raw", "restored"}
        Which frames of a recording of livecare.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    path: Path | None = None
    rate_hz: float | None = None
    loop: bool = False
    frames: int | None = None
    drop: bool = False
    buffer_frames: int = 64
    lane: LaneName = "raw"

    def __post_init__(self) -> None:
        if self.rate_hz is not None and not 0 <= self.rate_hz < float("inf"):
            raise ConfigError(f"replay: rate_hz is {self.rate_hz}; give 0 or more")
        if self.lane not in ("raw", "restored"):
            raise ConfigError(f"replay: lane is {self.lane!r}; choose 'raw' or 'restored'")
        for name in ("frames", "buffer_frames"):
            number = getattr(self, name)
            if number is not None and number < 1:
                raise ConfigError(f"replay: {name} is {number}; give 1 or more")
