"""Knows how every part of the configuration behaves: frozen, and a misspelt key is an error."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the configuration: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")
