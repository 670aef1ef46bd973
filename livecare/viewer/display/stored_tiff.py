"""Knows how seen frames become an OME-TIFF: the pixels as stored, and where they come from."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
import tifffile

from livecare import __version__
from livecare.frame import Restoration, StreamInfo
from livecare.sinks.ome import RESTORED_NOTE
from livecare.viewer.seen import SeenFrame


@dataclass(frozen=True, slots=True)
class Plane:
    """One channel of the file: its name, and its frame."""

    channel: str
    frame: SeenFrame


def encode_planes(planes: Sequence[Plane], info: StreamInfo | None) -> bytes:
    """Return the bytes of an OME-TIFF with a channel per plane.

    Parameters
    ----------
    planes : sequence of Plane
        At least one; all of one lane, with one shape and one pixel type.
    info : StreamInfo or None
        The run; says how large a pixel is.
    """
    first = planes[0].frame
    metadata: dict[str, Any] = {
        "axes": "CYX",
        "Name": "restored" if first.restored else "raw",
        "Description": describe(planes, info),
        "Channel": {"Name": [each.channel for each in planes]},
    }
    resolution: dict[str, Any] = {}
    if info is not None and info.pixel_size_um:
        size_um = info.pixel_size_um * first.reduction
        metadata |= {"PhysicalSizeX": size_um, "PhysicalSizeXUnit": "µm"}
        metadata |= {"PhysicalSizeY": size_um, "PhysicalSizeYUnit": "µm"}
        resolution = {"resolution": (1e4 / size_um,) * 2, "resolutionunit": "CENTIMETER"}
    content = BytesIO()
    tifffile.imwrite(
        content,
        np.stack([each.frame.pixels for each in planes]),
        ome=True,
        photometric="minisblack",
        metadata=metadata,
        **resolution,
    )
    return content.getvalue()


def describe(planes: Sequence[Plane], info: StreamInfo | None) -> str:
    """Say what the pixels are: a line per fact."""
    first = planes[0].frame
    lines = [RESTORED_NOTE if first.restored else "raw"]
    lines.append(f"snapshot of run {first.run_id} by livecare {__version__}")
    if info is not None:
        lines.append(f"source {info.source}")
    if first.reduction > 1:
        lines.append(f"each pixel is the mean of {first.reduction} × {first.reduction} pixels")
    for each in planes:
        lines.append(_which(each))
        if each.frame.restoration is not None:
            lines.append(_made(each.frame.restoration))
    return "\n".join(lines)


def _which(plane: Plane) -> str:
    header = plane.frame.header
    at = header.position
    camera = "" if header.camera_index is None else f", camera index {header.camera_index}"
    place = f"t {at.t}, z {at.z}, position {at.p}"
    return f"{plane.channel}: frame {header.sequence} ({place}{camera})"


def _made(restoration: Restoration) -> str:
    values = ", ".join(f"{name} {each:g}" for name, each in restoration.normalised_with.items())
    return (
        f"restored by model {restoration.model}, sha256 {restoration.model_sha256}, on "
        f"{restoration.engine} ({restoration.precision}), normalisation "
        f"{restoration.normalisation} ({values or 'no values'})"
    )
