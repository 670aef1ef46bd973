"""Knows how every part of the configuration behaves: frozen, and strict with keys and numbers."""

from typing import Final

from pydantic import BaseModel, ConfigDict

STRICT: Final = ConfigDict(extra="forbid", allow_inf_nan=False)
"""A misspelt key is an error, and so are inf and nan, which TOML has: nothing waits or lasts for
ever, and the JSON that children get their orders in has neither."""


class Section(BaseModel):
    """A part of the configuration: frozen; misspelt keys and endless numbers are errors."""

    model_config = ConfigDict(**STRICT, frozen=True)
