"""Knows what may be said of a folder that is watched."""

from dataclasses import dataclass
from pathlib import Path

from livecare.errors import ConfigError


@dataclass(frozen=True, slots=True)
class FolderWatchSettings:
    """A folder into which other software saves TIFF files, mostly of one image each.

    Files are taken in the order in which people count (t2 before t10) of those that are there;
    each begins at the next time point. A file is taken once; subfolders, hidden files and other
    formats are left alone. A recording in several OME-TIFF files is taken as one, when all are
    there.

    Attributes
    ----------
    path : Path or None
        The folder; it need not exist yet, but the one around it must.
    existing : bool
        Take the files, too, that are there before livecare comes.
    frames : int or None
        End after so many frames; None for no such end.
    idle_s : float or None
        End if nothing new came for so long after the first frame, s; None to wait until stopped.
    sentinel : str or None
        End once a file of this name is there, after all files beside it; None for no such file.
    settle_s : float
        How long a file must not change before it is taken, s. Files that are renamed into the
        folder are taken at once, except on Windows.
    broken_s : float
        How long a file that is empty or cannot be read may stay so before it is passed over, s.
        After a stop `settle_s` is enough, and this is how long one may still be written.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    path: Path | None = None
    existing: bool = True
    frames: int | None = None
    idle_s: float | None = None
    sentinel: str | None = None
    settle_s: float = 0.25
    broken_s: float = 10.0

    def __post_init__(self) -> None:
        if self.frames is not None and self.frames < 1:
            raise ConfigError(f"folder-watch: frames is {self.frames}; give 1 or more")
        if self.idle_s is not None and not self.idle_s > 0:
            raise ConfigError(f"folder-watch: idle_s is {self.idle_s}; give seconds above 0")
        for name in ("settle_s", "broken_s"):
            if not getattr(self, name) >= 0:
                raise ConfigError(f"folder-watch: {name} is {getattr(self, name)}; give 0 or more")
