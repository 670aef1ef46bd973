"""OME-Zarr 0.4 and 0.5 of others as images, through zarr-python (the extra `zarr`)."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from livecare.errors import MissingExtraError, UsageError
from livecare.frame import Pixels, Position
from livecare.images.layout import Layout, channel_names, position_names
from livecare.images.tiff_spacing import as_list
from livecare.images.units import micrometres, seconds

if TYPE_CHECKING:
    import zarr

_MARKS: Final = ("zarr.json", ".zgroup", ".zattrs")
"""Files of which a Zarr group has at least one."""

_AXES: Final = "tczyx"
"""The axes that are read, in OME-Zarr's order."""

_SECOND_UNITS: Final = {"second": "s", "millisecond": "ms", "minute": "min", "hour": "h"}
"""OME-Zarr's units of time, as TIFF files have them."""


def is_zarr(path: Path) -> bool:
    """Tell whether a folder is a Zarr group."""
    return find_mark(path) is not None


def find_mark(path: Path) -> Path | None:
    """Return the file that makes a folder a Zarr group, None if it is none."""
    return next((path / mark for mark in _MARKS if (path / mark).is_file()), None)


class OmeZarrFrames:
    """An OME-Zarr image, or a group or plate of several equal ones, which become positions.

    Parameters
    ----------
    path : Path
        Its folder.

    Raises
    ------
    MissingExtraError
        zarr-python is not installed.
    UsageError
        It holds no image, its images are not equal, or it is damaged.
    """

    def __init__(self, path: Path) -> None:
        if find_spec("zarr") is None:
            raise MissingExtraError("zarr", "zarr", f"reading {path}")
        self._path = path
        images = self._open_images()
        self._arrays = [array for _, _, array in images]
        name, described, first = images[0]
        self._axes = _axis_names(path / name, described, first.ndim)
        for other, image, array in images[1:]:
            axes = _axis_names(path / other, image, array.ndim)
            if (axes, array.shape, array.dtype) != (self._axes, first.shape, first.dtype):
                raise UsageError(
                    f"{path}: image {other} is {array.shape} {array.dtype}, image {name} is "
                    f"{first.shape} {first.dtype}; give one image of it, as {path / name}"
                )
        self.layout = self._describe(described, tuple(other for other, _, _ in images))

    def find(self, at: Position) -> Pixels | None:
        """Return a frame as stored; see `Frames.find`."""
        index = {"t": at.t, "c": at.c, "z": at.z}
        chosen = tuple(index.get(axis, slice(None)) for axis in self._axes)
        try:
            return np.asarray(self._arrays[at.p][chosen])
        except (OSError, ValueError, RuntimeError, TypeError) as error:
            raise UsageError(
                f"{self._path}, frame {at} cannot be read "
                f"({error}); the data are damaged: copy them again"
            ) from error

    def close(self) -> None:
        """Nothing is held open between frames."""

    def _open_images(self) -> list[tuple[str, Mapping[str, Any], "zarr.Array[Any]"]]:
        import zarr  # noqa: PLC0415 the extra is needed only here

        try:
            root = zarr.open_group(self._path, mode="r")
            found = list(_find_images(root, ""))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(
                f"{self._path} cannot be read as OME-Zarr ({error!r}); copy or export it again"
            ) from error
        if not found:
            raise UsageError(
                f"{self._path} is Zarr, but holds no OME-Zarr image (no 'multiscales'); "
                "give the folder of an image, or export it as OME-Zarr 0.4 or 0.5"
            )
        return found

    def _describe(self, image: Mapping[str, Any], names: tuple[str, ...]) -> Layout:
        sizes = dict(zip(self._axes, self._arrays[0].shape, strict=True))
        shape = tuple(sizes.get(axis, 1) for axis in _AXES)
        scale = _scale(image, self._axes)
        channels = as_list((image.get("omero") or {}).get("channels"))
        return Layout(
            shape=(shape[0], shape[1], shape[2], shape[3], shape[4]),
            stored=np.dtype(self._arrays[0].dtype),
            positions=position_names(names, len(names)),
            channels=channel_names(
                tuple(str(each.get("label", "")) for each in channels), shape[1]
            ),
            pixel_size_um=micrometres(*scale.get("x", (None,))),
            z_step_um=micrometres(*scale.get("z", (None,))),
            interval_s=seconds(*scale.get("t", (None,))),
            metadata={"format": "ome-zarr"},
        )


def _find_images(
    group: "zarr.Group", name: str
) -> Iterator[tuple[str, Mapping[str, Any], "zarr.Array[Any]"]]:
    """Yield name, metadata and full-resolution array of each image of a group, in order."""
    attributes = _ome(group)
    if "multiscales" in attributes:
        path = attributes["multiscales"][0]["datasets"][0]["path"]
        array: Any = group[path]
        yield name, attributes, array
        return
    for child in _children(group, attributes):
        found: Any = group[child]
        yield from _find_images(found, f"{name}/{child}".strip("/"))


def _children(group: "zarr.Group", attributes: Mapping[str, Any]) -> Sequence[str]:
    """Return the groups in which images are looked for, as the metadata name them."""
    if "plate" in attributes:
        return [str(well["path"]) for well in attributes["plate"]["wells"]]
    if "well" in attributes:
        return [str(image["path"]) for image in attributes["well"]["images"]]
    if "bioformats2raw.layout" not in attributes:
        return []
    if "OME" in group:
        series: Any = group["OME"]
        named = _ome(series).get("series")
        if named:
            return [str(each) for each in named]
    numbers = sorted((key for key in group.group_keys() if key.isdecimal()), key=int)
    return [str(number) for number in numbers]


def _ome(group: "zarr.Group") -> Mapping[str, Any]:
    """Return what OME-Zarr says of a group: 0.5 puts it under `ome`, 0.4 beside everything."""
    attributes = group.attrs.asdict()
    under = attributes.get("ome")
    return under if isinstance(under, Mapping) else attributes


def _axis_names(path: Path, image: Mapping[str, Any], axes: int) -> str:
    listed = image["multiscales"][0].get("axes") or []
    names = "".join(str(each.get("name", "?")) for each in as_list(listed)).lower()
    ordered = "".join(axis for axis in _AXES if axis in names)
    if len(names) != axes or names != ordered or not names.endswith("yx"):
        raise UsageError(
            f"{path}: its axes are {listed}; livecare reads t, c, z, y, x, in that order. "
            "Export it as OME-Zarr 0.4 or 0.5"
        )
    return names


def _scale(image: Mapping[str, Any], names: str) -> dict[str, tuple[object, str]]:
    """Return the spacing and its unit per axis that has both: the array's, scaled by all's."""
    first = image["multiscales"][0]
    steps = _steps(first["datasets"][0], names)
    if steps is None:
        return {}
    factors = _steps(first, names) or [1.0] * len(names)
    units = (str(each.get("unit", "")) for each in as_list(first["axes"]))
    return {
        name: (step * factor, _SECOND_UNITS.get(unit, unit))
        for name, step, factor, unit in zip(names, steps, factors, units, strict=True)
    }


def _steps(described: Mapping[str, Any], names: str) -> list[float] | None:
    """Return the scale that coordinate transformations have per axis, None without a usable one."""
    for each in as_list(described.get("coordinateTransformations")):
        found = each.get("scale")
        if isinstance(found, list) and len(found) == len(names):
            return found if all(isinstance(step, int | float) for step in found) else None
    return None
