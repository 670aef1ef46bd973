"""One recording through the engine and out into a TIFF."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from livecare.engines.protocol import Engine
from livecare.errors import EngineError, UsageError
from livecare.frame import Pixels, Position
from livecare.images import ImageFile, open_images
from livecare.models.normalise import Normaliser
from livecare.models.package import Model
from livecare.restore_files.locking import Stream, lock_streams, read_step, steps
from livecare.restore_files.options import RestoreOptions
from livecare.restore_files.output import OutputFile, is_imagej_output, is_named_ome
from livecare.restore_files.provenance import Lock, Provenance, describe_source

SPREAD_NOTE: Final = (
    "uncertainty of a restored image: Laplace scale in camera counts; "
    "the restored value ± 2.303 times this holds the truth in 90 % of the pixels"
)
"""What a file of Laplace scales says of itself; ln 10 of them is 2.303."""

Advanced = Callable[[int, int], None]
"""Told how many frames are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a recording's results go.

    Attributes
    ----------
    restored : Path
        The restored file.
    spread : Path or None
        The file of Laplace scales; None for none.
    """

    restored: Path
    spread: Path | None = None


@dataclass(frozen=True, slots=True)
class RestoredFile:
    """What became of a recording.

    Attributes
    ----------
    source : Path
        The recording.
    target : Target
        What was written.
    frames : int
        Frames in it, missing ones included.
    missing : int
        Frames that the recording lacks; they are black.
    locks : tuple of Lock
        How each channel and position was normalised.
    notes : tuple of str
        What else is to be said.
    """

    source: Path
    target: Target
    frames: int
    missing: int
    locks: tuple[Lock, ...]
    notes: tuple[str, ...]


class FileRestorer:
    """Restores one recording after the other with one model.

    Parameters
    ----------
    model : Model
        The model.
    engine : Engine
        Loaded with it.
    options : RestoreOptions
        What the user chose.
    """

    def __init__(self, model: Model, engine: Engine, options: RestoreOptions) -> None:
        self._model = model
        self._engine = engine
        self._options = options
        self._volumes = model.axes == "zyx"

    def restore(self, source: Path, target: Target, advanced: Advanced) -> RestoredFile:
        """Restore a recording.

        Raises
        ------
        UsageError
            It cannot be read, its axes are not the model's, or a value is not finite.
        DiskFullError, StoreError
            The result cannot be written.
        EngineError
            A frame cannot be restored; names file and frame.
        """
        with open_images(source) as images:
            check_axes(images, self._model)
            normalisers, locks = lock_streams(images, self._model, self._options)
            notes = self._notes(images, target)
            with ExitStack() as stack:
                restored, spread = self._open(stack, images, target, locks, notes)
                missing = self._restore_all(images, normalisers, (restored, spread), advanced)
            frames = int(np.prod(images.shape[:3])) * len(images.positions)
        if missing:
            notes.append(f"{missing} of {frames} frames are missing in the recording, and black")
        return RestoredFile(source, target, frames, missing, tuple(locks), tuple(notes))

    def _open(
        self,
        stack: ExitStack,
        images: ImageFile,
        target: Target,
        locks: list[Lock],
        notes: list[str],
    ) -> tuple[OutputFile, OutputFile | None]:
        provenance = self._provenance(images, locks)
        spread = None
        if target.spread is not None:
            intervals = self._model.intervals
            note = SPREAD_NOTE if intervals is None else f"{SPREAD_NOTE}; {intervals.words}"
            text = provenance.describe(note)
            spread = stack.enter_context(OutputFile(target.spread, images, "float32", text))
        dtype = self._options.restored_type(images.dtype)
        text = provenance.describe(notes=notes)
        return stack.enter_context(OutputFile(target.restored, images, dtype, text)), spread

    def _restore_all(
        self,
        images: ImageFile,
        normalisers: dict[Stream, Normaliser],
        outputs: tuple[OutputFile, OutputFile | None],
        advanced: Advanced,
    ) -> int:
        """Restore frame by frame; return how many are missing."""
        planes = images.shape[2] if self._volumes else 1
        total = int(np.prod(images.shape[:3])) * len(images.positions)
        dtype = self._options.restored_type(images.dtype)
        missing = 0
        for number, at in enumerate(steps(images, volumes=self._volumes)):
            frame = read_step(images, at, volumes=self._volumes)
            if frame is None:
                missing += planes
            else:
                made = self._infer(images, at, frame, normalisers[Stream(at.c, at.p)], dtype)
                for output, pixels in zip(outputs, made, strict=True):
                    if output is not None and pixels is not None:
                        output.write(at, pixels)
            advanced((number + 1) * planes, total)
        return missing

    def _infer(
        self, images: ImageFile, at: Position, frame: Pixels, normaliser: Normaliser, dtype: str
    ) -> tuple[Pixels, Pixels | None]:
        batch = frame[np.newaxis]
        restored: Pixels = np.empty(batch.shape, dtype)
        spread = np.empty(batch.shape, np.float32) if self._options.spread else None
        try:
            self._engine.infer(batch, restored, [normaliser.of(frame)], spread)
        except EngineError as error:
            raise EngineError(f"{images.path}, frame {at}: {error}") from error
        return restored[0], None if spread is None else spread[0]

    def _provenance(self, images: ImageFile, locks: list[Lock]) -> Provenance:
        return Provenance(
            model=self._model.name,
            sha256=self._model.sha256,
            engine=self._engine.name,
            precision=self._engine.precision,
            normalisation=self._options.kind or self._model.normalisation.kind,
            settings=self._options.settings(),
            locks=locks,
            source=describe_source(images.path),
        )

    def _notes(self, images: ImageFile, target: Target) -> list[str]:
        dtype = self._options.restored_type(images.dtype)
        notes = []
        imagej = images.metadata.get("format") == "imagej"
        chosen = is_named_ome(target.restored)
        if imagej and not chosen and not is_imagej_output(target.restored, images, dtype):
            notes.append("written as OME-TIFF: ImageJ's own files end at 4 GB")
        if images.metadata.get("format") in {"livecare", "ome-zarr", "ndtiff"}:
            notes.append("written as OME-TIFF, whatever the recording's format")
        if self._options.dtype is None and dtype != images.dtype:
            notes.append(
                f"written as {dtype}: {images.dtype} would round off what was restored; "
                "--dtype raw keeps it"
            )
        return notes


def check_axes(images: ImageFile, model: Model) -> None:
    """Raise UsageError unless the model's axes are the recording's."""
    if model.axes == "zyx" and images.shape[2] == 1:
        raise UsageError(
            f"{images.path}: the model {model.name} restores z-stacks (z, y, x), and this "
            f"recording has one plane at each of {images.shape[0]} time points. Choose a model of "
            "the axes yx; if its pages are planes, save it as a z-stack (in Fiji, Image > "
            "Hyperstacks > Re-order, or Image > Properties)"
        )
