"""Knows the section that chooses a source: it has a table of settings for each of them."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import Field, TypeAdapter, ValidationError, create_model, with_config

from livecare.config.section import STRICT, Section
from livecare.errors import ConfigError
from livecare.sources import SOURCES
from livecare.sources.micromanager import MicroManagerReference
from livecare.sources.simulated_reference import SimulatedReference

REFERENCES: Final = (MicroManagerReference, SimulatedReference)
"""Tables within the tables of sources."""

for _settings in (*(entry.settings for entry in SOURCES.values()), *REFERENCES):
    with_config(STRICT)(_settings)


class BareSourceSection(Section):
    """Where frames come from."""

    kind: str = Field(
        "simulated", description="Which source; the table of its name below holds its settings."
    )

    @property
    def settings(self) -> Any:  # noqa: ANN401 each source has its own
        """The settings of the chosen source."""
        return getattr(self, attribute_of(self.kind))


def attribute_of(kind: str) -> str:
    """Return the attribute that holds a source's settings: its name, as Python spells it."""
    return kind.replace("-", "_")


def refusals(section: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield each source whose settings it refuses itself, and its words; they end a validation."""
    for kind, entry in SOURCES.items():
        try:
            TypeAdapter(entry.settings).validate_json(json.dumps(section.get(kind, {})))
        except ConfigError as error:
            yield kind, str(error)
        except ValidationError:
            continue


if TYPE_CHECKING:
    SourceSection = BareSourceSection
else:
    SourceSection = create_model(
        "SourceSection",
        __base__=BareSourceSection,
        __doc__=BareSourceSection.__doc__,
        kind=(Literal[tuple(SOURCES)], BareSourceSection.model_fields["kind"]),
        **{
            attribute_of(kind): (
                entry.settings,
                Field(default_factory=entry.settings, alias=kind, description=entry.summary),
            )
            for kind, entry in SOURCES.items()
        },
    )
"""The section with a table for each source: what stands in `SOURCES` can be configured."""
