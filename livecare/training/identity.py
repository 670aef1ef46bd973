"""Knows what decides which patches a training learns from: a killed one goes on with no others.

Recordings are told by what is in them, not by where they lie, so that a training can be moved to
another folder or machine.
"""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from livecare.images import list_recordings
from livecare.training.pairs.protocol import Units
from livecare.training.pairs.settings import PairSettings
from livecare.training.pairs.synthetic import Microscope
from livecare.training.supply import Inputs

END_BYTES: Final = 1 << 20
"""Looked at from either end of a file: no two recordings share their frames' noise."""
FILES: Final = 16
"""Files looked into of a recording that is a folder; of the others names and sizes count."""
DIGITS: Final = 16
"""Of a checksum, as many as tell recordings apart."""


def identify(inputs: Inputs, pairs: PairSettings, units: Units) -> dict[str, Any]:
    """Return what must be the same when a killed training goes on: JSON values by name.

    Parameters
    ----------
    inputs : Inputs
        What is learnt from.
    pairs : PairSettings
        How recordings become patches.
    units : Units
        Network units of these patches.
    """
    camera = pairs.noise or units.noise
    return {
        "recordings": _contents(inputs.recordings),
        "low side": _contents(inputs.low),
        "high side": _contents(inputs.high),
        "pairs": _contents(inputs.pairs),
        "calibration": _contents([inputs.calibration] if inputs.calibration else []),
        "still": inputs.static,
        **_simulated(inputs.microscope),
        "channel": None if pairs.channel is None else str(pairs.channel),
        "align": pairs.align,
        "normalisation": units.kind,
        "percentiles": [units.low_percentile, units.high_percentile],
        "camera": repr(camera) if camera else None,
        "noise axis": pairs.along,
        "validation part": pairs.validation_part,
        "augmentation": pairs.augment,
        "seed of the pairs": pairs.seed,
    }


def _simulated(microscope: Microscope | None) -> dict[str, Any]:
    if microscope is None:
        return {}
    return {
        "simulated camera": repr(microscope.camera),
        "photons": list(microscope.photons),
        "width of the PSF": microscope.psf_sigma_px,
    }


def _contents(paths: Sequence[Path]) -> list[str]:
    """Say in a line what each path holds: names, and a checksum that tells contents apart."""
    lines = []
    for path in paths:
        found = list_recordings(path)
        names = found[0].name if len(found) == 1 else f"{len(found)} recordings"
        summed = hashlib.sha256()
        for each in found:
            summed.update(f"{each.name}\n".encode())
            for piece in _pieces(each):
                summed.update(piece)
        lines.append(f"{names} {summed.hexdigest()[:DIGITS]}")
    return lines


def _pieces(recording: Path) -> Iterator[bytes]:
    """Give what tells a recording from others: sizes of its files, and the ends of some."""
    if not recording.is_dir():
        yield from _ends(recording)
        return
    files = sorted(
        (each.relative_to(recording).as_posix(), each)
        for each in recording.rglob("*")
        if each.is_file() and not each.name.startswith(".")  # a file manager's notes
    )
    for name, file in files:
        yield f"{name} {file.stat().st_size}\n".encode()
    for at in sorted({int(at) for at in np.linspace(0, len(files) - 1, FILES).round()}):
        yield from _ends(files[at][1])


def _ends(file: Path) -> Iterator[bytes]:
    size = file.stat().st_size
    yield f"{size}\n".encode()
    with file.open("rb") as stream:
        yield stream.read(END_BYTES)
        stream.seek(max(END_BYTES, size - END_BYTES))
        yield stream.read()
