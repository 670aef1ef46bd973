"""What a store's groups say of its images: their list, and each one's name and channels.

The manifest decides. A growth brings the groups up to it, `recover` brings up those that an
interrupted growth left behind, and `verify` names them. Another program may have set display
colours and pixel sizes: where they are others, that is no damage, but it is told.
"""

import json
from collections.abc import Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from livecare.frame import StreamInfo
from livecare.sinks.differences import Difference, differences
from livecare.sinks.layout import LANES, METADATA, OME, SIDECAR, image_name, image_names
from livecare.sinks.manifest import Manifest, group_document, write_group
from livecare.sinks.ome import collection_attributes, image_attributes, series_attributes

_SIDECAR_NOTE: Final = (
    "What OME-Zarr has no place for: a line per frame, and up to which frame the disk has them."
)
"""What the group says of itself to those who find it."""

_TASTE: Final = frozenset({"color", "window", "active", "scale", "unit"})
"""Keys whose values another program may set: how channels look, and how large pixels are."""

_MOST_CHARACTERS: Final = 100
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


def set_by_others(root: Path, info: StreamInfo) -> list[str]:
    """Say which display colours and pixel sizes are not those of the recording.

    Parameters
    ----------
    root : Path
        The store, without contradictions.
    info : StreamInfo
        What its manifest says.
    """
    return [
        f"{folder}/{METADATA} says {difference}; another program may have set it"
        for folder, attributes in _groups(info).items()
        for difference in differences(_document(root / folder), group_document(attributes))
        if _is_taste(difference)
    ]


def root_contradiction(root: Path) -> str | None:
    """Say what a store's own zarr.json says wrong to other programs; None where nothing."""
    expected = group_document({"ome": collection_attributes()})
    wrong = next(differences(_document(root), expected), None)
    return None if wrong is None else f"{METADATA} says {wrong}"


def mend_root(root: Path) -> list[str]:
    """Write a store's own zarr.json anew where `root_contradiction` finds one; return what.

    Raises
    ------
    OSError
        It cannot be replaced.
    StoreError
        It cannot be read.
    """
    wrong = root_contradiction(root)
    if wrong is None:
        return []
    Manifest.load(root).save(root)
    return [wrong]


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
    return {
        OME: {"ome": series_attributes(image_names(info))},
        SIDECAR: {SIDECAR: _SIDECAR_NOTE},
        **images,
    }


def _document(folder: Path) -> Any:  # noqa: ANN401  # JSON
    return json.loads((folder / METADATA).read_bytes())


def _is_taste(difference: Difference) -> bool:
    return not _TASTE.isdisjoint(difference.path)


def _contradiction(root: Path, folder: str, attributes: Mapping[str, Any]) -> str | None:
    """Say in what a group differs from what it should say, names first; None where in nothing."""
    try:
        document = _document(root / folder)
        said = _names(folder, document["attributes"])
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        return f"cannot be read ({error!r})"
    for what, expected in _names(folder, attributes).items():
        if said[what] != expected:
            alike = len(list(takewhile(_equal, zip(said[what], expected, strict=False))))
            return (
                f"says {what} {_quoted(said[what], alike)}, {METADATA} {_quoted(expected, alike)}"
            )
    wrong = (
        each for each in differences(document, group_document(attributes)) if not _is_taste(each)
    )
    return next((f"says {each}" for each in wrong), None)


def _names(folder: str, attributes: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return those attributes that follow from the manifest alone; see the module's first lines."""
    if folder == SIDECAR:
        return {}
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
