"""What a frame is: its position, its header, its stream, and the ledger that counts it.

Only numpy is needed here. All types are frozen; times are integers in nanoseconds.
"""

import time
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from livecare.exposure import exposure_in

PixelType = Literal["uint8", "uint16", "float32"]
PIXEL_TYPES: Final[tuple[PixelType, ...]] = ("uint8", "uint16", "float32")

NormalisationKind = Literal["fixed", "ema", "per-frame", "anscombe"]
"""How the normalisation of each frame is chosen:

- "fixed": one intensity window for all frames; brightness never flickers, bleaching shows.
- "ema": a window that follows the frames slowly, for browsing.
- "per-frame": a window of each frame's own, as CSBDeep predicts; brightness flickers.
- "anscombe": no window; noise becomes unit-variance, from the camera's values.
"""

PrecisionName = Literal["auto", "fp32", "fp16", "bf16", "int8"]
"""What an engine computes in; "auto" is what each prefers: fp16 with TensorRT, fp32 elsewhere."""

AlarmPolicy = Literal["warn", "raw", "stop"]
"""What is done when restored frames are not to be believed: it is only said; raw frames are shown
in their place until they are again; or the acquisition ends in order."""

PASSED_THROUGH: Final = "raw"
"""Name of the engine of frames that are shown as they came while none is ready."""

Pixels = NDArray[Any]
"""An image of one of `PIXEL_TYPES`, shape (y, x)."""


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """Where a frame belongs in the recording.

    Attributes
    ----------
    t, c, z : int
        Index in time, channel and focal plane; all from 0.
    p : int
        Index of the stage position; each has an image of its own.
    """

    t: int
    c: int = 0
    z: int = 0
    p: int = 0

    def __str__(self) -> str:
        return f"t={self.t}, c={self.c}, z={self.z}, p={self.p}"


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is the same for every frame of one acquisition.

    Attributes
    ----------
    run_id : str
        Unique name of the run.
    source : str
        Which source the frames come from, for people ("simulated", "micromanager: Camera").
    shape_yx : tuple of int
        Rows and columns of a frame, pixels.
    dtype : PixelType
        Pixel type of the raw frames.
    channels : tuple of str
        Channel names; their number is the size of the c axis.
    size_z : int
        Number of focal planes.
    positions : tuple of str
        Names of the stage positions; their number is the size of the p axis.
    pixel_size_um, z_step_um, interval_s : float or None
        Spacing of pixels (µm), planes (µm) and time points (s); None where unknown.
    expected_frames : int or None
        How many frames will come; None for an open end.
    grows : bool
        True where channels, planes and positions are not known beforehand and may be added.
    started_wall_ns, started_monotonic_ns : int
        One instant on the wall clock (ns since 1970, UTC) and on the monotonic clock (ns) that
        `received_ns` of every frame is read from: a stepped wall clock never reorders frames. It
        is `time.perf_counter_ns`, which all processes of a machine share, on Linux and Windows,
        and which is finer on Windows than `time.monotonic_ns` (16 ms before Python 3.13).
    detail : dict
        What else the source knows (camera, exposure, simulated specimen); JSON values only.
    """

    run_id: str
    source: str
    shape_yx: tuple[int, int]
    dtype: PixelType
    channels: tuple[str, ...] = ("channel 0",)
    size_z: int = 1
    positions: tuple[str, ...] = ("position 0",)
    pixel_size_um: float | None = None
    z_step_um: float | None = None
    interval_s: float | None = None
    expected_frames: int | None = None
    grows: bool = False
    started_wall_ns: int = field(default_factory=time.time_ns)
    started_monotonic_ns: int = field(default_factory=time.perf_counter_ns)
    detail: dict[str, Any] = field(default_factory=dict)

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame's pixels."""
        rows, columns = self.shape_yx
        return rows * columns * np.dtype(self.dtype).itemsize

    @property
    def frames_per_timepoint(self) -> int:
        """Frames that share one t (channels × planes × positions)."""
        return len(self.channels) * self.size_z * len(self.positions)

    @property
    def exposure_ms(self) -> float | None:
        """Exposure of a frame at the beginning, ms; None where the source does not say it."""
        return exposure_in(self.detail)

    def grows_from(self, earlier: "StreamInfo") -> bool:
        """Tell whether all that an earlier description said of axes and pixels still holds."""
        same = (self.shape_yx, self.dtype) == (earlier.shape_yx, earlier.dtype)
        channels = self.channels[: len(earlier.channels)] == earlier.channels
        positions = self.positions[: len(earlier.positions)] == earlier.positions
        return same and channels and positions and self.size_z >= earlier.size_z


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """Everything about one frame but its pixels.

    Attributes
    ----------
    sequence : int
        livecare's own number, from 0 without gaps: from here on a gap is a loss.
    position : Position
        Index in the recording.
    shape_yx : tuple of int
        Rows and columns, pixels.
    dtype : PixelType
        Pixel type.
    received_ns : int
        When livecare had the frame, monotonic clock of the recording machine, ns.
    camera_index : int or None
        The camera's own number of the frame, where it has one.
    camera_time_ns : int or None
        The camera's own time of the frame, ns from the start of its sequence.
    lost_before : int
        Frames that the camera took directly before this one and that never arrived.
    loss_estimated : bool
        True where `lost_before` is a guess from the frames' intervals.
    skipped_before : int
        Frames that a newest-only tap passed over by design before this one.
    epoch : int
        How often the camera's sequence had begun anew when the frame was taken: what is missing
        between two epochs cannot be counted.
    """

    sequence: int
    position: Position
    shape_yx: tuple[int, int]
    dtype: PixelType
    received_ns: int
    camera_index: int | None = None
    camera_time_ns: int | None = None
    lost_before: int = 0
    loss_estimated: bool = False
    skipped_before: int = 0
    epoch: int = 0

    @property
    def frame_bytes(self) -> int:
        """Bytes of the frame's pixels."""
        rows, columns = self.shape_yx
        return rows * columns * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, slots=True)
class Frame:
    """A header and its pixels (shape `header.shape_yx`, type `header.dtype`)."""

    header: FrameHeader
    pixels: Pixels


class GuardReading(NamedTuple):
    """What one guard found in one restored frame; see `livecare.guards`.

    Attributes
    ----------
    value : float
        How far the frame is from what can be believed, in the guard's own unit.
    threshold : float
        What the value may be, in the same unit.
    """

    value: float
    threshold: float

    @property
    def alarm(self) -> bool:
        """Whether the frame is not to be believed in this respect."""
        return self.value > self.threshold


@dataclass(frozen=True, slots=True)
class Restoration:
    """How a restored frame was made.

    Attributes
    ----------
    engine, precision : str
        What ran the network ("onnxruntime", "fp32").
    model, model_sha256 : str
        Name of the model and the hash of its weights.
    normalisation : NormalisationKind
        How the frame's normalisation was chosen.
    normalised_with : dict of str to float
        Its numbers: `low` and `high`, the camera counts that the network's 0 and 1 stood for, or
        for "anscombe" `gain` (counts per electron), `offset` (counts), `read_noise` (electrons) and
        `binning` (1, or 2 where the values are of means of 2 × 2 pixels).
    taken_ns : int
        When the restorer took the raw frame, monotonic clock, ns.
    engine_ns : int
        How long the engine worked on the batch that the frame was in, ns.
    published_ns : int
        When the restored frame was ready, monotonic clock, ns.
    batch : int
        Frames in that batch.
    guards : dict of str to GuardReading
        What each guard found, by its name; those that could not judge the frame are left out.
    """

    engine: str
    precision: str
    model: str
    model_sha256: str
    normalisation: NormalisationKind
    normalised_with: dict[str, float] = field(hash=False)
    taken_ns: int
    engine_ns: int
    published_ns: int
    batch: int
    guards: dict[str, GuardReading] = field(default_factory=dict, hash=False)

    @property
    def alarms(self) -> tuple[str, ...]:
        """Names of the guards that say that the frame is not to be believed."""
        return tuple(name for name, reading in self.guards.items() if reading.alarm)

    @property
    def passed_through(self) -> bool:
        """Whether the frame is as raw as it came: no engine was ready, or a guard objected."""
        return self.engine == PASSED_THROUGH


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of every frame.

    Attributes
    ----------
    acquired : int
        Frames that got a sequence number.
    recorded : int
        Raw frames in the store.
    restored : int
        Restored frames in the store, live and back-filled.
    skipped : int
        Frames that the engine had no time for and that were not back-filled.
    failed : int
        Frames that were acquired but could not be recorded or restored.
    lost : int
        Frames that the camera took and that never got a sequence number.
    """

    acquired: int = 0
    recorded: int = 0
    restored: int = 0
    skipped: int = 0
    failed: int = 0
    lost: int = 0

    @property
    def complete(self) -> bool:
        """True when nothing is missing from the raw recording or, unasked, from the restored."""
        everything = self.acquired == self.recorded == self.restored + self.skipped
        return everything and self.lost == 0 and self.failed == 0
