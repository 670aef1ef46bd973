"""Knows what a simulated Micro-Manager is told: its camera, its port, what goes wrong."""

from dataclasses import dataclass, field

from livecare.errors import ConfigError
from livecare.frame import PixelType
from livecare.simulated_bridge.misbehaviour import DEFAULT_PORT, Misbehaviour


@dataclass(frozen=True, slots=True)
class SimulatedBridgeSettings:
    """A simulated Micro-Manager with its ZMQ server.

    Attributes
    ----------
    port : int
        TCP port on this machine; 0 for any that is free.
    size_yx : tuple of int
        Rows and columns of the camera, pixels.
    dtype : PixelType
        Pixel type; "uint8" or "uint16".
    rate_hz : float
        Frames per second of the camera.
    channel : str
        Name of the channel preset.
    pixel_size_um : float
        Of a pixel in the specimen, µm; 0 for not calibrated.
    buffer_frames : int
        Size of the core's circular buffer; when it is full it is emptied.
    live : bool
        True to begin with live mode on.
    seed : int
        Chooses the specimen.
    cameras : int
        Cameras that its camera joins; 1 for a plain one.
    photons : float
        Light at the bright structures, photons per pixel.
    pictures : int
        How many frames are rendered beforehand, and then shown over and over.
    misbehaviours : frozenset of Misbehaviour
        What goes wrong.
    every : int
        At each so many-th frame that a client fetches.
    slow_s : float
        How late a slow answer is, s.
    away_s : float
        How long a server that restarts is gone, s.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    port: int = DEFAULT_PORT
    size_yx: tuple[int, int] = (512, 512)
    dtype: PixelType = "uint16"
    rate_hz: float = 50.0
    channel: str = "GFP"
    pixel_size_um: float = 0.1
    buffer_frames: int = 200
    live: bool = True
    seed: int = 0
    cameras: int = 1
    photons: float = 20.0
    pictures: int = 16
    misbehaviours: frozenset[Misbehaviour] = field(default_factory=frozenset)
    every: int = 50
    slow_s: float = 3.0
    away_s: float = 1.0

    def __post_init__(self) -> None:
        if self.dtype not in ("uint8", "uint16"):
            raise ConfigError(f"simulated bridge: dtype is {self.dtype}; give uint8 or uint16")
        for name in ("rate_hz", "buffer_frames", "cameras", "pictures", "every"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"simulated bridge: {name} is {getattr(self, name)}; raise it")
        for name in ("port", "slow_s", "away_s", "pixel_size_um"):
            if getattr(self, name) < 0:
                raise ConfigError(f"simulated bridge: {name} is below 0; raise it")
