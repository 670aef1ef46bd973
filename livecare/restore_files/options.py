"""What a caller may choose about the restoring of files."""

from dataclasses import dataclass
from typing import Any, Literal

from livecare.errors import ConfigError
from livecare.frame import PixelType
from livecare.models.anscombe import CameraNoise
from livecare.models.normalisation import Kind

OutputType = Literal["uint16", "float32", "raw"]
"""Pixel type of restored files; "raw" is that of the recording."""


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """How files are restored.

    Attributes
    ----------
    kind : Kind or None
        Normalisation; None for the model's own.
    noise : CameraNoise or None
        The camera; None to estimate it from each recording, where the model needs it.
    dtype : OutputType or None
        Pixel type of the restored file; None for "uint16" from uint16 and "float32" from others:
        8-bit counts of little light would lose what was restored in them.
    spread : bool
        Write the Laplace scale of each pixel into a file of its own.
    overwrite : bool
        Restore anew what was restored before.
    """

    kind: Kind | None = None
    noise: CameraNoise | None = None
    dtype: OutputType | None = None
    spread: bool = False
    overwrite: bool = False

    def restored_type(self, raw: PixelType) -> PixelType:
        """Return the pixel type of the restored file of a recording of this type."""
        if self.dtype == "raw":
            return raw
        if self.dtype is None:
            return "uint16" if raw == "uint16" else "float32"
        return self.dtype

    def settings(self) -> dict[str, Any]:
        """Return what two restored files must share to belong to one run; JSON values."""
        noise = self.noise
        camera = noise and [noise.gain_adu_per_e, noise.offset_adu, noise.read_noise_e]
        return {"wanted": self.kind, "camera": camera, "dtype": self.dtype}


def camera_noise(
    gain: float | None, offset: float | None, read_noise: float | None
) -> CameraNoise | None:
    """Make the camera of three values, None of none.

    Parameters
    ----------
    gain : float or None
        Counts per electron.
    offset : float or None
        Counts of a dark pixel.
    read_noise : float or None
        Electrons.

    Raises
    ------
    ConfigError
        Some are given and others are not, or a value is out of range.
    """
    values = {"--gain": gain, "--offset": offset, "--read-noise": read_noise}
    missing = [name for name, value in values.items() if value is None]
    if gain is None or offset is None or read_noise is None:
        if len(missing) < len(values):
            raise ConfigError(
                f"camera values: {', '.join(missing)} is not given; give all three, as the "
                "camera's data sheet or a calibration has them, or none to have them estimated"
            )
        return None
    return CameraNoise(gain, offset, read_noise)
