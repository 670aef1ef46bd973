"""What OME-Zarr 0.5 wants in a group's attributes: axes, scales, channels, the list of images."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

from livecare.frame import StreamInfo
from livecare.sinks.layout import ARRAY, LaneName

VERSION: Final = "0.5"
"""Version of OME-Zarr that the store follows; it stands on Zarr v3."""

RESTORED_NOTE: Final = "restored, not for intensity measurement"
"""Goes wherever restored pixels go: a network made them, their grey values are no photon counts."""

_COLORS: Final = ("00FF00", "FF00FF", "00FFFF", "FFFF00", "FF0000", "0000FF")
"""Display colours of several channels, RGB: the pairs that colour-blind readers tell apart first.
One channel alone is white."""


def collection_attributes() -> dict[str, Any]:
    """Return `ome` of the group that holds all images."""
    return {"version": VERSION, "bioformats2raw.layout": 3}


def series_attributes(images: Sequence[str]) -> dict[str, Any]:
    """Return `ome` of the group OME, which names the images in order."""
    return {"version": VERSION, "series": list(images)}


def image_attributes(info: StreamInfo, lane: LaneName, p: int) -> dict[str, Any]:
    """Return the attributes of one image's group.

    Parameters
    ----------
    info : StreamInfo
        The recording.
    lane : {"raw", "restored"}
        Which of its two images.
    p : int
        Which of its stage positions.
    """
    note = "raw" if lane == "raw" else RESTORED_NOTE
    position = info.positions[p]
    multiscale = {
        "name": lane if len(info.positions) == 1 else f"{lane}, {position}",
        "axes": _axes(info),
        "datasets": [
            {
                "path": ARRAY,
                "coordinateTransformations": [{"type": "scale", "scale": _scale(info)}],
            }
        ],
        "metadata": {"description": note, "position": position},
    }
    return {
        "ome": {
            "version": VERSION,
            "multiscales": [multiscale],
            "omero": {"channels": _channels(info)},
        },
        "livecare": {"lane": lane, "position": position, "note": note},
    }


def _axes(info: StreamInfo) -> list[dict[str, str]]:
    axes = [
        ("t", "time", "second" if info.interval_s else None),
        ("c", "channel", None),
        ("z", "space", "micrometer" if info.z_step_um else None),
        ("y", "space", "micrometer" if info.pixel_size_um else None),
        ("x", "space", "micrometer" if info.pixel_size_um else None),
    ]
    return [
        {"name": name, "type": kind} | ({"unit": unit} if unit else {}) for name, kind, unit in axes
    ]


def _scale(info: StreamInfo) -> list[float]:
    pixel = info.pixel_size_um or 1.0
    return [info.interval_s or 1.0, 1.0, info.z_step_um or 1.0, pixel, pixel]


def _channels(info: StreamInfo) -> list[dict[str, Any]]:
    top = 1.0 if info.dtype == "float32" else float(np.iinfo(info.dtype).max)
    window = {"min": 0.0, "max": top, "start": 0.0, "end": top}
    colors = _COLORS if len(info.channels) > 1 else ("FFFFFF",)
    return [
        {"label": name, "color": colors[c % len(colors)], "window": window, "active": True}
        for c, name in enumerate(info.channels)
    ]
