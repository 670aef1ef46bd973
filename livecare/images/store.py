"""livecare's own recordings as images, read without Zarr."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from livecare.errors import StoreError, UsageError
from livecare.frame import Pixels, Position
from livecare.images.layout import Layout
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.layout import LaneName
from livecare.sinks.manifest import Manifest
from livecare.sinks.reader import StoreReader


def is_store(path: Path) -> bool:
    """Tell whether a folder is a recording of livecare."""
    try:
        Manifest.load(path)
    except StoreError:
        return False
    return True


class StoreFrames:
    """One lane of a store.

    Parameters
    ----------
    path : Path
        Its folder.
    lane : {"raw", "restored"}
        Which frames.

    Raises
    ------
    UsageError
        There is no frame in the lane.
    StoreError, StoreDamagedError
        It is damaged.
    """

    def __init__(self, path: Path, lane: LaneName) -> None:
        self._reader = StoreReader(path)
        self._lane = lane
        info = self._reader.info
        lines = sorted(self._reader.lines(lane), key=lambda line: line.sequence)
        size_t = max((line.t + 1 for line in lines), default=0)
        if not size_t:
            raise UsageError(f"{path} has no {lane} frame; choose another recording or lane")
        self.layout = Layout(
            shape=(size_t, len(info.channels), info.size_z, *info.shape_yx),
            stored=np.dtype(self._reader.lane(lane).codec.dtype),
            positions=info.positions,
            channels=info.channels,
            pixel_size_um=info.pixel_size_um,
            z_step_um=info.z_step_um,
            interval_s=info.interval_s,
            metadata={"format": "livecare", "run_id": info.run_id, **info.detail},
            order=[line.position for line in lines],
            times_ns=_times_ns(lines),
        )

    def find(self, at: Position) -> Pixels | None:
        """Return a frame, None where it was lost or not recorded; see `Frames.find`."""
        try:
            return self._reader.read(self._lane, at)
        except StoreError as error:
            raise UsageError(str(error)) from error

    def close(self) -> None:
        """Nothing is held open between frames."""


def _times_ns(lines: Sequence[FrameLine]) -> Sequence[int]:
    """Return when each frame was received, ns; () unless that is known of all."""
    times_ns = [line.received_ns for line in lines if line.received_ns is not None]
    return times_ns if len(times_ns) == len(lines) and sorted(times_ns) == times_ns else ()
