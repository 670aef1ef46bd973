"""Knows what may be said of an NDTiff data set that is followed."""

from dataclasses import dataclass
from pathlib import Path

from livecare.errors import ConfigError


@dataclass(frozen=True, slots=True)
class NDTiffFollowSettings:
    """An NDTiff data set that someone else writes.

    Attributes
    ----------
    path : Path or None
        Folder of the data set, or the folder in which data sets are saved: then the next one that
        is written there. Neither need exist yet, but the folder around it must.
    finished_too : bool
        In a folder of data sets, take the newest even if it was finished before livecare came.
    frames : int or None
        End after so many frames; None to end with the data set.
    idle_s : float
        End if nothing new came for so long, s: the writer has died, or never says that it ends.
        Longer than the longest pause of the acquisition. The time until the first frame does not
        count.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    path: Path | None = None
    finished_too: bool = False
    frames: int | None = None
    idle_s: float = 600.0

    def __post_init__(self) -> None:
        if self.frames is not None and self.frames < 1:
            raise ConfigError(f"ndtiff-follow: frames is {self.frames}; give 1 or more")
        if not self.idle_s > 0:
            raise ConfigError(f"ndtiff-follow: idle_s is {self.idle_s}; give seconds above 0")
