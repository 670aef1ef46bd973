"""Real recordings that guards are judged by; thresholds never saw them."""

from collections.abc import Iterator
from pathlib import Path

import tifffile
from guards_streams import FRAMES, LOCK, photon_counts

from livecare.errors import ConfigError
from livecare.frame import Pixels
from livecare.models.noise_estimate import estimate_noise
from livecare.models.normalise import CameraNoise

Recording = tuple[str, CameraNoise, list[Pixels]]


def recordings(folder: Path) -> Iterator[Recording]:
    """Yield name, camera values and frames; the values are estimated save of photon counts."""
    for name, frames in photon_counts(folder, "well2"):
        yield f"photon counts: {name}", CameraNoise(1.0), frames
    for path in sorted((folder / "fmd").glob("*_raw.tif")):
        yield from _estimated(f"fmd: {path.stem}", list(tifffile.imread(path)))
    for path in sorted((folder / "timelapse").glob("*.tif")):
        yield from _estimated(f"timelapse: {path.stem}", list(tifffile.imread(path)[:FRAMES]))
    fields = tifffile.imread(folder / "w2s8" / "input_avg1_001-020.tif")
    for channel in range(fields.shape[1]):
        for field in range(0, len(fields), 7):
            name = f"w2s8: field {field}, channel {channel}"
            yield from _estimated(name, [fields[field, channel]])
    frame = tifffile.imread(folder / "single16" / "convallaria_pn2v_frame.tif")
    yield from _estimated("convallaria", [frame])


def _estimated(name: str, frames: list[Pixels]) -> Iterator[Recording]:
    if frames[0].ndim != 2:  # noqa: PLR2004 single planes
        return
    try:
        yield name, estimate_noise(frames[:LOCK]).best_noise, frames
    except ConfigError:
        return
