"""What made a recording's restored frames, and how its images and files say so."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from livecare.frame import StreamInfo
from livecare.sinks.layout import METADATA, image_name
from livecare.sinks.manifest import write_group

FACTS: Final = ("model", "model_sha256", "engine", "precision", "normalisation")
"""What of a frame's provenance says what made it; all of it is text."""
KEY: Final = "made_by"
"""Key in the metadata of a restored image's multiscale."""


class Makers:
    """What made the frames so far; constant memory, since few things make many frames."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, ...], None] = {}

    def add(self, provenance: Mapping[str, Any] | None) -> None:
        """Take a restored frame's provenance into account; one that names no model is none."""
        if provenance is not None and provenance.get("model"):
            self._found.setdefault(tuple(str(provenance.get(fact, "")) for fact in FACTS))

    def documents(self) -> list[dict[str, str]]:
        """Return each as JSON, in the order in which they came."""
        return [dict(zip(FACTS, each, strict=True)) for each in self._found]

    def words(self) -> list[str]:
        """Return each as people read it."""
        return [
            f"restored by model {model}, sha256 {sha256}, on {engine} ({precision}), "
            f"normalisation {normalisation}"
            for model, sha256, engine, precision, normalisation in self._found
        ]


def name_makers(root: Path, info: StreamInfo, makers: Makers) -> None:
    """Write into the attributes of all restored images what made them; nothing where nothing did.

    What else the attributes say stays. Those that cannot be read are left for `verify` to name.

    Raises
    ------
    OSError
        A zarr.json cannot be replaced.
    """
    made_by = makers.documents()
    for p in range(len(info.positions) if made_by else 0):
        folder = root / image_name("restored", p, info)
        try:
            attributes = json.loads((folder / METADATA).read_bytes())["attributes"]
            metadata = attributes["ome"]["multiscales"][0]["metadata"]
            if metadata.get(KEY) == made_by:
                continue
            metadata[KEY] = made_by
        except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
            continue
        write_group(folder, attributes)
