"""What an OME-TIFF's XML says of an image, in the words of tifffile."""

from collections.abc import Sequence
from typing import Any, Final

AXES: Final = "TZCYX"
"""Order of the pages: the one that ImageJ's hyperstacks have."""


def ome_xml(
    *,
    name: str,
    description: str,
    channels: Sequence[str],
    pixel_size_um: float | None,
    z_step_um: float | None,
    interval_s: float | None,
) -> dict[str, Any]:
    """Return what `tifffile.TiffWriter.write` takes as the metadata of an image.

    Parameters
    ----------
    name, description : str
        What it is called, and what it is.
    channels : sequence of str
        Their names.
    pixel_size_um, z_step_um, interval_s : float or None
        Spacing of pixels and planes, µm, and of time points, s; None where unknown.
    """
    metadata: dict[str, Any] = {
        "axes": AXES,
        "Name": name,
        "Description": description,
        "Channel": {"Name": list(channels)},
    }
    spacing = {
        "PhysicalSizeX": (pixel_size_um, "µm"),
        "PhysicalSizeY": (pixel_size_um, "µm"),
        "PhysicalSizeZ": (z_step_um, "µm"),
        "TimeIncrement": (interval_s, "s"),
    }
    for key, (size, unit) in spacing.items():
        if size is not None:
            metadata |= {key: size, f"{key}Unit": unit}
    return metadata
