"""All that a child process is told before it starts, as a JSON file."""

from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from livecare import disk
from livecare.errors import UsageError
from livecare.frame import AlarmPolicy, NormalisationKind, PixelType, PrecisionName
from livecare.keys import SecuritySpec
from livecare.link.reports import NormalisationLocked

LogFormat = Literal["console", "json"]
"""As `livecare.logs` has it, which clients of other programs do not need."""


class GuardSpec(msgspec.Struct, frozen=True):
    """What watches restored frames, and what is done where they are not to be believed.

    Attributes
    ----------
    on_alarm : AlarmPolicy
        What is done.
    after_frames : int
        After how many live frames in a row in which the same guard says so.
    pixel_size_um, exposure_ms : float or None
    binning : int or None
        What the frames are like, as far as their source knows it.
    saturation_adu : float or None
        Counts from which a pixel is saturated, where the camera's calibration has measured it;
        None for full scales of usual digitisers.
    """

    on_alarm: AlarmPolicy = "warn"
    after_frames: int = 5
    pixel_size_um: float | None = None
    exposure_ms: float | None = None
    binning: int | None = None
    saturation_adu: float | None = None


class RestorerSpec(msgspec.Struct, frozen=True):
    """All that a restorer process needs to know, handed over as a JSON file.

    Attributes
    ----------
    run_id : str
        The run.
    raw_ring, restored_ring : str
        Paths of the rings.
    wake_endpoints : tuple of str
        Where the recorder announces raw frames and freed slots.
    report_endpoint : str
        Where reports go.
    engine, model : str
        Key of the engine, or "auto"; path of the model package.
    threads : int
        CPU threads that the engine may use.
    shape_yx : tuple of int
        Rows and columns of a frame, pixels.
    dtype, restored_dtype : PixelType
        Types of raw and restored frames.
    latency_budget_ms : float
        Frames may wait for the engine this long, milliseconds; then the newest are taken.
    max_batch : int
        A batch is never larger, frames.
    lock_frames : int
        Frames that each channel's normalisation is locked from.
    normalisation : NormalisationKind
        How frames are normalised.
    window : tuple of float or None
        Low and high of the intensity window where it is configured, camera counts.
    camera : tuple of float or None
        Gain (counts per electron), offset (counts) and read noise (electrons) where they are
        configured or calibrated.
    camera_origin : str
        Where they come from, for people; "" for the configuration.
    locked : tuple of NormalisationLocked
        What earlier restorers of the run have locked, one for each channel at most.
    precision : PrecisionName
        What the engine computes in, or "auto".
    revision : int
        How often these orders were changed before; higher for each change.
    relocks : int
        How often before it was asked to measure the normalisation anew; where this is more than in
        the orders before, it is to be done now.
    guards : GuardSpec or None
        What watches restored frames; None where nothing does.
    reference : tuple of (int, float) or None
        Channel of the reference frames, and how many times as much light they have; None where
        there are none (`livecare.references`).
    log_level, log_format : str
        As `livecare.logs.set_up_logs` takes them.
    """

    run_id: str
    raw_ring: str
    restored_ring: str
    wake_endpoints: tuple[str, ...]
    report_endpoint: str
    engine: str
    model: str
    threads: int
    shape_yx: tuple[int, int]
    dtype: PixelType
    restored_dtype: PixelType
    latency_budget_ms: float
    max_batch: int
    lock_frames: int
    normalisation: NormalisationKind
    window: tuple[float, float] | None
    camera: tuple[float, float, float] | None
    locked: tuple[NormalisationLocked, ...] = ()
    camera_origin: str = ""
    precision: PrecisionName = "auto"
    revision: int = 0
    relocks: int = 0
    guards: GuardSpec | None = None
    reference: tuple[int, float] | None = None
    log_level: str = "info"
    log_format: LogFormat = "console"


class PublisherSpec(msgspec.Struct, frozen=True):
    """All that a publisher process needs to know, handed over as a JSON file.

    Attributes
    ----------
    raw_ring, restored_ring : str
        Paths of the rings.
    wake_endpoints : tuple of str
        Where the recorder announces raw and restored frames.
    preview_endpoint : str
        Where it serves subscribers.
    preview_file : str
        Where it writes the endpoint that it really has, once it is served.
    end_file : str
        Where it finds the end message, as the wire has it, when the run is over.
    max_hz : float
        At most so many frames per second and topic.
    start_file : str
        Where it finds the start message that each new subscriber gets, as the wire has it; it is
        replaced when the stream grows.
    security : SecuritySpec or None
        Where it finds the keys of those who may subscribe; None for this machine only.
    refusals_file : str
        Where it keeps count of those whom it turned away; "" for nowhere.
    run_id : str
        The run.
    log_level, log_format : str
        As `livecare.logs.set_up_logs` takes them.
    """

    raw_ring: str
    restored_ring: str
    wake_endpoints: tuple[str, ...]
    preview_endpoint: str
    preview_file: str
    end_file: str
    max_hz: float
    start_file: str
    security: SecuritySpec | None = None
    refusals_file: str = ""
    run_id: str = ""
    log_level: str = "info"
    log_format: LogFormat = "console"


Spec = TypeVar("Spec", bound=msgspec.Struct)


def write_spec(path: Path, spec: msgspec.Struct) -> None:
    """Write a child's orders as JSON; a child that reads meanwhile finds the old ones or these."""
    content = msgspec.json.format(msgspec.json.encode(spec))
    disk.replace_file(path, content, durable=False)


def read_spec(path: Path, kind: type[Spec]) -> Spec:
    """Read a child's orders. Raises UsageError naming the file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path}: no {kind.__name__} of this livecare: {error}") from error
