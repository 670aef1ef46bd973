"""What a new store holds before its first frame: every group, every array, nothing in them."""

import contextlib
import glob
import secrets
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from livecare.disk import PARTIAL_SUFFIX, PositionedFile, sync_path
from livecare.errors import StoreError, StoreExistsError, UsageError
from livecare.frame import StreamInfo
from livecare.process_mark import ProcessMark
from livecare.sinks.array import ArrayMetadata
from livecare.sinks.catalogue import bring_up_to_date
from livecare.sinks.chunk import ChunkCodec
from livecare.sinks.claim import in_turn
from livecare.sinks.grid import plan_shards
from livecare.sinks.layout import (
    LANES,
    LaneName,
    array_name,
    lines_path,
    reserve_path,
)
from livecare.sinks.manifest import Manifest, write_group
from livecare.sinks.ome import image_attributes
from livecare.sinks.options import StoreOptions
from livecare.sinks.progress import Progress, find_writer

RESERVE_BYTES: Final = 2**18
"""Room kept for closing a recording on a full disk, bytes: the zarr.json files are replaced one by
one, each a few pages, and each gives back the page of the one before."""

LEFTOVER_S: Final = 3600.0
"""A store that is being made is as good as done within seconds; one so old, seconds, is a dead
process's."""


def plan_array(info: StreamInfo, options: StoreOptions, lane: LaneName) -> ArrayMetadata:
    """Return what each of a lane's arrays is like, with no time point yet.

    Raises
    ------
    MissingExtraError
        The compression needs a package that is not installed.
    """
    dtype = info.dtype if lane == "raw" else options.restored_dtype or info.dtype
    codec = ChunkCodec(info.shape_yx, dtype, options.compression)
    # What may grow has shards of its own for each channel and plane: none is ever cut anew.
    kept_together = (1, 1) if info.grows else (len(info.channels), info.size_z)
    grid = plan_shards(*kept_together, codec.max_bytes, options.shard_frames, options.shard_bytes)
    return ArrayMetadata(
        size_t=0,
        size_c=len(info.channels),
        size_z=info.size_z,
        shape_yx=info.shape_yx,
        dtype=dtype,
        grid=grid,
        compression=options.compression,
    )


def build(root: Path, info: StreamInfo, options: StoreOptions, settings: Mapping[str, Any]) -> None:
    """Make an empty store; its folder gets its name once everything is in it.

    Raises
    ------
    StoreExistsError
        The path is taken, and may not or must not be overwritten.
    StoreError
        The settings are no JSON values.
    MissingExtraError
        See `plan_array`.
    OSError
        The folder cannot be written.
    """
    check_free(root, overwrite=options.overwrite)
    if root.is_symlink():
        root = root.resolve()  # what the link names is made, on its disk; the link stays
    _clear_away_leftovers(root)
    partial, former = _own_name(root), _own_name(root)
    try:
        _fill(partial, info, options, settings)
        with in_turn(root.parent):
            check_free(root, overwrite=options.overwrite)
            if root.exists():
                root.rename(former)
            try:
                partial.rename(root)
                sync_path(root.parent)
            except OSError:
                if root.exists():
                    root.rename(partial)  # nothing is in it yet
                if former.exists():
                    former.rename(root)
                raise
    finally:
        for unnamed in (partial, former):
            shutil.rmtree(unnamed, ignore_errors=True)  # mostly gone already, or never there


def _own_name(root: Path) -> Path:
    """Return a path beside a store that no other process, and no other call, has."""
    return root.with_name(f"{root.name}.{secrets.token_hex(4)}{PARTIAL_SUFFIX}")


def _clear_away_leftovers(root: Path) -> None:
    """Remove what was left by processes that were killed while they made this store, long ago."""
    for leftover in root.parent.glob(f"{glob.escape(root.name)}.*{PARTIAL_SUFFIX}"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > LEFTOVER_S:
                shutil.rmtree(leftover)


def check_free(root: Path, *, overwrite: bool) -> None:
    """Raise StoreExistsError unless a store may be made at this path.

    A link to a place that is not there, as of a disk that is not mounted, is a UsageError.
    """
    if not root.exists():
        if root.is_symlink() and not root.resolve().parent.is_dir():
            raise UsageError(
                f"{root} is a link to {root.resolve()}, which is not there: mount its disk, or "
                "name another path (store.path)"
            )
        return
    if not overwrite:
        raise StoreExistsError(
            f"{root} exists; choose another path (store.path), or set store.on_existing = "
            '"number" to record beside it, or store.overwrite = true to replace it'
        )
    try:
        Manifest.load(root)
    except StoreError as error:
        raise StoreExistsError(
            f"{root} is no livecare store and will not be overwritten; choose another path"
        ) from error
    writer = find_writer(root)
    if writer is not None:
        raise StoreExistsError(f"{root} is being written by process {writer.pid}; stop it first")


def make_image(root: Path, info: StreamInfo, lane: LaneName, p: int, array: ArrayMetadata) -> None:
    """Make the empty image of a stage position.

    Raises
    ------
    OSError
        The folder cannot be written.
    """
    folder = root / array_name(lane, p, info)
    folder.mkdir(parents=True, exist_ok=True)  # one that was left by an interrupted growth is empty
    array.save(folder)
    write_group(folder.parent, image_attributes(info, lane, p))


def _fill(root: Path, info: StreamInfo, options: StoreOptions, settings: Mapping[str, Any]) -> None:
    root.mkdir(parents=True)
    for lane in LANES:
        array = plan_array(info, options, lane)
        for p in range(len(info.positions)):
            make_image(root, info, lane, p, array)
    bring_up_to_date(root, info)
    for lane in LANES:
        lines_path(root, lane).touch()
    with PositionedFile(reserve_path(root), "create") as reserve:
        reserve.allocate(RESERVE_BYTES)
    Progress(writer=ProcessMark.current()).save(root)
    Manifest(info, settings=settings).save(root)
    for folder in (path for path in root.rglob("*") if path.is_dir()):
        sync_path(folder)
