"""Knows what may be set beside the source: store, rings, restorer, publisher, log."""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from livecare.config.endpoint import Endpoint
from livecare.config.section import Section
from livecare.frame import AlarmPolicy, NormalisationKind, PrecisionName


class StoreSection(Section):
    """Where the recording goes."""

    path: Path = Field(
        Path("recording.ome.zarr"),
        description="The OME-Zarr to write; must not exist yet, unless on_existing says otherwise.",
    )
    overwrite: bool = Field(
        default=False, description="Replace a livecare recording that is there already."
    )
    on_existing: Literal["refuse", "number"] = Field(
        "refuse",
        description="refuse: end with an error if the path is taken. number: record beside it with "
        "the next free number, and recover what a dead run of that name has left; for services. "
        "With record = when-asked it is numbered in either case.",
    )
    record: Literal["at-once", "when-asked"] = Field(
        "at-once",
        description="at-once: from the first frame. when-asked: only looked at until somebody asks "
        "(livecare record on, or the viewer's button).",
    )
    compression: Literal["none", "lz4", "zstd"] = Field(
        "none", description="Lossless compression per frame; the fastest disk rate is without."
    )
    restored_dtype: Literal["raw", "float32"] = Field(
        "raw", description="Pixel type of restored frames: as the raw ones, or float32."
    )

    @model_validator(mode="after")
    def _overwrites_or_numbers(self) -> Self:
        if self.overwrite and self.on_existing == "number":
            raise ValueError(
                "overwrite = true and on_existing = 'number' contradict each other: leave one out"
            )
        return self


class RingSection(Section):
    """The shared memory between camera, disk and restorer."""

    slots: int | None = Field(
        None, ge=4, le=4096, description="Frames per ring; left out: as many as fit 512 MB, 8-64."
    )
    directory: Path | None = Field(
        None, description="Where the rings lie; left out: in memory where the system offers that."
    )


class CameraSection(Section):
    """What the camera makes of photons; its data sheet or a calibration says."""

    gain: float = Field(gt=0, description="Counts per electron.")
    offset: float = Field(description="Counts of a dark pixel.")
    read_noise: float = Field(ge=0, description="Standard deviation of the read noise, electrons.")


class GuardsSection(Section):
    """What watches restored frames."""

    enabled: bool = Field(default=True, description="false: nothing does.")
    on_alarm: AlarmPolicy = Field(
        "warn",
        description="Where restored frames are not to be believed: warn (it is only said), raw "
        "(raw frames are shown until they are again), or stop (the acquisition ends in order).",
    )
    after_frames: int = Field(
        5,
        ge=1,
        le=1000,
        description="After so many live frames in a row that the same guard does not believe.",
    )


class RestorerSection(Section):
    """How frames are restored."""

    enabled: bool = Field(default=True, description="false records raw frames only.")
    engine: str = Field(
        "auto",
        description="auto (the best that this machine can run), tensorrt, onnxruntime-cuda, "
        "onnxruntime-directml, openvino, onnxruntime, or identity (restores nothing).",
    )
    precision: PrecisionName = Field(
        "auto",
        description="What the engine computes in: auto (fp16 with TensorRT, fp32 elsewhere), fp32, "
        "fp16, bf16 or int8. Less than fp32 is checked against it before it serves.",
    )
    model: str = Field(
        "default-fast", description="Name of a model, or the path of a BioImage.IO package."
    )
    threads: int | None = Field(
        None, ge=1, description="CPU threads of the engine; left out: one per core."
    )
    latency_budget_ms: float = Field(
        100.0,
        gt=0,
        description="If more frames wait than it does in this time, ms, it takes the newest.",
    )
    max_batch: int = Field(8, ge=1, le=256, description="Frames in a batch, at most.")
    lock_frames: int = Field(
        8,
        ge=1,
        le=64,
        description="First frames of a channel, blank ones apart, that its normalisation is from.",
    )
    normalisation: NormalisationKind | None = Field(
        None, description="How frames are normalised; left out: as the model was made for."
    )
    window: tuple[float, float] | None = Field(
        None, description="Camera counts for the network's 0 and 1; left out: from lock_frames."
    )
    camera: CameraSection | None = Field(
        None,
        description="For models in noise units; left out: a calibration of this camera in this "
        "mode, or else estimated from lock_frames.",
    )
    calibrations: bool = Field(
        default=True,
        description="Whether camera may be left to a calibration (livecare calibrate) that matches "
        "camera, binning, pixel type and readout mode exactly.",
    )
    backfill: bool = Field(
        default=True, description="Restore afterwards what there was no time for."
    )
    guards: GuardsSection = Field(default_factory=GuardsSection)
    ready_timeout_s: float = Field(
        60.0, ge=0, description="Wait so long for the engine before the acquisition starts anyway."
    )

    @field_validator("window")
    @classmethod
    def _window_is_ordered(cls, window: tuple[float, float] | None) -> tuple[float, float] | None:
        if window is not None and window[0] >= window[1]:
            raise ValueError("the first value must be the lower one; give [LOW, HIGH]")
        return window


class PublishSection(Section):
    """What other programs on this machine can subscribe to."""

    preview: Endpoint = Field(
        "tcp://127.0.0.1:*", description="ZeroMQ endpoint of raw and restored frames."
    )
    telemetry: Endpoint = Field(
        "tcp://127.0.0.1:*", description="ZeroMQ endpoint of the run's state, five times a second."
    )
    control: Endpoint = Field(
        "tcp://127.0.0.1:*",
        description="ZeroMQ endpoint at which the run can be asked for things: record, mark, swap.",
    )
    max_hz: float = Field(
        30.0, gt=0, le=1000, description="Preview frames per second and topic, at most."
    )


class LogSection(Section):
    """What is written to standard error."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much.")
    format: Literal["console", "json"] = Field(
        "console", description="For people, or for a log collector."
    )
