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


def _nandb_well_1(data: Path) -> ImageSet:
    return ImageSet(
        "nandb-well1",
        "nandb, well 1: live cells, photon-counting confocal",
        tuple(_nandb(data, 1)),
        groups=("nandb", "nandb well 1"),
        scored_frames=2,
        note="May be trained on (train --method n2n and n2v2 use it in our tables).",
    )


def _nandb_well_2(data: Path) -> ImageSet:
    return ImageSet(
        "nandb-well2",
        "nandb, well 2 (held out): live cells, photon-counting confocal",
        tuple(_nandb(data, 2)),
        groups=("nandb", "nandb well 2"),
        scored_frames=2,
        note="Held out: never trained on.",
    )


def _fmd(data: Path) -> ImageSet:
    files = sorted((data / "fmd").glob("*_raw.tif"))
    return ImageSet(
        "fmd",
        "FMD confocal, field 19: fixed BPAE cells, zebrafish, mouse brain",
        tuple(_paired(file, FMD_FRAMES) for file in _some(files, data / "fmd")),
        groups=("FMD confocal",),
        scored_frames=2,
        peak=FULL_SCALE,
        note="Truth: mean of 50 frames, native 8 bit. Camera values estimated from 4 frames.",
    )


def _fmd_n2f(data: Path) -> ImageSet:
    files = sorted((data / "fmd_n2f").glob("*_raw.tif"))
    return ImageSet(
        "fmd-n2f",
        "FMD confocal, other fields",
        tuple(_paired(file, FMD_FRAMES) for file in _some(files, data / "fmd_n2f")),
        groups=("FMD confocal",),
        scored_frames=1,
        peak=FULL_SCALE,
        note="Truth: mean of 50 frames. Camera values estimated from the single frame.",
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
    return ImageSet(
        "row-noise",
        "Row noise added to nandb (must be reported)",
        (Recording(f"{source.name} + row noise", frames, repeats=True),),
        scored_frames=2,
        expects_violation=True,
        note="Each row of each frame has an offset of its own; the truth has none left.",
    )


def _correlated(data: Path) -> ImageSet:
    source = _nandb(data, 2)[0]
    frames = correlate_noise(source.frames)
    return ImageSet(
        "correlated-noise",
        "nandb behind a camera that interpolates (must be reported)",
        (Recording(f"{source.name} + 1-2-1", frames, repeats=True),),
        scored_frames=2,
        expects_violation=True,
        note="Each frame was smoothed with 1-2-1: neighbours share their noise.",
    )


def _low_light_sim(data: Path) -> ImageSet:
    file = data / "sim_lowlight" / "LE_raw15_plus_mean.tif"
    return ImageSet(
        "sim-lowlight",
        "Low-light SIM frames, enlarged 2 × by their authors (must be reported)",
        (Recording(file.stem, _read(file)[:-1]),),
        scored_frames=3,
        expects_violation=True,
        note="No truth. Enlarging made neighbouring pixels share their noise.",
    )


SETS: Final[dict[str, Callable[[Path], ImageSet]]] = {
    "nandb-well1": _nandb_well_1,
    "nandb-well2": _nandb_well_2,
    "fmd": _fmd,
    "fmd-n2f": _fmd_n2f,
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
