"""What a run will be made of: decided, and refused where it cannot be, before it starts."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from livecare import disk, run_place
from livecare.camera.key import plain_binning
from livecare.config import Config, RestorerSection
from livecare.engines.choosing import list_candidates
from livecare.errors import ConfigError, ModelError
from livecare.frame import PixelType, PrecisionName, StreamInfo
from livecare.guards import TrustStatistics
from livecare.link import GuardSpec, NormalisationLocked, PublisherSpec, RestorerSpec
from livecare.load import engine_cores
from livecare.models.normalisation import Kind
from livecare.models.package import Model, find_model
from livecare.references import ReferenceStream
from livecare.supervisor.calibrated import find_calibration
from livecare.supervisor.guarded import security_spec

RING_BYTES: Final = 512 << 20
"""Memory for a ring whose size is not configured, bytes: half a second of 2048² at 100 fps, which
bridges the longest stalls of a disk's cache seen."""
FEWEST_SLOTS: Final = 8
MOST_SLOTS: Final = 64
"""Beyond this a ring only delays the news that the disk is too slow."""


@dataclass(frozen=True, slots=True)
class Restorers:
    """How frames will be restored.

    Attributes
    ----------
    model : Model
        The model, loaded and checked.
    engine : str
        Key of the engine, or "auto": the restorer finds out which one can run here.
    precision : PrecisionName
        What it computes in.
    threads : int
        CPU threads that it may use.
    normalisation : Kind
        How frames are normalised.
    """

    model: Model
    engine: str
    precision: PrecisionName
    threads: int
    normalisation: Kind


def plan_restorers(config: Config) -> Restorers | None:
    """Choose model, engine and threads; None where the configuration turns restoring off.

    Raises
    ------
    ModelError, MissingExtraError, ConfigError
        If they are not to be had, or do not go with each other.
    """
    section = config.restorer
    if not section.enabled:
        return None
    with config.origin.naming("restorer.model"):
        model = find_model(section.model)
        if section.guards.enabled:  # the restorer's guards read it: refused here, not there
            TrustStatistics.read(model.trust, f"{model.folder}: trust")
        if model.axes != "yx":
            raise ModelError(
                f"restorer.model: '{model.name}' restores stacks ({model.axes}), but frames come "
                "one by one: use a model for single planes, or restore the recording afterwards "
                "with livecare restore"
            )
    with config.origin.naming("restorer.engine", "restorer.precision"):
        list_candidates(section.engine, section.precision)  # refuses what cannot be
    with config.origin.naming("restorer.normalisation", "restorer.window", "restorer.camera"):
        normalisation = _plan_normalisation(section, model)
    return Restorers(
        model, section.engine, section.precision, section.threads or engine_cores(), normalisation
    )


def _plan_normalisation(section: RestorerSection, model: Model) -> Kind:
    """Return how frames are normalised; a setting that would not be used is refused."""
    kind = model.normalisation.resolve(section.normalisation, model.name)
    if section.window is not None and kind not in ("fixed", "ema"):
        raise ConfigError(
            f"restorer.window: the normalisation is '{kind}', which uses no given window: leave "
            "the window out, or choose 'fixed' or a model that allows it"
        )
    if section.camera is not None and kind != "anscombe":
        raise ConfigError(
            f"restorer.camera: the normalisation of '{model.name}' is '{kind}', which uses no "
            "camera values: leave the table out, or choose a model made for 'anscombe'"
        )
    return kind


@dataclass(frozen=True, slots=True)
class Rings:
    """How large the rings are.

    Attributes
    ----------
    raw_slots, restored_slots : int
        Frames in each ring.
    raw_frame_bytes, restored_frame_bytes : int
        Bytes of a frame in each.
    """

    raw_slots: int
    restored_slots: int
    raw_frame_bytes: int
    restored_frame_bytes: int

    @property
    def total_bytes(self) -> int:
        """About what both take, bytes."""
        page = disk.PAGE_BYTES
        raw = self.raw_slots * (disk.pad(self.raw_frame_bytes) + 2 * page)
        return raw + self.restored_slots * (disk.pad(self.restored_frame_bytes) + 2 * page)


def restored_type(config: Config, info: StreamInfo) -> PixelType:
    """Return the pixel type of restored frames."""
    return "float32" if config.store.restored_dtype == "float32" else info.dtype


def plan_rings(config: Config, info: StreamInfo) -> Rings:
    """Size the rings for a stream."""
    fitting = RING_BYTES // info.frame_bytes
    slots = config.ring.slots or max(FEWEST_SLOTS, min(MOST_SLOTS, fitting))
    rows, columns = info.shape_yx
    sample_bytes = (
        4 if restored_type(config, info) == "float32" else info.frame_bytes // rows // columns
    )
    return Rings(
        raw_slots=slots,
        restored_slots=max(FEWEST_SLOTS, min(slots, 2 * config.restorer.max_batch)),
        raw_frame_bytes=info.frame_bytes,
        restored_frame_bytes=rows * columns * sample_bytes,
    )


def restorer_spec(
    config: Config,
    info: StreamInfo,
    restorers: Restorers,
    folder: Path,
    wake_endpoints: tuple[str, ...],
    report_endpoint: str,
    locked: tuple[NormalisationLocked, ...],
    revision: int = 0,
    relocks: int = 0,
) -> RestorerSpec:
    """Write a restorer's orders; what one has locked is handed on to the next one of the run."""
    section = config.restorer
    camera = section.camera
    reference = ReferenceStream.of(info)
    return RestorerSpec(
        run_id=info.run_id,
        raw_ring=str(run_place.raw_ring(folder)),
        restored_ring=str(run_place.restored_ring(folder)),
        wake_endpoints=wake_endpoints,
        report_endpoint=report_endpoint,
        engine=restorers.engine,
        model=str(restorers.model.folder),
        precision=restorers.precision,
        threads=restorers.threads,
        shape_yx=info.shape_yx,
        dtype=info.dtype,
        restored_dtype=restored_type(config, info),
        latency_budget_ms=section.latency_budget_ms,
        max_batch=section.max_batch,
        lock_frames=section.lock_frames,
        normalisation=restorers.normalisation,
        window=section.window,
        camera=None if camera is None else (camera.gain, camera.offset, camera.read_noise),
        locked=locked,
        revision=revision,
        relocks=relocks,
        guards=_guard_spec(config, info),
        reference=None if reference is None else (reference.channel, reference.light),
        log_level=config.log.level,
        log_format=config.log.format,
    )


def _guard_spec(config: Config, info: StreamInfo) -> GuardSpec | None:
    section = config.restorer.guards
    if not section.enabled:
        return None
    binning = plain_binning(info.detail["binning"]) if "binning" in info.detail else ""
    calibrated = find_calibration(config, info)
    return GuardSpec(
        on_alarm=section.on_alarm,
        after_frames=section.after_frames,
        pixel_size_um=info.pixel_size_um,
        exposure_ms=info.exposure_ms,
        binning=int(binning) if binning.isdecimal() else None,
        saturation_adu=None if calibrated is None else calibrated.calibration.saturation,
    )


def publisher_spec(
    config: Config, folder: Path, wake_endpoints: tuple[str, ...], run_id: str
) -> PublisherSpec:
    """Write a publisher's orders."""
    return PublisherSpec(
        raw_ring=str(run_place.raw_ring(folder)),
        restored_ring=str(run_place.restored_ring(folder)),
        wake_endpoints=wake_endpoints,
        preview_endpoint=config.publish.preview,
        preview_file=str(run_place.preview_file(folder)),
        end_file=str(run_place.end_file(folder)),
        max_hz=config.publish.max_hz,
        start_file=str(run_place.start_file(folder)),
        security=security_spec(config, folder),
        refusals_file=str(run_place.preview_refusals_file(folder)),
        run_id=run_id,
        log_level=config.log.level,
        log_format=config.log.format,
    )
