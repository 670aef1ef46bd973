"""What a store's groups say of its images: their list, and each one's name and channels.

The manifest decides. A growth brings the groups up to it, `recover` brings up those that an
interrupted growth left behind, and `verify` names them. Display colours and pixel sizes are not
compared: another program may have set them.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from livecare.frame import StreamInfo
from livecare.sinks.layout import LANES, METADATA, OME, image_name, image_names
from livecare.sinks.manifest import write_group
from livecare.sinks.ome import image_attributes, series_attributes

_MOST_CHARACTERS = 100
"""Of a list of names that a message quotes; a plate has thousands of images."""


def contradictions(root: Path, info: StreamInfo) -> dict[str, str]:
    """Find the groups that do not say what the manifest says.

    Parameters
    ----------
    root : Path
        The store.
    info : StreamInfo
        What its manifest says.

    Returns
    -------
    dict of str
        By the group's folder, relative to the store: what it says instead.
    """
    found = {}
    for folder, attributes in _groups(info).items():
        wrong = _contradiction(root, folder, attributes)
        if wrong is not None:
            found[folder] = f"{folder}/{METADATA} {wrong}"
    return found


def bring_up_to_date(root: Path, info: StreamInfo) -> list[str]:
    """Write the groups that do not say what the manifest says; return what they said instead.

    Parameters
    ----------
    root : Path
        The store.
    info : StreamInfo
        What its manifest says.

    Raises
    ------
    OSError
        A zarr.json cannot be replaced.
    """
    groups = _groups(info)
    found = contradictions(root, info)
    for folder in found:
        (root / folder).mkdir(exist_ok=True)
        write_group(root / folder, groups[folder])
    return list(found.values())


def _groups(info: StreamInfo) -> dict[str, dict[str, Any]]:
    """Return the attributes of every group, by its folder."""
    images = {
        image_name(lane, p, info): image_attributes(info, lane, p)
        for lane in LANES
        for p in range(len(info.positions))
    }
    return {OME: {"ome": series_attributes(image_names(info))}, **images}


def _contradiction(root: Path, folder: str, attributes: Mapping[str, Any]) -> str | None:
    """Say in which of its names a group differs from what it should say; None where in none."""
    try:
        said = _names(folder, json.loads((root / folder / METADATA).read_bytes())["attributes"])
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        return f"cannot be read ({error!r})"
    for what, expected in _names(folder, attributes).items():
        if said[what] != expected:
            alike = len(list(takewhile(_equal, zip(said[what], expected, strict=False))))
            return (
                f"says {what} {_quoted(said[what], alike)}, {METADATA} {_quoted(expected, alike)}"
            )
    return None


def _names(folder: str, attributes: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return those attributes that follow from the manifest alone; see the module's first lines."""
    ome = attributes["ome"]
    if folder == OME:
        return {"images": list(ome["series"])}
    channels = [channel["label"] for channel in ome["omero"]["channels"]]
    return {"channels": channels, "name": [ome["multiscales"][0]["name"]]}


def _equal(pair: tuple[Any, Any]) -> bool:
    return bool(pair[0] == pair[1])


def _quoted(names: Sequence[Any], alike: int) -> str:
    """Quote names, but for those at the head that are alike."""
    quoted = ", ".join(map(repr, names[alike:])) or "no more"
    cut = quoted if len(quoted) <= _MOST_CHARACTERS else f"{quoted[:_MOST_CHARACTERS]} …"
    return f"… {cut}" if alike else cut
