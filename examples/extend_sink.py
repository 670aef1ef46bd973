"""A sink of your own: each frame in a .npy file, beside a .json with what else is known of it.

livecare has one sink, a lane of an OME-Zarr store (livecare/sinks/lane.py). What the recorder asks
of it is `livecare.sinks.protocol.FrameSink`, and `Recording` (livecare/recorder/recording.py) takes
any. To record so always, give yours to `Recording` in livecare/supervisor/pipeline.py.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from livecare.disk import PAGE_BYTES, pad, replace_file, sync_path
from livecare.errors import StoreError
from livecare.frame import FrameHeader, Position, StreamInfo
from livecare.sinks.failures import failure


class NpySink:
    """Writes frames into a folder; one that is there was written as a whole."""

    def __init__(self, folder: Path, info: StreamInfo) -> None:
        self._folder, self._info, self.persisted = folder, info, -1
        folder.mkdir(parents=True)

    def path_of(self, position: Position) -> Path:
        """Say where a frame is kept."""
        return self._folder / f"t{position.t}-c{position.c}-z{position.z}-p{position.p}.npy"

    def append(
        self, header: FrameHeader, block: memoryview, provenance: Mapping[str, Any] | None = None
    ) -> None:
        """Write a frame, as a whole or not at all."""
        whole = np.frombuffer(block, np.uint8)
        self._check(header, whole)
        pixels = whole[: header.frame_bytes].view(header.dtype).reshape(header.shape_yx)
        path = self.path_of(header.position)
        try:
            facts = json.dumps({"sequence": header.sequence, **(provenance or {})})
            with path.with_suffix(".partial").open("wb") as file:
                np.save(file, pixels)
                file.flush()
                os.fsync(file.fileno())
            replace_file(path.with_suffix(".json"), facts.encode())
            path.with_suffix(".partial").replace(path)
            sync_path(path.parent)  # only now is its name on the disk
        except TypeError as error:
            raise StoreError(
                f"frame {header.sequence}: no JSON ({error}); give plain values"
            ) from error
        except OSError as error:  # a full disk becomes a DiskFullError
            raise failure(error, f"writing frame {header.sequence}", path) from error
        self.persisted = max(self.persisted, header.sequence)

    def _check(self, header: FrameHeader, whole: np.ndarray) -> None:
        info, place = self._info, header.position
        sizes = len(info.channels), info.size_z, len(info.positions)
        inside = all(0 <= i < n for i, n in zip((place.c, place.z, place.p), sizes, strict=True))
        same = (header.shape_yx, header.dtype) == (info.shape_yx, info.dtype)
        room = whole.size >= pad(header.frame_bytes + 4) and whole.ctypes.data % PAGE_BYTES == 0
        free = not self.path_of(place).exists()
        if not (inside and place.t >= 0 and same and room and free):
            raise StoreError(f"frame {header.sequence} at {place} does not fit {self._folder}")
