"""Knows what a Micro-Manager acquisition is told: configuration, camera values, mode."""

from dataclasses import dataclass, field
from typing import Final, Literal

from livecare.errors import ConfigError
from livecare.references.stream import check_every

DEMO: Final = "demo"
"""Name of the configuration that mm-test-adapters brings: a simulated DemoCamera."""

Mode = Literal["own", "tap"]
OnOverflow = Literal["stop", "continue"]


@dataclass(frozen=True, slots=True)
class MicroManagerReference:
    """Frames with much light among those with little (docs/references.md).

    Attributes
    ----------
    exposure_ms : float
        Their exposure, ms.
    every : int
        Frames between two of them.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    exposure_ms: float
    every: int = 100

    def __post_init__(self) -> None:
        check_every(self.every, "micromanager: reference")
        if not self.exposure_ms > 0:
            raise ConfigError(
                f"micromanager: reference: exposure_ms is {self.exposure_ms}; give a value above 0"
            )


@dataclass(frozen=True, slots=True)
class MicroManagerSettings:
    """One acquisition with a Micro-Manager core.

    Attributes
    ----------
    mode : {"own", "tap"}
        "own" runs a sequence and gets every frame or a named error. "tap" looks at the newest
        frame of a core that someone else runs, and passes frames over by design.
    config : str or None
        Hardware configuration file (.cfg), "demo" for the simulated camera, or None to take the
        core as it is given.
    adapter_path : str or None
        Folder with the device adapters; None for that of mm-test-adapters.
    properties : dict of str to str
        Properties of the camera, set in this order after the configuration was loaded.
    exposure_ms : float or None
        Exposure, ms; None to leave it.
    frames : int or None
        How many frames, over all sequences; None until stopped.
    buffer_mb : int or None
        Size of the core's circular buffer, MB; None to leave it.
    on_overflow : {"stop", "continue"}
        What an own sequence does when the core's buffer is full: "stop" ends it with a named
        problem, so that what was recorded has no gap. "continue" goes on and counts what the core
        threw away: exactly with device interface 75 and newer, estimated with older ones.
    end_with_sequence : bool
        Whether a tap ends with the sequence that it found; otherwise it waits for the next.
    reference : MicroManagerReference or None
        Frames of a longer exposure that an own sequence takes in between; None for none.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    mode: Mode = "own"
    config: str | None = DEMO
    adapter_path: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    exposure_ms: float | None = None
    frames: int | None = None
    buffer_mb: int | None = None
    on_overflow: OnOverflow = "stop"
    end_with_sequence: bool = False
    reference: MicroManagerReference | None = None

    def __post_init__(self) -> None:
        if self.mode not in ("own", "tap"):
            raise ConfigError(f"micromanager: mode is {self.mode!r}; choose 'own' or 'tap'")
        if self.on_overflow not in ("stop", "continue"):
            raise ConfigError(
                f"micromanager: on_overflow is {self.on_overflow!r}; choose 'stop' or 'continue'"
            )
        for name in ("exposure_ms", "frames", "buffer_mb"):
            number = getattr(self, name)
            if number is not None and not number > 0:
                raise ConfigError(f"micromanager: {name} is {number}; give a value above 0")
        if self.reference is not None:
            self._check(self.reference)

    def _check(self, reference: MicroManagerReference) -> None:
        if self.mode != "own":
            raise ConfigError(
                "micromanager: reference frames are taken in mode 'own' only: a tap sets nothing; "
                "leave the table reference out, or choose mode 'own'"
            )
        if self.exposure_ms is not None and reference.exposure_ms <= self.exposure_ms:
            raise ConfigError(
                f"micromanager: reference: exposure_ms is {reference.exposure_ms}, and other "
                f"frames have {self.exposure_ms}; give a longer one"
            )


def demo_settings(
    size_yx: tuple[int, int] = (512, 512),
    exposure_ms: float = 20.0,
    frames: int | None = None,
    *,
    fast: bool = False,
) -> MicroManagerSettings:
    """Give settings of a simulated camera: 16 bits, moving waves, a frame per exposure.

    It cannot make low light: its noise mode shows no structure, and its other pictures no noise.

    Parameters
    ----------
    size_yx : tuple of int
        Rows and columns, pixels.
    exposure_ms : float
        Exposure and interval of the frames, ms.
    frames : int or None
        How many frames; None until stopped.
    fast : bool
        Repeat one picture, which is what lets the simulated camera go beyond some 300 Hz.
    """
    return MicroManagerSettings(
        config=DEMO,
        properties={
            "PixelType": "16bit",
            "BitDepth": "16",
            "Mode": "Artificial Waves",
            "OnCameraCCDXSize": str(size_yx[1]),
            "OnCameraCCDYSize": str(size_yx[0]),
            "FastImage": "1" if fast else "0",
        },
        exposure_ms=exposure_ms,
        frames=frames,
    )
