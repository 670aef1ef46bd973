"""The user's files as an image set: which frames belong together, and which truth to which."""

from contextlib import ExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.evaluation.imageset import ImageSet, Recording
from livecare.frame import Position
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


@dataclass(frozen=True, slots=True)
class _Field:
    """One place, channel and plane of a recording.

    Attributes
    ----------
    images : ImageFile
        The recording, open.
    places : list of Position
        Where its frames are, one after the other; some may be missing.
    name : str
        For people.
    """

    images: ImageFile
    places: list[Position]
    name: str

    @property
    def size(self) -> int:
        """How many frames its axes promise."""
        return len(self.places)

    def find(self, index: int) -> Stack | None:
        """Return a frame; None where the recording has none."""
        at = self.places[index]
        return self.images.find(at.t, at.c, at.z, at.p)


def _recordings(file: Path, truth: Path | None, request: Request) -> list[Recording]:
    with ExitStack() as opened:
        fields = _fields(opened.enter_context(open_images(file)))
        truths: list[_Field | None] = [None] * len(fields)
        if truth is not None:
            truths = [*_fields(opened.enter_context(open_images(truth)))]
        if len(truths) != len(fields):
            raise UsageError(
                f"{truth} holds {len(truths)} fields and channels and {file} {len(fields)}: give a "
                "truth with the same axes"
            )
        found = [
            _recording(file, field, known, request)
            for field, known in zip(fields, truths, strict=True)
        ]
    kept = [each for each in found if each is not None]
    if not kept:
        least = "no frame" if truth is None else f"no frame that {truth} has a truth for"
        raise UsageError(f"{file} holds {least}; give another recording")
    return kept


def _recording(
    file: Path, field: _Field, truth: _Field | None, request: Request
) -> Recording | None:
    """Read the first frames that are there, each with its truth; None where there are none."""
    most = ALL_FRAMES if request.repeats else max(request.frames, LOCK_FRAMES)
    frames, truths = [], []
    alone = truth.find(0) if truth is not None and truth.size == 1 else None
    for index in range(field.size):
        frame = field.find(index)
        if frame is None:
            continue
        if truth is not None:
            known = alone if truth.size == 1 else _truth_at(index, file, field, truth)
            if known is None:
                continue
            truths.append(known)
        frames.append(frame)
        if len(frames) == most:
            break
    if not frames:
        return None
    return Recording(
        field.name,
        np.stack(frames),
        alone if alone is not None or truth is None else np.stack(truths),
        repeats=request.repeats,
        camera=request.camera,
        truth_frames=request.truth_frames,
    )


def _truth_at(index: int, file: Path, field: _Field, truth: _Field) -> Stack | None:
    if index >= truth.size:
        raise UsageError(
            f"{file}: {field.size} frames and {truth.size} of the truth: give one truth for all "
            "frames, or one for each"
        )
    return truth.find(index)


def _fields(images: ImageFile) -> list[_Field]:
    """Return each field, channel and plane; without time points the planes are frames."""
    times, channels, planes = images.shape[:3]
    fields = range(len(images.positions))
    found = []
    for p, c, z in product(fields, range(channels), range(planes if times > 1 else 1)):
        where = [
            f"{letter}{index}"
            for letter, index, size in (
                ("p", p, len(fields)),
                ("c", c, channels),
                ("z", z, planes if times > 1 else 1),
            )
            if size > 1
        ]
        name = " ".join([images.name, *where])
        found.append(_Field(images, images.in_time(c, z, p), name))
    return found
