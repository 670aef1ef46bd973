"""How an image of a store becomes an OME-TIFF that Fiji opens."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile

from livecare.disk import PARTIAL_SUFFIX, check_writable, move_over
from livecare.errors import StoreDamagedError, StoreExistsError, UsageError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sinks.failures import failure
from livecare.sinks.layout import LaneName
from livecare.sinks.makers import Makers
from livecare.sinks.numbers import NumberSet
from livecare.sinks.ome import RESTORED_NOTE
from livecare.sinks.ome_xml import ome_xml
from livecare.sinks.reader import StoreReader


@dataclass(frozen=True, slots=True)
class Export:
    """What was exported.

    Attributes
    ----------
    path : Path
        The file.
    frames : int
        Frames in it, missing ones included.
    missing : int
        Frames that the store does not have; they are black in the file, and its description says
        so.
    """

    path: Path
    frames: int
    missing: int

    def __str__(self) -> str:
        missing = f", {self.missing} of them missing and black" if self.missing else ""
        return f"{self.path}: {self.frames} frames{missing}"


def export_ome_tiff(
    store: Path, out: Path, lane: LaneName = "restored", position: int = 0
) -> Export:
    """Write one image of a store as an OME-BigTIFF, one frame in memory at a time.

    Parameters
    ----------
    store : Path
        The store, finished or not.
    out : Path
        The file to make, by custom named ``*.ome.tif``; it has that name once it is whole.
    lane : {"raw", "restored"}
        Which lane.
    position : int
        Which stage position.

    Raises
    ------
    StoreExistsError
        `out` exists.
    StoreDamagedError
        A frame does not match its checksum, or is not there although the recording lists it.
    UsageError
        The store has no such image, or no frame in it; or `out` lies where no file can be made, or
        within the store.
    DiskFullError, StoreError
        The file cannot be written.
    """
    _check_place(out, store)
    reader = StoreReader(store)
    last = len(reader.info.positions) - 1
    if not 0 <= position <= last:
        raise UsageError(f"{store} has no stage position {position}; it has 0 to {last}")
    size_t, listed, makers = _extent(reader, lane, position)
    partial = out.with_name(out.name + PARTIAL_SUFFIX)
    try:
        missing = _write(
            reader, partial, lane, position, size_t=size_t, listed=listed, makers=makers
        )
        move_over(partial, out)
    except OSError as error:
        raise failure(error, "exporting", out, kept="the recording is as it was") from error
    finally:
        partial.unlink(missing_ok=True)
    return Export(out, len(listed) + missing, missing)


def _check_place(out: Path, store: Path) -> None:
    """Refuse a file that cannot be made, or that would lie within the recording."""
    if out.exists():
        raise StoreExistsError(f"{out} exists; choose another name")
    folder = out.absolute().parent
    if not folder.is_dir():
        raise UsageError(f"cannot write {out}: there is no folder {folder}; make it first")
    if out.resolve().is_relative_to(store.resolve()):
        raise UsageError(f"{out} would lie within the recording: choose a place beside it")
    try:
        check_writable(out)
    except OSError as error:
        raise UsageError(
            f"cannot write {out}: {error.strerror}; choose a folder that you may write"
        ) from error


def _extent(reader: StoreReader, lane: LaneName, p: int) -> tuple[int, NumberSet, Makers]:
    """Return how many time points an image's frames reach, which are listed, what made them."""
    size_t, listed, lines, makers = 0, NumberSet(), 0, Makers()
    for line in reader.lines(lane):
        lines += 1
        if line.p == p:
            size_t = max(size_t, line.t + 1)
            listed.add(reader.lane(lane).number(line.position))
            makers.add(line.provenance)
    ledger = reader.manifest.ledger
    counted = lines if ledger is None else (ledger.recorded if lane == "raw" else ledger.restored)
    if lines != counted:
        raise StoreDamagedError(
            f"{reader.path} lists {lines} {lane} frames, and its ledger {counted}; run "
            f"'livecare verify {reader.path}', then 'livecare recover'"
        )
    if not len(listed):
        raise UsageError(
            f"{reader.path} has no {lane} frame at stage position {p}; "
            f"choose the other lane or another position"
        )
    return size_t, listed, makers


def _write(
    reader: StoreReader,
    out: Path,
    lane: LaneName,
    p: int,
    *,
    size_t: int,
    listed: NumberSet,
    makers: Makers,
) -> int:
    """Write the file; return the number of missing frames."""
    info = reader.info
    dtype = np.dtype(reader.lane(lane).codec.dtype)
    shape = (size_t, info.size_z, len(info.channels), *info.shape_yx)
    missing = math.prod(shape[:3]) - len(listed)
    with tifffile.TiffWriter(out, bigtiff=True, ome=True) as tiff:
        tiff.write(
            _frames(reader, lane, p, shape, listed),
            shape=shape,
            dtype=dtype,
            photometric="minisblack",
            metadata=_metadata(info, lane, p, missing, makers),
        )
    return missing


def _frames(
    reader: StoreReader, lane: LaneName, p: int, shape: tuple[int, ...], listed: NumberSet
) -> Iterator[Pixels]:
    """Yield all frames; missing ones black, unless the recording says that they are there."""
    black = np.zeros(shape[-2:], reader.lane(lane).codec.dtype)
    for t, z, c in np.ndindex(*shape[:3]):
        at = Position(t, c, z, p)
        pixels = reader.read(lane, at)
        if pixels is None and reader.lane(lane).number(at) in listed:
            shard = reader.lane(lane).shard_name(at)
            raise StoreDamagedError(
                f"{reader.path / shard}: the {lane} frame at {at} is listed and not there; "
                f"run 'livecare verify {reader.path}', then 'livecare recover'"
            )
        yield black if pixels is None else pixels


def _metadata(
    info: StreamInfo, lane: LaneName, p: int, missing: int, makers: Makers
) -> dict[str, Any]:
    """Return what tifffile puts into the OME-XML."""
    notes = ["raw" if lane == "raw" else RESTORED_NOTE]
    notes += [*makers.words(), f"run {info.run_id}", info.positions[p]]
    if missing:
        notes.append(f"{missing} missing frames are black")
    return ome_xml(
        name=f"{lane}, {info.positions[p]}",
        description="; ".join(notes),
        channels=info.channels,
        pixel_size_um=info.pixel_size_um,
        z_step_um=info.z_step_um,
        interval_s=info.interval_s,
    )
