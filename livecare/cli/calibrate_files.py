"""Frames of files as a calibration goes through them: one at a time, as often as it needs."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from livecare.camera.key import CameraKey, key_of_metadata, plain_binning
from livecare.cli.calibrate_options import read_settings
from livecare.errors import ConfigError
from livecare.frame import Pixels, Position
from livecare.images import ImageFile, list_recordings, open_images


class FileRun:
    """The frames of one channel of some recordings, one after the other.

    Planes are frames of a recording without time points: many programs save any stack so.

    Parameters
    ----------
    paths : sequence of Path
        Files, or folders of them.
    channel : int
        Which channel, from 0.

    Raises
    ------
    UsageError
        If a path holds no recording.
    """

    def __init__(self, paths: Sequence[Path], channel: int) -> None:
        self._paths = [found for path in paths for found in list_recordings(path)]
        self._channel = channel
        self._frames = sum(self._length(path) for path in self._paths)

    def __len__(self) -> int:
        return self._frames

    def __iter__(self) -> Iterator[Pixels]:
        for path in self._paths:
            with open_images(path) as images:
                for at in _places(images, self._channel):
                    frame = images.find(at.t, at.c, at.z)
                    if frame is not None:
                        yield frame

    def _length(self, path: Path) -> int:
        with open_images(path) as images:
            channels = len(images.channels)
            if self._channel >= channels:
                raise ConfigError(f"{path} has {channels} channels; --channel counts from 0")
            return len(_places(images, self._channel))


def _places(images: ImageFile, channel: int) -> list[Position]:
    """Return where frames are; those that a recording is known to lack are left out."""
    there = set(images.order)
    return [at for at in images.in_time(channel) if at in there]


def key_of_files(
    path: Path, camera: str | None, binning: str | None, bits: int | None, readout: Sequence[str]
) -> CameraKey:
    """Return the camera and mode of a file: what is said of it, else what its metadata say.

    Raises
    ------
    ConfigError
        If a readout property is not given as NAME=VALUE.
    """
    with open_images(list_recordings(path)[0]) as images:
        known = key_of_metadata(images.dtype, images.metadata)
        pixel_type = images.dtype
    properties = read_settings("--readout", readout, "ScanMode=2")
    return CameraKey(
        camera=camera or (known.camera if known else ""),
        pixel_type=pixel_type,
        binning=plain_binning(binning) if binning else (known.binning if known else "1"),
        bit_depth=bits or (known.bit_depth if known else None),
        readout=properties or (dict(known.readout or {}) if known else {}),
    )
