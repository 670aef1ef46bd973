"""The configuration of a run: what may be set, what it may be, and how a mistake is explained."""

import difflib
import json
import math
import os
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
    with_config,
)
from pydantic_core import ErrorDetails

from livecare.errors import ConfigError
from livecare.frame import NormalisationKind
from livecare.models.package import bundled_names
from livecare.sources import SOURCES, MicroManagerSettings
from livecare.sources.micromanager.settings import DEMO

LOOPBACK_HOSTS = ("127.0.0.1", "localhost")


def _loopback_only(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    if parts.scheme != "tcp" or parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError(
            "only this machine may connect: give tcp://127.0.0.1:PORT, or * as PORT for any; "
            "other hosts need encryption, which this version does not have"
        )
    return endpoint


Endpoint = Annotated[str, AfterValidator(_loopback_only)]

for _entry in SOURCES.values():
    with_config(ConfigDict(extra="forbid"))(_entry.settings)


class Section(BaseModel):
    """A part of the configuration: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BareSourceSection(Section):
    """Where frames come from."""

    kind: str = Field(
        "simulated", description="Which source; the table of its name below holds its settings."
    )

    @property
    def settings(self) -> Any:  # noqa: ANN401 each source has its own
        """The settings of the chosen source."""
        return getattr(self, _attribute_of(self.kind))


def _attribute_of(kind: str) -> str:
    """Return the attribute of a source's settings: its name, as Python spells it."""
    return kind.replace("-", "_")


if TYPE_CHECKING:
    SourceSection = BareSourceSection
else:
    SourceSection = create_model(
        "SourceSection",
        __base__=BareSourceSection,
        __doc__=BareSourceSection.__doc__,
        kind=(Literal[tuple(SOURCES)], BareSourceSection.model_fields["kind"]),
        **{
            _attribute_of(kind): (
                entry.settings,
                Field(default_factory=entry.settings, alias=kind, description=entry.summary),
            )
            for kind, entry in SOURCES.items()
        },
    )
"""The section with a table for each source: what stands in `SOURCES` can be configured."""


class StoreSection(Section):
    """Where the recording goes."""

    path: Path = Field(
        Path("recording.ome.zarr"), description="The OME-Zarr to write; must not exist yet."
    )
    overwrite: bool = Field(
        default=False, description="Replace a livecare recording that is there already."
    )
    compression: Literal["none", "lz4", "zstd"] = Field(
        "none", description="Lossless compression per frame; the fastest disk rate is without."
    )
    restored_dtype: Literal["raw", "float32"] = Field(
        "raw", description="Pixel type of restored frames: as the raw ones, or float32."
    )


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

    gain: float = Field(gt=0, allow_inf_nan=False, description="Counts per electron.")
    offset: float = Field(allow_inf_nan=False, description="Counts of a dark pixel.")
    read_noise: float = Field(
        ge=0, allow_inf_nan=False, description="Standard deviation of the read noise, electrons."
    )


class RestorerSection(Section):
    """How frames are restored."""

    enabled: bool = Field(default=True, description="false records raw frames only.")
    engine: str = Field(
        "auto", description="auto, onnxruntime, or identity (no restoration; for tests of speed)."
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
        None, description="For models in noise units; left out: estimated from lock_frames."
    )
    backfill: bool = Field(
        default=True, description="Restore afterwards what there was no time for."
    )
    ready_timeout_s: float = Field(
        60.0, ge=0, description="Wait so long for the engine before the acquisition starts anyway."
    )

    @model_validator(mode="after")
    def _window_is_ordered(self) -> Self:
        if self.window is not None and not -math.inf < self.window[0] < self.window[1] < math.inf:
            raise ValueError(
                f"window {self.window}: the first value must be the lower one, and both finite"
            )
        return self


class PublishSection(Section):
    """What other programs on this machine can subscribe to."""

    preview: Endpoint = Field(
        "tcp://127.0.0.1:*", description="ZeroMQ endpoint of raw and restored frames."
    )
    telemetry: Endpoint = Field(
        "tcp://127.0.0.1:*", description="ZeroMQ endpoint of the run's state, five times a second."
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


class Config(Section):
    """A run of livecare."""

    source: SourceSection = Field(default_factory=SourceSection)
    store: StoreSection = Field(default_factory=StoreSection)
    ring: RingSection = Field(default_factory=RingSection)
    restorer: RestorerSection = Field(default_factory=RestorerSection)
    publish: PublishSection = Field(default_factory=PublishSection)
    log: LogSection = Field(default_factory=LogSection)


def read_config(path: Path) -> Config:
    """Read a TOML configuration.

    Relative paths in it are taken from the folder that it lies in.

    Raises
    ------
    ConfigError
        Names the file, the key and what is wrong; for an unknown key, the nearest known one.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the configuration {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    config = make_config(table, str(path))
    return _from_folder(config, path.absolute().parent)


def _from_folder(config: Config, folder: Path) -> Config:
    """Take the relative paths of a configuration from the folder that it lies in."""
    section, ring, restorer = config.store, config.ring, config.restorer
    changed: dict[str, Section] = {
        "store": section.model_copy(update={"path": folder / section.path}),
    }
    changed["source"] = config.source.model_copy(
        update={
            _attribute_of(kind): _settings_from_folder(
                getattr(config.source, _attribute_of(kind)), folder
            )
            for kind in SOURCES
        }
    )
    if ring.directory is not None:
        changed["ring"] = ring.model_copy(update={"directory": folder / ring.directory})
    if (folder / restorer.model).exists() and restorer.model not in bundled_names():
        changed["restorer"] = restorer.model_copy(update={"model": str(folder / restorer.model)})
    return config.model_copy(update=changed)


def _settings_from_folder(settings: Any, folder: Path) -> Any:  # noqa: ANN401 each source's own
    """Take a source's relative paths from a folder."""
    if isinstance(settings, MicroManagerSettings):
        return _hardware_from_folder(settings, folder)
    values = ((each.name, getattr(settings, each.name)) for each in fields(settings))
    paths = {name: folder / value for name, value in values if isinstance(value, Path)}
    return replace(settings, **paths) if paths else settings


def _hardware_from_folder(settings: MicroManagerSettings, folder: Path) -> MicroManagerSettings:
    config, adapters = settings.config, settings.adapter_path
    if config is not None and config != DEMO:
        config = str(folder / config)
    if adapters is not None:
        adapters = str(folder / adapters)
    return replace(settings, config=config, adapter_path=adapters)


def make_config(table: dict[str, Any], origin: str) -> Config:
    """Check a configuration table; `origin` names it in errors. Raises ConfigError."""
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        lines = [_explain(problem, table) for problem in error.errors()]
        raise ConfigError(f"{origin}: " + "; ".join(lines)) from error
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error}") from error


def config_schema() -> str:
    """Return the JSON schema of the configuration, as text."""
    schema = Config.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "livecare.toml"
    return json.dumps(schema, indent=2) + os.linesep.replace("\r", "")


def _explain(problem: ErrorDetails, table: dict[str, Any]) -> str:
    where = [str(part) for part in problem["loc"]]
    key = ".".join(where)
    if problem["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        nearest = difflib.get_close_matches(where[-1], _known_keys(where[:-1]), n=1)
        hint = f"; did you mean '{nearest[0]}'?" if nearest else ""
        return f"unknown key '{key}'{hint}"
    found = table
    for part in where:
        found = found.get(part, {}) if isinstance(found, dict) else {}
    given = f" (it is {found!r})" if found != {} else ""
    return f"'{key}'{given}: {problem['msg'].removeprefix('Value error, ')}"


def _known_keys(section: list[str]) -> list[str]:
    schema = Config.model_json_schema()
    here = schema
    for part in section:
        here = here["properties"][part]
        variants = [here, *here.get("anyOf", [])]  # a section that may be left out is one of them
        reference = next((each["$ref"] for each in variants if "$ref" in each), None)
        if reference:
            here = schema["$defs"][reference.rsplit("/", 1)[-1]]
    return list(here.get("properties", {}))
