"""Knows which recordings are played in which order, and how they continue one stream."""

from dataclasses import replace
from pathlib import Path

from livecare.errors import (
    ConfigError,
    LivecareError,
    MissingExtraError,
    SourceError,
    UsageError,
)
from livecare.frame import StreamInfo
from livecare.images import ImageFile, list_recordings, open_images
from livecare.sources.image_stream import describe_images
from livecare.sources.replay.settings import ReplaySettings


class Reels:
    """The recordings of a replay, of which one is open at a time.

    Parameters
    ----------
    settings : ReplaySettings
        Where they are.

    Raises
    ------
    ConfigError
        See `find_recordings`.
    """

    def __init__(self, settings: ReplaySettings) -> None:
        self._settings = settings
        self._paths = find_recordings(settings)
        self._next = 0
        self._current: ImageFile | None = None

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self._paths)

    def load(self) -> ImageFile | None:
        """Open the next recording, None after the last.

        Raises
        ------
        SourceError
            It cannot be read; names it.
        MissingExtraError
            Its format needs a package that is not installed.
        """
        if self._next == len(self._paths):
            if not self._settings.loop:
                return None
            self._next = 0
        path = self._paths[self._next]
        self._next += 1
        if self._current is not None and self._current.path == path:
            return self._current
        self.close()
        try:
            self._current = open_images(path, self._settings.lane)
        except MissingExtraError:
            raise
        except LivecareError as error:
            raise SourceError(f"replay: {error}") from error
        return self._current

    def close(self) -> None:
        """Close the recording; safe to call twice."""
        if self._current is not None:
            self._current.close()
            self._current = None


def find_recordings(settings: ReplaySettings) -> list[Path]:
    """Return the recordings that are played, in order.

    Raises
    ------
    ConfigError
        No path is given, it does not exist, or no recording is there.
    """
    if settings.path is None:
        raise ConfigError(
            "replay: no path is given; set source.replay.path to a recording or a folder of "
            "recordings"
        )
    if not settings.path.exists():
        raise ConfigError(
            f"replay: path is {settings.path}, which does not exist; give a recording or a folder "
            "of recordings"
        )
    try:
        return list_recordings(settings.path)
    except UsageError as error:
        raise ConfigError(f"replay: {error}") from error


def describe(
    images: ImageFile, settings: ReplaySettings, run_id: str, *, several: bool
) -> StreamInfo:
    """Describe the stream that a recording begins."""
    stream = describe_images(images, f"replay: {images.name}", run_id, grows=several)
    expected, rate_hz = settings.frames, settings.rate_hz
    if not settings.loop and not several:
        expected = min(len(images.order), expected or len(images.order))
    interval_s = stream.frames_per_timepoint / rate_hz if rate_hz else stream.interval_s
    return replace(stream, expected_frames=expected, interval_s=interval_s)
