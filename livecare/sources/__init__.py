"""The table of frame sources, and how to make one from its name and settings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from livecare.errors import ConfigError
from livecare.sources import folder_watch, ndtiff_follow, replay
from livecare.sources.folder_watch import FolderWatchSettings, FolderWatchSource
from livecare.sources.micromanager import MicroManagerSettings, MicroManagerSource
from livecare.sources.mm_bridge import MmBridgeSettings, MmBridgeSource
from livecare.sources.ndtiff_follow import NDTiffFollowSettings, NDTiffFollowSource
from livecare.sources.protocol import Arrival, FrameSource, NoFrame
from livecare.sources.push import PushSettings, PushSource
from livecare.sources.replay import ReplaySettings, ReplaySource
from livecare.sources.simulated import SimulatedSettings, SimulatedSource


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """A kind of source.

    Attributes
    ----------
    settings : type
        Frozen dataclass that describes one source of this kind.
    make : callable
        Makes a source from such settings; connects to nothing yet.
    summary : str
        What it is, for people.
    check : callable or None
        Finds out whether what the settings name is there, as opening does, and raises what that
        would; None where only opening can tell.
    """

    settings: type[Any]
    make: Callable[[Any], FrameSource]
    summary: str
    check: Callable[[Any], object] | None = None


SOURCES: Final[Mapping[str, SourceEntry]] = MappingProxyType(
    {
        "simulated": SourceEntry(
            SimulatedSettings,
            SimulatedSource,
            "a moving specimen seen by a free-running low-light camera",
        ),
        "micromanager": SourceEntry(
            MicroManagerSettings,
            MicroManagerSource,
            "a Micro-Manager core in this process (extra: micromanager)",
        ),
        "mm-bridge": SourceEntry(
            MmBridgeSettings,
            MmBridgeSource,
            "a running Micro-Manager, watched through its ZMQ server",
        ),
        "ndtiff-follow": SourceEntry(
            NDTiffFollowSettings,
            NDTiffFollowSource,
            "an NDTiff data set while Micro-Manager or pycromanager writes it",
            ndtiff_follow.check_path,
        ),
        "folder-watch": SourceEntry(
            FolderWatchSettings,
            FolderWatchSource,
            "TIFF files as they appear in a folder",
            folder_watch.check_path,
        ),
        "replay": SourceEntry(
            ReplaySettings,
            ReplaySource,
            "recordings from files, as if a camera took them now",
            replay.find_recordings,
        ),
        "push": SourceEntry(
            PushSettings,
            PushSource,
            "frames that any program pushes by ZeroMQ, in the wire format",
        ),
    }
)
"""Every source by the name that configurations use."""


def make_source(name: str, settings: Any) -> FrameSource:  # noqa: ANN401 the table knows the type
    """Make a source.

    Parameters
    ----------
    name : str
        Key of `SOURCES`.
    settings : dataclass
        Of the entry's type.

    Raises
    ------
    ConfigError
        If the name is unknown or the settings are another source's.
    """
    entry = SOURCES.get(name)
    if entry is None:
        raise ConfigError(f"source: {name!r} is unknown; choose one of {', '.join(SOURCES)}")
    if not isinstance(settings, entry.settings):
        raise ConfigError(
            f"source: {name!r} takes {entry.settings.__name__}, not {type(settings).__name__}; "
            "give the settings of that source"
        )
    return entry.make(settings)


__all__ = [
    "SOURCES",
    "Arrival",
    "FolderWatchSettings",
    "FolderWatchSource",
    "FrameSource",
    "MicroManagerSettings",
    "MicroManagerSource",
    "MmBridgeSettings",
    "MmBridgeSource",
    "NDTiffFollowSettings",
    "NDTiffFollowSource",
    "NoFrame",
    "PushSettings",
    "PushSource",
    "ReplaySettings",
    "ReplaySource",
    "SimulatedSettings",
    "SimulatedSource",
    "SourceEntry",
    "make_source",
]
