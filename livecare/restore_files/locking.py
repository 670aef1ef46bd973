"""The first frames of each channel and position, and the normaliser that they lock."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from livecare.errors import ConfigError, UsageError
from livecare.frame import Pixels, Position
from livecare.images import ImageFile
from livecare.models.locking import LOCK_FRAMES, is_blank
from livecare.models.normalise import Anscombe, Normaliser
from livecare.models.package import Model
from livecare.restore_files.options import RestoreOptions
from livecare.restore_files.provenance import Lock

LOCK_BYTES: Final = 2**28
"""Stacks that are looked at before the first is restored, bytes; one, whatever its size."""


@dataclass(frozen=True, slots=True)
class Stream:
    """What is normalised as one: a channel at a stage position."""

    c: int
    p: int


def steps(images: ImageFile, *, volumes: bool) -> Iterator[Position]:
    """Yield where each frame, or with `volumes` each stack, is restored, in the file's order."""
    size_t, size_c, size_z = images.shape[:3]
    for p in range(len(images.positions)):
        for t, z, c in np.ndindex(size_t, 1 if volumes else size_z, size_c):
            yield Position(t, c, z, p)


def read_step(images: ImageFile, at: Position, *, volumes: bool) -> Pixels | None:
    """Return a frame (y, x) or a stack (z, y, x), None where the recording lacks it or a plane.

    Raises
    ------
    UsageError
        A value is not finite, or the file is damaged; names file and frame.
    """
    size_z = images.shape[2]
    if not volumes:
        frame = images.find(at.t, at.c, at.z, at.p)
        return None if frame is None else _finite(images, at, frame)
    planes = []
    for z in range(size_z):
        plane = read_step(images, Position(at.t, at.c, z, at.p), volumes=False)
        if plane is None:
            return None
        planes.append(plane)
    return np.stack(planes)


def lock_streams(
    images: ImageFile, model: Model, options: RestoreOptions
) -> tuple[dict[Stream, Normaliser], list[Lock]]:
    """Lock each channel and position to its own first frames that are not blank.

    One of which the recording has no frame is left out, as there is nothing to restore in it.

    Raises
    ------
    ConfigError
        The frames do not show what their camera is like; names the file and the cure.
    UsageError
        A frame is damaged, or there is none at all.
    """
    normalisers, locks = {}, []
    needed = model.needs_frames(kind=options.kind, noise=options.noise)
    for p, position in enumerate(images.positions):
        for c, channel in enumerate(images.channels):
            frames = _first_frames(images, model, options, Stream(c, p)) if needed else []
            if needed and not frames:
                continue
            try:
                normaliser = model.lock(frames, kind=options.kind, noise=options.noise)
            except ConfigError as error:
                raise ConfigError(f"{images.path}, {channel}, {position}: {error}") from error
            normalisers[Stream(c, p)] = normaliser
            locks.append(_describe(normaliser, channel, position, len(frames)))
    if not normalisers:
        whole = "stack of which every plane is there" if model.axes == "zyx" else "frame"
        raise UsageError(f"{images.path} has no {whole}; choose another recording")
    return normalisers, locks


def _first_frames(
    images: ImageFile, model: Model, options: RestoreOptions, stream: Stream
) -> list[Pixels]:
    """Return the frames, or stacks, that a stream is locked to; none where it has none.

    Where all are blank, these are the first of them.
    """
    for planes in (_lock_planes(images, model, options), range(images.shape[2])):
        frames = _frames_of(images, model, stream, planes)
        if frames or model.axes == "zyx":
            break
    return frames


def _frames_of(
    images: ImageFile, model: Model, stream: Stream, planes: Sequence[int]
) -> list[Pixels]:
    """Return the first frames of these planes, as `_first_frames`."""
    frames: list[Pixels] = []
    blank: list[Pixels] = []
    volumes = model.axes == "zyx"
    most = min(LOCK_FRAMES, max(1, LOCK_BYTES // stack_bytes(images))) if volumes else LOCK_FRAMES
    for t, z in product(range(images.shape[0]), planes):
        frame = read_step(images, Position(t, stream.c, z, stream.p), volumes=volumes)
        if frame is None:
            continue
        if not is_blank(frame):
            frames.append(frame)
        elif len(blank) < most:
            blank.append(frame)
        if len(frames) == most:
            break
    return frames or blank


def _lock_planes(images: ImageFile, model: Model, options: RestoreOptions) -> Sequence[int]:
    """Return the planes that are looked at: for the camera's noise one, whose frames are alike."""
    size_z = images.shape[2]
    if model.axes == "zyx":
        return [0]
    if model.normalisation.resolve(options.kind, model.name) == "anscombe":
        return [size_z // 2]
    return range(size_z)


def stack_bytes(images: ImageFile) -> int:
    """Return the bytes of one stack."""
    return int(np.prod(images.shape[2:])) * np.dtype(images.dtype).itemsize


def _describe(normaliser: Normaliser, channel: str, position: str, frames: int) -> Lock:
    if normaliser.kind == "per-frame":
        return Lock(channel, position, {}, "from each frame")
    record = normaliser.present.record()
    source = f"locked to the first {frames} frames" if frames else "given"
    if not isinstance(normaliser, Anscombe) or normaliser.estimate is None:
        return Lock(channel, position, record, source)
    estimate = normaliser.estimate
    warnings = []
    if estimate.correlated:
        warnings.append("the noise of neighbouring pixels is correlated")
    if estimate.striped:
        warnings.append("rows or columns share noise")
    source = f"estimated from {estimate.frames} frames, {estimate.method}"
    return Lock(channel, position, record, source, tuple(warnings))


def _finite(images: ImageFile, at: Position, frame: Pixels) -> Pixels:
    if np.issubdtype(frame.dtype, np.floating) and not np.isfinite(frame).all():
        wrong = int(np.count_nonzero(~np.isfinite(frame)))
        raise UsageError(
            f"{images.path}, frame {at}: {wrong} pixels are NaN "
            "or infinite; a camera gives none: replace them (in Fiji, Process > Noise > Remove "
            "NaNs) or leave the frame out"
        )
    return frame
