"""Outcomes on disk: an evaluation that was interrupted goes on, and a new model joins at once."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from livecare.errors import UsageError
from livecare.evaluation.imageset import ImageSet
from livecare.evaluation.results import Outcome

REVISION: Final = 2
"""Raised whenever a metric or a baseline changes, so that no old number is believed."""


class Cache:
    """Keeps an outcome per image set and contestant.

    Parameters
    ----------
    folder : Path
        Where; made when the first outcome is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def find(
        self, images: ImageSet, fingerprint: str, psf: NDArray[np.float32] | None, name: str
    ) -> Outcome | None:
        """Return a contestant's outcome; None if there is none or anything has changed since."""
        try:
            found = json.loads(self._file(images, name).read_text(encoding="utf-8"))
            if found["key"] != _key(images, fingerprint, psf):
                return None
            return msgspec.convert(found["outcome"], Outcome)
        except (OSError, ValueError, KeyError, TypeError):
            return None  # missing, cut short or older: it is made again

    def keep(
        self, images: ImageSet, fingerprint: str, psf: NDArray[np.float32] | None, outcome: Outcome
    ) -> None:
        """Write an outcome; a crash leaves the old file or the new one.

        Raises
        ------
        UsageError
            If it cannot be written; names the folder.
        """
        file = self._file(images, outcome.name)
        content = {"key": _key(images, fingerprint, psf), "outcome": asdict(outcome)}
        draft = file.with_suffix(".part")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            draft.write_text(json.dumps(content), encoding="utf-8")  # msgspec: null for infinity
            draft.replace(file)
        except OSError as error:
            raise cannot_write(file.parent, error) from error

    def _file(self, images: ImageSet, name: str) -> Path:
        kept = "".join(sign if sign.isalnum() or sign in "-." else "_" for sign in name)
        return self._folder / images.name / f"{kept}.json"


def cannot_write(folder: Path, error: OSError) -> UsageError:
    """Return what is raised where an evaluation's folder does not take its files."""
    return UsageError(
        f"cannot write to {folder} ({error}): make room there, or give another --out; what was "
        "found before is kept"
    )


def _key(images: ImageSet, fingerprint: str, psf: NDArray[np.float32] | None) -> str:
    found = hashlib.sha256(f"{REVISION} {images.fingerprint()} {fingerprint}".encode())
    if psf is not None:
        found.update(np.ascontiguousarray(psf).tobytes())
    return found.hexdigest()
