"""The user's files as an image set: which frames belong together, and which truth to which."""

from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.evaluation.imageset import ImageSet, Recording
from livecare.images import ImageFile, list_recordings, open_images
from livecare.models.anscombe import CameraNoise
from livecare.models.locking import LOCK_FRAMES

ALL_FRAMES: Final = 1_000_000
"""More frames than a recording of one field has."""

Stack = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks for.

    Attributes
    ----------
    source : Path
        A recording or a folder of them.
    truth : Path or None
        Recordings without noise, as many; one frame each, or as many frames.
    repeats : bool
        Whether the frames of a recording repeat a field that stands still.
    camera : CameraNoise or None
        None to estimate it.
    affine : bool
        Whether raw and truth differ in gain and offset.
    frames : int
        How many frames of each recording are scored.
    truth_frames : int
        So many frames were averaged to a truth; 0 if it has no noise, or nobody knows.
    """

    source: Path
    truth: Path | None = None
    repeats: bool = False
    camera: CameraNoise | None = None
    affine: bool = False
    frames: int = 8
    truth_frames: int = 0


def read_request(request: Request) -> ImageSet:
    """Read the user's files.

    Raises
    ------
    UsageError
        If a file cannot be read, or raw and truth do not fit each other; names the file. If what
        is asked contradicts itself; names the options.
    """
    _refuse_contradictions(request)
    files = list_recordings(request.source)
    truths = _pair(files, request.truth)
    recordings = [
        recording
        for file, truth in zip(files, truths, strict=True)
        for recording in _recordings(file, truth, request)
    ]
    return ImageSet(
        name="own",
        title=request.source.name,
        recordings=tuple(recordings),
        scored_frames=request.frames,
        affine=request.affine,
        note=str(request.source),
    )


def _refuse_contradictions(request: Request) -> None:
    if request.truth is not None and request.repeats:
        raise UsageError("give either --truth or --repeats: a frame has one truth")
    if request.truth_frames and request.repeats:
        raise UsageError(
            "--truth-frames does not go with --repeats: the truth is the mean of all frames but "
            "one, and their number is known; leave --truth-frames out"
        )
    if request.truth_frames and request.truth is None:
        raise UsageError("--truth-frames says how many frames were averaged to --truth: give both")
    if request.affine and request.truth is None and not request.repeats:
        raise UsageError("--affine fits raw to truth: give --truth as well, or leave --affine out")


def read_psf(path: Path) -> NDArray[np.float32]:
    """Read a point spread function: one picture, or the middle one of several focal planes.

    Raises
    ------
    UsageError
        If it cannot be read.
    """
    with open_images(path) as images:
        planes = images.shape[2]
        picture = images.read(z=planes // 2).astype(np.float32)
    return np.asarray(picture - np.median(picture), np.float32)


def _pair(files: list[Path], truth: Path | None) -> list[Path | None]:
    if truth is None:
        return [None] * len(files)
    truths = list_recordings(truth)
    if len(truths) != len(files):
        raise UsageError(
            f"{truth} holds {len(truths)} recordings for {len(files)} to evaluate: give one truth "
            "for each, in folders sorted alike"
        )
    return [*truths]


def _recordings(file: Path, truth: Path | None, request: Request) -> list[Recording]:
    most = ALL_FRAMES if request.repeats else max(request.frames, LOCK_FRAMES)
    with open_images(file) as images:
        names, stacks = _stacks(images, most)
    truths: list[Stack | None] = [None] * len(stacks)
    if truth is not None:
        with open_images(truth) as images:
            truths = [*_stacks(images, most)[1]]
        if len(truths) != len(stacks):
            raise UsageError(
                f"{truth} holds {len(truths)} fields and channels and {file} {len(stacks)}: give a "
                "truth with the same axes"
            )
    return [
        Recording(
            name,
            frames,
            _as_truth(file, frames, field),
            repeats=request.repeats,
            camera=request.camera,
            truth_frames=request.truth_frames,
        )
        for name, frames, field in zip(names, stacks, truths, strict=True)
    ]


def _as_truth(file: Path, frames: Stack, truth: Stack | None) -> Stack | None:
    if truth is None:
        return None
    if len(truth) == 1:
        return np.asarray(truth[0])
    if len(truth) < len(frames):
        raise UsageError(
            f"{file}: {len(frames)} frames and {len(truth)} of the truth: give one truth for all "
            "frames, or one for each"
        )
    return truth[: len(frames)]


def _stacks(images: ImageFile, most: int) -> tuple[list[str], list[Stack]]:
    """Return a name and the frames of each field, channel and plane.

    Without time points the planes are frames themselves.
    """
    times, channels, planes = images.shape[:3]
    fields = range(len(images.positions))
    names, stacks = [], []
    for p, c, z in product(fields, range(channels), range(planes if times > 1 else 1)):
        frames = (
            [images.read(t=t, c=c, z=z, p=p) for t in range(min(times, most))]
            if times > 1
            else [images.read(c=c, z=plane, p=p) for plane in range(min(planes, most))]
        )
        where = [
            f"{letter}{index}"
            for letter, index, size in (
                ("p", p, len(fields)),
                ("c", c, channels),
                ("z", z, planes if times > 1 else 1),
            )
            if size > 1
        ]
        names.append(" ".join([images.name, *where]))
        stacks.append(np.stack(frames))
    return names, stacks
