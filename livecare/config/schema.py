"""Knows which sections make a configuration, and which keys its JSON schema allows."""

import json
import os

from pydantic import Field

from livecare.config.section import Section
from livecare.config.sections import (
    LogSection,
    PublishSection,
    RestorerSection,
    RingSection,
    StoreSection,
)
from livecare.config.source_section import SourceSection


class Config(Section):
    """A run of livecare."""

    source: SourceSection = Field(default_factory=SourceSection)
    store: StoreSection = Field(default_factory=StoreSection)
    ring: RingSection = Field(default_factory=RingSection)
    restorer: RestorerSection = Field(default_factory=RestorerSection)
    publish: PublishSection = Field(default_factory=PublishSection)
    log: LogSection = Field(default_factory=LogSection)


def config_schema() -> str:
    """Return the JSON schema of the configuration, as text."""
    schema = Config.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "livecare.toml"
    return json.dumps(schema, indent=2) + os.linesep.replace("\r", "")


def known_keys(section: list[str]) -> list[str]:
    """Return the keys of a section, which is given as the keys that lead to it."""
    schema = Config.model_json_schema()
    here = schema
    for part in section:
        here = here["properties"][part]
        variants = [here, *here.get("anyOf", [])]  # a section that may be left out is one of them
        reference = next((each["$ref"] for each in variants if "$ref" in each), None)
        if reference:
            here = schema["$defs"][reference.rsplit("/", 1)[-1]]
    return list(here.get("properties", {}))
