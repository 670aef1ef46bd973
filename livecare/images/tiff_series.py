"""Whether the images that a TIFF describes are the ones that its pages hold."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import tifffile

from livecare.errors import UsageError
from livecare.images.tiff_spacing import (
    Spacing,
    as_list,
    imagej_spacing,
    micromanager_spacing,
    ome_spacing,
    plain_spacing,
)

_DESCRIBED: Final = ("ome", "imagej")
"""Kinds of TIFF whose description says what the axes are."""
_UNDESCRIBED: Final = ("generic", "uniform")
"""What tifffile calls pages whose description it could not follow."""
STOPPED: Final = "mmstack"
"""Kind of Micro-Manager's stacks: frames that a stopped acquisition planned are no damage."""


def check_series(
    path: Path, tiff: tifffile.TiffFile, series: Sequence[tifffile.TiffPageSeries], pages: int
) -> None:
    """Raise UsageError unless these are equal grey images whose frames are all there."""
    _check_described(path, tiff, series, pages)
    for each in series:
        _check_grey(path, each)
    first = series[0]
    for number, each in enumerate(series):
        if (each.axes, each.shape, each.dtype) != (first.axes, first.shape, first.dtype):
            raise UsageError(
                f"{path}: image {number} is {each.axes} {each.shape} {each.dtype}, but image 0 is "
                f"{first.axes} {first.shape} {first.dtype}; save each in a file of its own"
            )
        _check_whole(path, tiff, each)


def describe_series(tiff: tifffile.TiffFile) -> tuple[Spacing, Mapping[str, Any]]:
    """Return what the file says about its axes, and what else it says."""
    page: Any = tiff.pages.first
    if tiff.is_ome:
        images = _ome_images(tiff)
        return ome_spacing(images[0] if images else {}), {"format": "ome-tiff"}
    if tiff.is_imagej:
        found = tiff.imagej_metadata or {}
        return imagej_spacing(page, found), {"format": "imagej", "imagej": dict(found)}
    if tiff.is_micromanager:
        summary = (tiff.micromanager_metadata or {}).get("Summary", {})
        return micromanager_spacing(summary), {"format": "micromanager-tiff"}
    return plain_spacing(page), {"format": "tiff"}


def _check_described(
    path: Path, tiff: tifffile.TiffFile, series: Sequence[tifffile.TiffPageSeries], pages: int
) -> None:
    kind = next((each for each in _DESCRIBED if getattr(tiff, f"is_{each}")), "")
    if series and not (kind and series[0].kind in _UNDESCRIBED):
        return
    other = _metadata_file(tiff) if kind == "ome" else None
    if other:
        raise UsageError(f"{path} is a part of a recording; open {path.with_name(other)} instead")
    raise UsageError(
        f"{path} is cut short or damaged: its {pages} pages are not the images that its {kind} "
        "description promises. Copy or export it again"
    )


def _check_grey(path: Path, series: tifffile.TiffPageSeries) -> None:
    keyframe: Any = series.keyframe
    if keyframe.axes != "YX":
        raise UsageError(
            f"{path}: its pages have the axes {keyframe.axes} {keyframe.shape}, as colour images "
            "have; livecare restores grey frames of the camera. In Fiji, Image > Color > Split "
            "Channels or Image > Type > 16-bit makes them grey"
        )


def _check_whole(path: Path, tiff: tifffile.TiffFile, series: tifffile.TiffPageSeries) -> None:
    if series.kind == STOPPED:
        return
    keyframe: Any = series.keyframe
    frames = int(np.prod(series.shape)) // int(np.prod(keyframe.shape))
    if series.dataoffset is not None and not series.is_multifile:
        frame_bytes = int(np.prod(keyframe.shape)) * series.dtype.itemsize
        there = (tiff.filehandle.size - series.dataoffset) // frame_bytes
    else:
        there = sum(1 for number in range(min(len(series), frames)) if series[number] is not None)
    if there < frames:
        raise UsageError(
            f"{path} is cut short, or files that belong to it are missing: {frames} frames are "
            f"described, {there} are there. Put all files of the recording into one folder, or "
            "export it again"
        )


def _ome_images(tiff: tifffile.TiffFile) -> list[Mapping[str, Any]]:
    described = tifffile.xml2dict(tiff.ome_metadata or "<OME/>")
    root = described.get("OME")
    return as_list(root.get("Image")) if isinstance(root, Mapping) else []


def _metadata_file(tiff: tifffile.TiffFile) -> str | None:
    root = tifffile.xml2dict(tiff.ome_metadata or "<OME/>").get("OME")
    if not isinstance(root, Mapping) or not isinstance(root.get("BinaryOnly"), Mapping):
        return None
    return str(root["BinaryOnly"].get("MetadataFile", "")) or None
