"""Knows how to be a camera that is not there: a simulated scene behind a free-running camera."""

from dataclasses import dataclass
from typing import Protocol

from livecare.errors import ConfigError
from livecare.frame import Pixels, PixelType, StreamInfo
from livecare.simulation import Camera, FrameBank, Optics, SceneSettings, SimulatedScene
from livecare.simulation.catalogue import specimen_by_name
from livecare.sources.clock import Clock, MonotonicClock, StopSignal
from livecare.sources.pace import Pace, make_pace
from livecare.sources.protocol import Arrival, NoFrame
from livecare.sources.simulated_reference import SimulatedReference, SimulatedReferences
from livecare.sources.stages import Stages


@dataclass(frozen=True, slots=True)
class SimulatedSettings:
    """A simulated acquisition.

    Frames come in the order of `SceneSettings.position`: z fastest, then channel, stage position
    and time point.

    Attributes
    ----------
    frames : int or None
        How many frames; None until stopped.
    size_yx : tuple of int
        Rows and columns, pixels.
    rate_hz : float or None
        Frames per second of a camera that waits for nobody; None or 0 for one that waits for
        the reader and never loses a frame.
    seed : int
        Chooses everything random.
    photons : float
        Detected photons per pixel at the bright structures.
    bleach_half_life : float or None
        Time points until half of the light is gone; None for no bleaching.
    specimens : tuple of str
        A name of `livecare.simulation.SPECIMENS` per channel; begins again where there are fewer.
    channels, positions : tuple of str
        Names along these axes.
    size_z : int
        Number of focal planes.
    z_step_um : float
        Distance of the planes, µm; said to the recorder where there are several.
    dtype : PixelType
        Pixel type.
    bit_depth : int or None
        Bits of the digitiser; None for all of the type.
    gain_adu_per_e, offset_adu, read_noise_e, hot_pixel_fraction : float
        The camera; see `livecare.simulation.Camera`.
    pixel_size_um : float
        Of a pixel in the specimen, µm.
    bank_frames : int
        Frames rendered before the start and then repeated on fresh fields; 0 to render each
        frame when it is read. A frame of 512 x 512 pixels takes some 40 ms, and stays in memory.
    buffer_frames : int
        Frames that the camera holds for a slow reader before it loses any.
    reference : SimulatedReference or None
        Frames with more light in between, beside `frames`; None for none.
    """

    frames: int | None = 200
    size_yx: tuple[int, int] = (512, 512)
    rate_hz: float | None = 50.0
    seed: int = 0
    photons: float = 20.0
    bleach_half_life: float | None = 400.0
    specimens: tuple[str, ...] = ("mixed", "nuclei", "vesicles", "tissue")
    channels: tuple[str, ...] = ("channel 0",)
    positions: tuple[str, ...] = ("position 0",)
    size_z: int = 1
    z_step_um: float = 0.5
    dtype: PixelType = "uint16"
    bit_depth: int | None = None
    gain_adu_per_e: float = 2.0
    offset_adu: float = 100.0
    read_noise_e: float = 1.6
    hot_pixel_fraction: float = 0.0005
    pixel_size_um: float = 0.1
    bank_frames: int = 64
    buffer_frames: int = 64
    reference: SimulatedReference | None = None

    def __post_init__(self) -> None:
        if self.frames is not None and self.frames < 1:
            raise ConfigError(f"simulated source: frames is {self.frames}; give 1 or more")
        if self.rate_hz is not None and not self.rate_hz >= 0:
            raise ConfigError(f"simulated source: rate_hz is {self.rate_hz}; give 0 or more")
        if self.buffer_frames < 1:
            raise ConfigError(
                f"simulated source: buffer_frames is {self.buffer_frames}; give 1 or more"
            )

    def scene(self) -> SceneSettings:
        """Give the scene that is seen. Raises ConfigError."""
        return SceneSettings(
            size_yx=self.size_yx,
            seed=self.seed,
            photons=self.photons,
            bleach_half_life=self.bleach_half_life,
            channels=len(self.channels),
            size_z=self.size_z,
            positions=len(self.positions),
            bank_frames=self.bank_frames,
            specimens=tuple(map(specimen_by_name, self.specimens[: len(self.channels)])),
            optics=Optics(pixel_size_um=self.pixel_size_um),
            camera=Camera(
                gain_adu_per_e=self.gain_adu_per_e,
                offset_adu=self.offset_adu,
                read_noise_e=self.read_noise_e,
                hot_pixel_fraction=self.hot_pixel_fraction,
                sensor_seed=self.seed,
                dtype=self.dtype,
                bit_depth=self.bit_depth,
            ),
        )


class IndexedFrames(Protocol):
    """What gives frames by their index: a scene or a bank of its frames."""

    def copy_into(self, index: int, pixels: Pixels) -> None:
        """Write frame `index` into an array."""
        ...


class SimulatedSource:
    """A `FrameSource` of simulated frames. Its `detail["simulation"]` makes the scene again.

    Parameters
    ----------
    settings : SimulatedSettings
        What is simulated.
    clock : Clock or None
        Which time it goes by; None for the machine's.
    first_index : int
        The scene's first frame, for tests of the arithmetic of long runs.
    """

    problem = None

    def __init__(
        self, settings: SimulatedSettings, clock: Clock | None = None, first_index: int = 0
    ) -> None:
        self._settings = settings
        self._first_index = first_index
        self._clock: Clock = clock or MonotonicClock()
        self._scene = settings.scene()
        self._supply: IndexedFrames | None = None
        self._whole_scene: SimulatedScene | None = None
        self._references = SimulatedReferences(settings.reference)
        self._pace: Pace | None = None
        self._stop = StopSignal(self._clock)
        self._stages = Stages("simulated source")
        self._info: StreamInfo | None = None

    @property
    def lost_at_end(self) -> int:
        """Frames lost after the last one that arrived; final once ENDED was said."""
        return self._pace.lost_at_end if self._pace else 0

    @property
    def why_lost(self) -> str | None:
        """Say how many frames were lost and why; None if none was."""
        return self._pace.why_lost if self._pace else None

    def open(self, run_id: str) -> StreamInfo:
        """Render the bank, and say what the stream will look like. Raises ConfigError."""
        self._stages.open()
        settings, rate_hz = self._settings, self._settings.rate_hz
        info = StreamInfo(
            run_id=run_id,
            source="simulated",
            shape_yx=settings.size_yx,
            dtype=settings.dtype,
            channels=settings.channels,
            size_z=settings.size_z,
            positions=settings.positions,
            pixel_size_um=settings.pixel_size_um,
            z_step_um=settings.z_step_um if settings.size_z > 1 else None,
            interval_s=self._scene.frames_per_timepoint / rate_hz if rate_hz else None,
            expected_frames=settings.frames,
            detail={"simulation": self._scene.to_document()},
        )
        self._info = self._references.describe(info)
        scene = self._whole_scene = SimulatedScene(self._scene)
        self._supply = FrameBank(scene) if self._scene.bank_frames else scene
        return self._info

    def start(self) -> None:
        """Begin to take frames."""
        self._stages.start()
        settings = self._settings
        self._pace = make_pace(
            settings.rate_hz, settings.buffer_frames, settings.frames, self._clock, self._stop
        )

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame:
        """Wait for the next frame and copy it."""
        self._stages.check_read(pixels, self._info)
        if self._pace is None or self._supply is None:
            return NoFrame.ENDED
        if self._references.due and self._whole_scene is not None:
            position = self._references.copy_into(self._whole_scene, pixels)
            return Arrival(position=position, received_ns=self._clock.now_ns())
        turn = self._pace.next_turn(timeout_s)
        if isinstance(turn, NoFrame):
            return turn
        index = self._first_index + turn.index
        self._supply.copy_into(index, pixels)
        self._references.count(index)
        return Arrival(
            position=self._scene.position(index),
            received_ns=self._clock.now_ns(),
            camera_index=index,
            camera_time_ns=turn.camera_time_ns,
            lost_before=turn.lost_before,
        )

    def request_stop(self) -> None:
        """Take no more frames; those in the buffer still come."""
        self._stop.request()

    def close(self) -> None:
        """Free the bank."""
        self._stop.request()
        self._stages.close()
        self._supply = self._whole_scene = None
