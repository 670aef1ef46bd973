"""Knows what makes frames those of one camera in one mode, and where a stream's metadata say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from livecare.frame import PixelType

READOUT_PROPERTIES: Final = (
    "Gain",
    "MultiplierGain",
    "EMGain",
    "Output_Amplifier",
    "Pre-Amp-Gain",
    "PixelReadoutRate",
    "ReadoutRate",
    "ReadoutMode",
    "Readout Mode",
    "Sensitivity/DynamicRange",
    "ScanMode",
    "SENSOR MODE",
    "Photon Conversion Factor",
    "Offset",
)
"""Properties of Micro-Manager's camera adapters that change gain, offset or read noise; a camera
has some of them."""


class CameraProperties(Protocol):
    """The part of a Micro-Manager core that says how its camera is set."""

    def hasProperty(self, label: str, name: str, /) -> bool: ...  # noqa: D102, N802 the core's names
    def getProperty(self, label: str, name: str, /) -> str: ...  # noqa: D102, N802


def read_readout(core: CameraProperties, camera: str) -> dict[str, str]:
    """Return those of `READOUT_PROPERTIES` that a core's camera has, and their values."""
    present = [name for name in READOUT_PROPERTIES if core.hasProperty(camera, name)]
    return {name: core.getProperty(camera, name) for name in present}


@dataclass(frozen=True, slots=True)
class CameraKey:
    """A camera in one mode: values measured in it hold in no other.

    Attributes
    ----------
    camera : str
        Its name; "" where nobody knows it, which matches nothing.
    pixel_type : PixelType
        Pixel type of its frames.
    binning : str
        Pixels of the sensor along an edge of one of the image: "1", "2".
    bit_depth : int or None
        Bits of its digitiser; None where that is not known.
    readout : dict of str to str
        Properties that change its noise, and their values.
    """

    camera: str
    pixel_type: PixelType
    binning: str = "1"
    bit_depth: int | None = None
    readout: Mapping[str, str] | None = None

    @property
    def words(self) -> str:
        """It as people read it."""
        bits = "" if self.bit_depth is None else f", {self.bit_depth} bits"
        readout = "".join(f", {name} {value}" for name, value in (self.readout or {}).items())
        camera = self.camera or "unnamed camera"
        return f"{camera}, binning {self.binning}, {self.pixel_type}{bits}{readout}"

    def matches(self, other: "CameraKey") -> bool:
        """Tell whether both are the same camera in the same mode, as far as can be known."""
        mine = (self.camera, self.pixel_type, self.binning, self.bit_depth, self.readout or {})
        other_s = (
            other.camera,
            other.pixel_type,
            other.binning,
            other.bit_depth,
            other.readout or {},
        )
        return bool(self.camera) and mine == other_s


def key_of_metadata(pixel_type: PixelType, metadata: Mapping[str, Any]) -> CameraKey | None:
    """Return what a stream's detail, or a recording's metadata, say; None where they lack a name.

    A stream that does not say its binning has no key: half of all mistakes with gains are binning.

    Parameters
    ----------
    pixel_type : PixelType
        Of the frames.
    metadata : mapping
        "camera", "binning" and, where they are known, "bit_depth" and "readout".
    """
    camera = metadata.get("camera")
    if not isinstance(camera, str) or not camera or "binning" not in metadata:
        return None
    bits, readout = metadata.get("bit_depth"), metadata.get("readout")
    return CameraKey(
        camera=camera,
        pixel_type=pixel_type,
        binning=plain_binning(metadata["binning"]),
        bit_depth=bits if isinstance(bits, int) else None,
        readout=_texts(readout) if isinstance(readout, Mapping) else {},
    )


def plain_binning(said: object) -> str:
    """Return binning as "2", however an adapter spells it; None means that there is none."""
    text = "1" if said is None else str(said).strip().lower()
    edges = text.split("x")
    return edges[0] if len(set(edges)) == 1 else text


def _texts(readout: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in readout.items()}
