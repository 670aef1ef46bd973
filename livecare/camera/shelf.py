"""Knows where the calibrations of this user's cameras lie, and which one a stream goes with.

Each has a folder of its own: `calibration.json`, and a `.npy` file for each map.
"""

import dataclasses
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import platformdirs

from livecare import disk
from livecare.camera.calibration import Calibration, PixelMaps
from livecare.camera.key import CameraKey
from livecare.errors import ConfigError, StoreError
from livecare.models.library import NAME

FILE: Final = "calibration.json"
"""Name of the file that holds the values."""
FORMAT: Final = 1
"""Number of the file's format; one with a higher number is of a newer livecare."""
LONGEST_SLUG: Final = 56
"""Characters of a name that is made from a camera's own, so that six of a checksum fit behind."""


class _Document(msgspec.Struct, frozen=True):
    """What the file holds."""

    livecare_calibration: int
    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Entry:
    """A calibration that is kept.

    Attributes
    ----------
    name : str
        Its name: that of its folder.
    folder : Path
        Where it lies.
    calibration : Calibration or None
        What it says; None if it cannot be read.
    fault : str
        Why it cannot be read, and the cure; "" where it can.
    """

    name: str
    folder: Path
    calibration: Calibration | None
    fault: str = ""

    @property
    def origin(self) -> str:
        """Where values come from that are taken from it, for people."""
        day = "" if self.calibration is None else f" of {self.calibration.measured[:10]}"
        return f"calibration {self.name}{day}"


def shelf_folder() -> Path:
    """Return the folder that holds a folder per calibration of this user."""
    return platformdirs.user_data_path("livecare") / "cameras"


def name_for(key: CameraKey) -> str:
    """Return a name for a mode of a camera: the same mode has the same one."""
    text = f"{key.camera or 'camera'}-bin{key.binning}-{key.pixel_type}"
    slug = re.sub(r"[^A-Za-z0-9._]+", "-", text).strip("-._")[:LONGEST_SLUG] or "camera"
    mode = (key.bit_depth, sorted((key.readout or {}).items()))
    return f"{slug}-{hashlib.sha256(repr(mode).encode()).hexdigest()[:6]}"


def save(calibration: Calibration, maps: PixelMaps, folder: Path) -> None:
    """Write a calibration; one of the same mode that is there is replaced.

    Raises
    ------
    ConfigError
        If the folder holds the calibration of another camera or mode.
    StoreError
        If it cannot be written.
    """
    if (folder / FILE).exists():
        try:
            there = load(folder)
        except ConfigError:  # what cannot be read is replaced, as its message says
            there = None
        if there is not None and there.key != calibration.key:
            raise ConfigError(
                f"{folder} holds the calibration of {there.key.words}, and this one is of "
                f"{calibration.key.words}: give another --name or --output"
            )
    document = msgspec.json.encode(_Document(FORMAT, calibration))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in dataclasses.fields(maps):
            path, pixels = folder / f"{each.name}.npy", getattr(maps, each.name)
            path.unlink(missing_ok=True)
            if pixels is not None:
                np.save(path, pixels, allow_pickle=False)
        disk.replace_file(folder / FILE, msgspec.json.format(document))
    except OSError as error:
        raise StoreError(f"{folder}: the calibration cannot be written: {error}") from error


def load(folder: Path) -> Calibration:
    """Read a calibration.

    Raises
    ------
    ConfigError
        If there is none, or it is damaged or of a newer livecare; names the file and the cure.
    """
    path = folder / FILE
    try:
        document = msgspec.json.decode(path.read_bytes(), type=_Document)
    except (OSError, UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise ConfigError(
            f"{path}: no calibration that this livecare reads: {error}; measure it again with "
            "livecare calibrate, or remove the folder"
        ) from error
    if document.livecare_calibration > FORMAT:
        raise ConfigError(
            f"{path} was written by a newer livecare (format {document.livecare_calibration}): "
            "install that one, or measure again with livecare calibrate"
        )
    return document.calibration


def find(name: str) -> Entry:
    """Return a calibration by its name.

    Raises
    ------
    ConfigError
        If there is none of this name, or it cannot be read; names those that there are.
    """
    folder = shelf_folder() / name
    if not NAME.fullmatch(name) or not (folder / FILE).is_file():
        known = ", ".join(each.name for each in entries()) or "none yet"
        raise ConfigError(f"there is no calibration '{name}'; there are: {known}")
    return Entry(name, folder, load(folder))


def entries() -> tuple[Entry, ...]:
    """Return all calibrations, in alphabetical order; damaged ones say so."""
    try:
        return tuple(_entries(shelf_folder()))
    except OSError:  # there is none, or this user may not look
        return ()


def matching(key: CameraKey) -> Entry | None:
    """Return the newest calibration of exactly this camera and mode; None if there is none."""
    found = [
        (each.calibration.measured, each)
        for each in entries()
        if each.calibration is not None and each.calibration.key.matches(key)
    ]
    return max(found, key=lambda pair: pair[0])[1] if found else None


def _entries(shelf: Path) -> Iterator[Entry]:
    for folder in sorted(shelf.iterdir()):
        if not (folder / FILE).is_file():
            continue
        try:
            yield Entry(folder.name, folder, load(folder))
        except ConfigError as error:
            yield Entry(folder.name, folder, None, str(error))
