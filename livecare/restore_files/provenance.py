"""What a restored file says about how it was made, for people and for the next run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import tifffile

from livecare import __version__
from livecare.images.opening import describing_file
from livecare.images.tiff import UNREADABLE
from livecare.images.tiff_spacing import as_list
from livecare.sinks.ome import RESTORED_NOTE

_MARK: Final = "livecare: "
"""Begins the line of a description that the next run reads; JSON follows."""


@dataclass(frozen=True, slots=True)
class Lock:
    """How one channel at one position was normalised.

    Attributes
    ----------
    channel, position : str
        Names.
    record : mapping
        The numbers: a window or a camera, as of the first frame.
    source : str
        Where they come from.
    warnings : tuple of str
        What is wrong with the noise for models that were trained on independent pixels.
    """

    channel: str
    position: str
    record: Mapping[str, float]
    source: str
    warnings: tuple[str, ...] = ()

    def __str__(self) -> str:
        units = {"gain": " counts per electron", "read_noise": " electrons", "binning": " px"}
        values = ", ".join(
            f"{name.replace('_', ' ')} {value:.4g}{units.get(name, ' counts')}"
            for name, value in self.record.items()
        )
        return f"{self.channel}, {self.position}: {values or 'each frame its own'} ({self.source})"


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a file was restored.

    Attributes
    ----------
    model, sha256 : str
        Name of the model and the hash of its weights.
    engine, precision : str
        What ran it.
    normalisation : str
        Its kind.
    settings : mapping
        What the user chose; see `RestoreOptions.settings`.
    locks : sequence of Lock
        One per channel and position.
    source : mapping
        Which recording; see `describe_source`.
    """

    model: str
    sha256: str
    engine: str
    precision: str
    normalisation: str
    settings: Mapping[str, Any]
    locks: Sequence[Lock]
    source: Mapping[str, Any]

    def describe(self, what: str = RESTORED_NOTE, notes: Sequence[str] = ()) -> str:
        """Return the description of a file: a line per fact, and one for the next run."""
        network = f"model {self.model}, sha256 {self.sha256}"
        lines = [
            what,
            f"of {self.source['source']} by livecare {__version__}, {network}",
            f"on {self.engine} ({self.precision})",
            f"normalisation {self.normalisation}",
            *map(str, self.locks),
            *notes,
            _MARK + json.dumps(self.as_json()),
        ]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """Return everything as JSON values."""
        locks = [
            {
                "channel": lock.channel,
                "position": lock.position,
                "source": lock.source,
                **lock.record,
            }
            for lock in self.locks
        ]
        return {
            "version": __version__,
            "model": self.model,
            "sha256": self.sha256,
            "engine": self.engine,
            "precision": self.precision,
            "normalisation": self.normalisation,
            "settings": dict(self.settings),
            **self.source,
            "locks": locks,
        }


def describe_source(recording: Path) -> dict[str, Any]:
    """Return what tells a recording from another one of its name; JSON values.

    Of a folder the file counts that describes it: to look at all, of a Zarr, would take long.
    """
    state = describing_file(recording).stat()
    return {
        "source": recording.resolve().name,
        "source_bytes": state.st_size,
        "source_modified_ns": state.st_mtime_ns,
    }


def read_provenance(path: Path) -> Mapping[str, Any] | None:
    """Return what `Provenance.as_json` was of a restored file; None if it is of no such file."""
    try:
        with tifffile.TiffFile(path) as tiff:
            text = _description(tiff)
    except UNREADABLE:
        return None
    for line in text.splitlines():
        if line.startswith(_MARK):
            try:
                found = json.loads(line.removeprefix(_MARK))
            except ValueError:
                return None
            return found if isinstance(found, dict) else None
    return None


def _description(tiff: tifffile.TiffFile) -> str:
    if tiff.is_imagej:
        return str((tiff.imagej_metadata or {}).get("Info", ""))
    if not tiff.is_ome:
        return ""
    root = tifffile.xml2dict(tiff.ome_metadata or "<OME/>").get("OME")
    images = as_list(root.get("Image")) if isinstance(root, Mapping) else []
    return str(images[0].get("Description", "")) if images else ""
