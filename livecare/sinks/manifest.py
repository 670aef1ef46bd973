"""What the store's own zarr.json says: what the recording is, how it was made, how it ended."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from livecare import __version__
from livecare.disk import replace_file
from livecare.errors import StoreError
from livecare.frame import Ledger, StreamInfo
from livecare.sinks.layout import METADATA, SIDECAR
from livecare.sinks.ome import collection_attributes
from livecare.sinks.own_checksum import KEY, is_changed, with_checksum

State = Literal["open", "complete", "incomplete"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is true of a whole recording.

    Attributes
    ----------
    info : StreamInfo
        The acquisition.
    state : {"open", "complete", "incomplete"}
        "open" while it is written and after a crash; the others once it was closed or recovered.
    ledger : Ledger or None
        The final count; None while open.
    settings : mapping
        What the run was started with; JSON values.
    version : str
        Version of livecare that wrote it.
    marks : int or None
        Events that were marked; None while open.
    """

    info: StreamInfo
    state: State = "open"
    ledger: Ledger | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    version: str = __version__
    marks: int | None = None

    def save(self, root: Path) -> None:
        """Write the store's zarr.json, replacing it at once.

        Raises
        ------
        OSError
            It cannot be written; the one before stays.
        StoreError
            The settings, or the stream's detail, are no JSON values.
        """
        try:
            ours = with_checksum(msgspec.to_builtins(self))
        except TypeError as error:
            raise StoreError(
                f"{root}: the run's settings and the source's detail must be JSON values ({error})"
            ) from error
        write_group(root, {"ome": collection_attributes(), SIDECAR: ours})

    @classmethod
    def load(cls, root: Path) -> "Manifest":
        """Read the store's zarr.json.

        Raises
        ------
        StoreError
            There is none, or it is not of a livecare store.
        """
        try:
            return msgspec.convert(_ours(root), cls)
        except (OSError, ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
            raise StoreError(
                f"{root} is not a livecare store, or its {METADATA} is damaged ({error!r})"
            ) from error

    @staticmethod
    def is_changed(root: Path) -> bool:
        """Tell whether a store's zarr.json, which can be read, says something else than was saved.

        Raises
        ------
        OSError
            It cannot be read any more.
        """
        ours = _ours(root)
        sealed = KEY in ours or "marks" not in ours  # earlier versions had neither
        return not sealed or is_changed(ours)


def _ours(root: Path) -> Any:  # noqa: ANN401  # JSON
    return json.loads((root / METADATA).read_bytes())["attributes"][SIDECAR]


def write_group(folder: Path, attributes: Mapping[str, Any]) -> None:
    """Write the zarr.json of a group.

    Raises
    ------
    OSError
        It cannot be written.
    """
    replace_file(folder / METADATA, json.dumps(group_document(attributes), indent=2).encode())


def group_document(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a group's zarr.json."""
    return {"zarr_format": 3, "node_type": "group", "attributes": attributes}
