"""What TIFF files say about pixel size, planes, time points and channels, each kind in its way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import tifffile

from livecare.images.units import micrometres, seconds

_LARGEST_PIXEL_UM: Final = 100.0
"""Resolution tags that mean larger pixels are printers' dots per inch, not a microscope's, µm."""

_CENTIMETER: Final = 3
"""The only value of ResolutionUnit that microscopes write; inches are a printer's."""


@dataclass(frozen=True, slots=True)
class Spacing:
    """What a file says about its axes; None and () where it says nothing.

    Attributes
    ----------
    pixel_size_um, z_step_um, interval_s : float or None
        Spacing of pixels, planes (µm) and time points (s).
    channels : tuple of str
        Names.
    """

    pixel_size_um: float | None = None
    z_step_um: float | None = None
    interval_s: float | None = None
    channels: tuple[str, ...] = ()


def ome_spacing(image: Mapping[str, Any]) -> Spacing:
    """Read one image of an OME-XML (as `tifffile.xml2dict` gives it)."""
    pixels = image.get("Pixels", {})

    def length(axis: str) -> float | None:
        return micrometres(
            pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "µm")
        )

    return Spacing(
        pixel_size_um=length("X"),
        z_step_um=length("Z"),
        interval_s=seconds(pixels.get("TimeIncrement"), pixels.get("TimeIncrementUnit", "s")),
        channels=tuple(str(each.get("Name", "")) for each in as_list(pixels.get("Channel"))),
    )


def imagej_spacing(page: tifffile.TiffPage, metadata: Mapping[str, Any]) -> Spacing:
    """Read the description and the resolution of an ImageJ file."""
    unit = metadata.get("unit", "")
    return Spacing(
        pixel_size_um=micrometres(_pixel_width(page), unit),
        z_step_um=micrometres(metadata.get("spacing"), unit),
        interval_s=seconds(metadata.get("finterval"), metadata.get("tunit", "s")),
    )


def plain_spacing(page: tifffile.TiffPage) -> Spacing:
    """Read the resolution of a TIFF that says nothing else."""
    unit = page.tags.valueof("ResolutionUnit", 0)
    size = micrometres(_pixel_width(page), "cm")
    if unit != _CENTIMETER or size is None or size > _LARGEST_PIXEL_UM:
        return Spacing()
    return Spacing(pixel_size_um=size)


def micromanager_spacing(summary: Mapping[str, Any]) -> Spacing:
    """Read the summary of a Micro-Manager data set."""
    names = summary.get("ChNames", ())
    interval = summary.get("Interval_ms")
    return Spacing(
        pixel_size_um=micrometres(summary.get("PixelSize_um")),
        z_step_um=micrometres(summary.get("z-step_um")),
        interval_s=seconds(interval, "ms"),
        channels=tuple(map(str, names)) if isinstance(names, Sequence) else (),
    )


def as_list(found: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list, or one that stands alone, as `tifffile.xml2dict` has it."""
    if isinstance(found, Mapping):
        return [found]
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _pixel_width(page: tifffile.TiffPage) -> float | None:
    """Return the width of a pixel in the page's own unit of length."""
    resolution = page.tags.valueof("XResolution")
    if not (isinstance(resolution, tuple) and len(resolution) == 2 and all(resolution)):  # noqa: PLR2004 a fraction
        return None
    return float(resolution[1] / resolution[0])
