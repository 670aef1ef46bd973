"""Says in plain values what patches came from, for a model's provenance."""

from collections.abc import Sequence
from typing import Final

from livecare.training.pairs.footage import Footage
from livecare.training.pairs.recordings import Recording
from livecare.training.pairs.settings import PairSettings

LISTED: Final = 200
"""Recordings listed by name; a folder of thousands would bury the rest."""


def describe(
    method: str,
    settings: PairSettings,
    footage: Sequence[Footage],
    clean: Sequence[Recording] = (),
) -> dict[str, object]:
    """Return names, sizes, units and settings; no paths, which say more than they should."""
    told: dict[str, object] = {
        "pairs": method,
        "recordings": [_recording(each) for each in footage[:LISTED]],
        "recordings_total": len(footage),
        "frames_total": sum(each.recording.frames for each in footage),
        "fewest_time_points": min(each.recording.size_t for each in footage),
        "normalisation": settings.kind,
        "validation_part": settings.validation_part,
        "aligned": settings.align,
        "augmented": settings.augment,
        "pairs_seed": settings.seed,
    }
    if clean:
        told["clean_recordings"] = [each.name for each in clean[:LISTED]]
    return told


def _recording(footage: Footage) -> dict[str, object]:
    recording = footage.recording
    return {
        "name": recording.name,
        "frames": recording.frames,
        "shape_yx": list(recording.shape_yx),
        "dtype": recording.dtype,
        "units": footage.units(0).record(),
    }
