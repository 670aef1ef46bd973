"""How good a recording is, where the truth is known: for simulated specimens."""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import LivecareError
from livecare.frame import Pixels
from livecare.simulation import SimulatedScene
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.reader import StoreReader

SCORED_FRAMES: Final = 32
"""Frames that a score is taken from, evenly spread: its error is far below a tenth of a dB."""

RANGE_PERCENTILES: Final = (0.1, 99.9)
"""The range of a PSNR is that of the truth between these percentiles."""


def psnr_db(pixels: Pixels, truth: NDArray[np.float32]) -> float:
    """Return the peak signal-to-noise ratio of an image, dB.

    Parameters
    ----------
    pixels, truth : array, shape (y, x)
        In the same units. The range is p99.9 − p0.1 of the truth; a truth without any, which is
        black, gives −inf.
    """
    low, high = np.percentile(truth, RANGE_PERCENTILES)
    error = np.mean(np.square(pixels.astype(np.float64) - truth))
    if error == 0:
        return math.inf
    return 20 * math.log10((high - low) / math.sqrt(error)) if high > low else -math.inf


def score(store: Path) -> dict[str, float] | None:
    """Score a recording of a simulated specimen against its truth.

    Returns
    -------
    dict or None
        Mean PSNR in dB of `raw` and `restored` over the same frames; None if the truth is not
        known or no frame was restored.

    Raises
    ------
    StoreDamagedError
        If a frame cannot be read.
    """
    reader = StoreReader(store)
    simulation: Any = reader.info.detail.get("simulation")
    if simulation is None:
        return None
    wanted = _evenly_spread(reader)
    if not wanted:
        return None
    scene = SimulatedScene.from_settings(simulation)
    scores = [
        _score_frame(reader, scene, line)
        for line in reader.lines("restored")
        if line.sequence in wanted
    ]
    raw, after = np.mean(scores, axis=0)
    return {"raw": round(float(raw), 2), "restored": round(float(after), 2)}


def _evenly_spread(reader: StoreReader) -> set[int]:
    """Choose restored frames by their sequence; a day's lines are too many to keep."""
    lines = (line.sequence for line in reader.lines("restored") if line.camera_index is not None)
    sequences = np.sort(np.fromiter(lines, np.int64))  # reference frames have no camera index
    step = max(1, len(sequences) // SCORED_FRAMES)
    return set(sequences[::step].tolist())


def _score_frame(
    reader: StoreReader, scene: SimulatedScene, line: FrameLine
) -> tuple[float, float]:
    raw, restored = (reader.read(lane, line.position) for lane in ("raw", "restored"))
    if raw is None or restored is None or line.camera_index is None:
        raise LivecareError(
            f"{reader.path}: frame {line.sequence} is in the recording's list and not in it; "
            f"run 'livecare verify {reader.path}'"
        )
    truth = scene.truth(line.camera_index)
    return psnr_db(raw, truth), psnr_db(restored, truth)
