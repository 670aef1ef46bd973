"""Knows which sections make a configuration, and which keys its JSON schema allows."""

import json
import os
from typing import Self

from pydantic import Field, PrivateAttr, model_validator

from livecare.config.metrics_section import MetricsSection
from livecare.config.origin import Origin
from livecare.config.section import Section
from livecare.config.sections import (
    LogSection,
    PublishSection,
    RestorerSection,
    RingSection,
    StoreSection,
)
from livecare.config.security_section import SecuritySection, first_open
from livecare.config.source_section import SourceSection


class Config(Section):
    """A run of livecare."""

    source: SourceSection = Field(default_factory=SourceSection)
    store: StoreSection = Field(default_factory=StoreSection)
    ring: RingSection = Field(default_factory=RingSection)
    restorer: RestorerSection = Field(default_factory=RestorerSection)
    publish: PublishSection = Field(default_factory=PublishSection)
    security: SecuritySection | None = Field(
        None, description="Lets other machines in, by their keys; left out: this machine only."
    )
    metrics: MetricsSection = Field(default_factory=MetricsSection)
    log: LogSection = Field(default_factory=LogSection)

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @model_validator(mode="after")
    def _open_only_with_keys(self) -> Self:
        endpoints = {
            "publish.preview": self.publish.preview,
            "publish.telemetry": self.publish.telemetry,
            "publish.control": self.publish.control,
        }
        if self.source.kind == "push":
            endpoints["source.push.endpoint"] = self.source.settings.endpoint
        if self.security is None and (found := first_open(endpoints)):
            key, words = found
            raise ValueError(f"{key} is {endpoints[key]}, and {words}")
        return self

    @property
    def origin(self) -> Origin:
        """Where it comes from: puts file and line before errors that are due to a key of it."""
        return self._origin

    def coming_from(self, origin: Origin) -> Self:
        """Return the same, coming from elsewhere."""
        same = self.model_copy()
        same._origin = origin  # noqa: SLF001 - its own kind
        return same


def config_schema() -> str:
    """Return the JSON schema of the configuration, as text."""
    schema = Config.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "livecare.toml"
    return json.dumps(schema, indent=2) + os.linesep.replace("\r", "")
