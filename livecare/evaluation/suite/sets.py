"""Which files make up which image set, and what is known of their truth and camera."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import tifffile
from numpy.typing import NDArray

from livecare.errors import ConfigError, UsageError
from livecare.evaluation.imageset import ImageSet, Recording
from livecare.evaluation.suite.spoiling import add_row_noise, correlate_noise
from livecare.models.anscombe import CameraNoise

PHOTON_COUNTS: Final = CameraNoise(1.0)
"""nandb's frames hold photon counts."""
FULL_SCALE: Final = 255.0
"""The range that FMD's authors use."""
FMD_FRAMES: Final = 50
W2S_FRAMES: Final = 400
"""Frames that these data sets' authors averaged to a truth."""
QUICK_SIDE_PX: Final = 96
QUICK_RECORDINGS: Final = 2
QUICK_FRAMES: Final = 3
"""`--quick` cuts the middle of so many pixels out of so many recordings: it only shows that
everything runs."""

Pixels = NDArray[Any]


def _nandb(data: Path, well: int) -> list[Recording]:
    files = sorted((data / "nandb_fkbp").glob(f"well{well}_*.tif"))
    return [
        Recording(file.stem, _read(file), repeats=True, camera=PHOTON_COUNTS)
        for file in _some(files, data / "nandb_fkbp")
    ]


def _nandb_well(data: Path, well: int, note: str, aside: str = "") -> ImageSet:
    return ImageSet(
        f"nandb-well{well}",
        f"nandb, well {well}{aside}: live cells, photon-counting confocal",
        tuple(_nandb(data, well)),
        groups=("nandb", f"nandb well {well}"),
        scored_frames=2,
        note=note,
    )


def _fmd(folder: Path, name: str, fields: str, scored_frames: int, note: str) -> ImageSet:
    files = sorted(folder.glob("*_raw.tif"))
    return ImageSet(
        name,
        f"FMD confocal, {fields}",
        tuple(_paired(file, FMD_FRAMES) for file in _some(files, folder)),
        groups=("FMD confocal",),
        scored_frames=scored_frames,
        peak=FULL_SCALE,
        note=f"Truth: mean of 50 frames{note}.",
    )


def _w2s(data: Path, channel: int) -> ImageSet:
    noisy, truth = (
        _read(data / "w2s8" / name)
        for name in ("input_avg1_001-020.tif", "target_avg400_001-020.tif")
    )
    fields = tuple(
        Recording(
            f"field {number + 1:02d}",
            noisy[number, channel][None],
            truth[number, channel],
            truth_frames=W2S_FRAMES,
        )
        for number in range(len(noisy))
    )
    return ImageSet(
        f"w2s-channel{channel}",
        f"W2S, channel {channel}: wide-field, single frames",
        fields,
        groups=("W2S",),
        scored_frames=1,
        affine=True,
        note="Truth: mean of 400 frames. Each image was stretched to 8 bit by its publisher, hence "
        "the affine fit. Fields 1-16 may be trained on by CARE in our tables. Camera values "
        "estimated from the single frame.",
    )


def _fura2(data: Path) -> ImageSet:
    file = data / "timelapse" / "fura2_pc12_340.tif"
    return ImageSet(
        "fura2",
        "Fura-2 in PC12 cells, 340 nm: wide-field time lapse",
        (Recording(file.stem, _read(file)),),
        scored_frames=12,
        note="No truth: flicker of static regions, time courses of active ones, residuals.",
    )


def _row_noise(data: Path) -> ImageSet:
    source = _nandb(data, 2)[0]
    frames = add_row_noise(source.frames, seed=1)
    return _violating(
        "row-noise",
        "Row noise added to nandb",
        Recording(f"{source.name} + row noise", frames, repeats=True),
        2,
        "Each row of each frame has an offset of its own; the truth has none left.",
    )


def _correlated(data: Path) -> ImageSet:
    source = _nandb(data, 2)[0]
    return _violating(
        "correlated-noise",
        "nandb behind a camera that interpolates",
        Recording(f"{source.name} + 1-2-1", correlate_noise(source.frames), repeats=True),
        2,
        "Each frame was smoothed with 1-2-1: neighbours share their noise.",
    )


def _low_light_sim(data: Path) -> ImageSet:
    file = data / "sim_lowlight" / "LE_raw15_plus_mean.tif"
    return _violating(
        "sim-lowlight",
        "Low-light SIM frames, enlarged 2 × by their authors",
        Recording(file.stem, _read(file)[:-1]),
        3,
        "No truth. Enlarging made neighbouring pixels share their noise.",
    )


def _violating(
    name: str, title: str, recording: Recording, scored_frames: int, note: str
) -> ImageSet:
    """Return a recording whose noise has to be recognised as correlated or striped."""
    return ImageSet(
        name,
        f"{title} (must be reported)",
        (recording,),
        scored_frames=scored_frames,
        expects_violation=True,
        note=note,
    )


SETS: Final[dict[str, Callable[[Path], ImageSet]]] = {
    "nandb-well1": lambda data: _nandb_well(
        data, 1, "May be trained on (train --method n2n and n2v2 use it in our tables)."
    ),
    "nandb-well2": lambda data: _nandb_well(data, 2, "Held out: never trained on.", " (held out)"),
    "fmd": lambda data: _fmd(
        data / "fmd",
        "fmd",
        "field 19: fixed BPAE cells, zebrafish, mouse brain",
        2,
        ", native 8 bit. Camera values estimated from 4 frames",
    ),
    "fmd-n2f": lambda data: _fmd(
        data / "fmd_n2f",
        "fmd-n2f",
        "other fields",
        1,
        ". Camera values estimated from the single frame",
    ),
    "w2s-channel0": lambda data: _w2s(data, 0),
    "w2s-channel1": lambda data: _w2s(data, 1),
    "w2s-channel2": lambda data: _w2s(data, 2),
    "fura2": _fura2,
    "row-noise": _row_noise,
    "correlated-noise": _correlated,
    "sim-lowlight": _low_light_sim,
}
"""Every set by its name, in the order of evaluation."""


def build_suite(
    data: Path, only: tuple[str, ...] = (), *, quick: bool = False
) -> Iterator[ImageSet]:
    """Read the sets one after another.

    Parameters
    ----------
    data : Path
        Folder with the recordings, laid out as its MANIFEST.md says.
    only : tuple of str
        Names of sets, or beginnings of names; all if empty.
    quick : bool
        Cut everything to a size that shows only that it runs.

    Raises
    ------
    ConfigError
        If no set has such a name.
    UsageError
        If a file is missing or cannot be read.
    """
    wanted = [name for name in SETS if not only or name.startswith(only)]
    if not wanted:
        raise ConfigError(
            f"suite: there is no set {', '.join(only)}; choose from {', '.join(SETS)}"
        )
    for name in wanted:
        images = SETS[name](data)
        yield _cut(images) if quick else images


def _cut(images: ImageSet) -> ImageSet:
    recordings = tuple(_middle(recording) for recording in images.recordings[:QUICK_RECORDINGS])
    frames = min(images.scored_frames, QUICK_FRAMES)
    return replace(images, recordings=recordings, scored_frames=frames)


def _middle(recording: Recording) -> Recording:
    rows, columns = (
        slice(max(0, (length - QUICK_SIDE_PX) // 2), (length + QUICK_SIDE_PX) // 2)
        for length in recording.frames.shape[1:]
    )
    truth = recording.truth
    return replace(
        recording,
        frames=recording.frames[:, rows, columns],
        truth=None if truth is None else truth[..., rows, columns],
    )


def _paired(file: Path, truth_frames: int) -> Recording:
    frames = _read(file)
    truth = _read(file.with_name(file.name.replace("_raw", "_gt")))
    stack = frames if frames.ndim == truth.ndim + 1 else frames[None]
    name = file.stem.removesuffix("_raw")
    return Recording(name, stack, truth.astype(np.float32), truth_frames=truth_frames)


def _some(files: list[Path], folder: Path) -> list[Path]:
    if not files:
        raise UsageError(
            f"{folder} holds none of the suite's recordings: name the right folder with --data or "
            "LIVECARE_DATA, or evaluate your own files instead"
        )
    return files


def _read(file: Path) -> Pixels:
    try:
        return np.asarray(tifffile.imread(file))
    except (OSError, tifffile.TiffFileError) as error:
        raise UsageError(
            f"{file} cannot be read ({error}): name the suite's folder with --data or LIVECARE_DATA"
        ) from error
