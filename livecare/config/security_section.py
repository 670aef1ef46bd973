"""Knows what lets other machines in: the run's key, and the folders of those who may come."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from livecare.config.endpoint import open_words
from livecare.config.section import Section


class SecuritySection(Section):
    """Keys of those who may connect, encrypted; see docs/security.md."""

    server_key: Path = Field(
        description="The run's own secret key: a file made by livecare keys create."
    )
    readers: Path | None = Field(
        None, description="Folder of the public keys of those who may see frames and telemetry."
    )
    operators: Path | None = Field(
        None, description="Folder of the public keys of those who may also control and push."
    )

    @model_validator(mode="after")
    def _somebody_may(self) -> Self:
        if self.readers is None and self.operators is None:
            raise ValueError(
                "neither readers nor operators is given, so nobody else could connect: give a "
                "folder of public keys, or leave [security] out"
            )
        return self

    def from_folder(self, folder: Path) -> "SecuritySection":
        """Take relative paths from a folder."""
        paths = {
            "server_key": self.server_key,
            "readers": self.readers,
            "operators": self.operators,
        }
        joined = {key: folder / path for key, path in paths.items() if path is not None}
        return self.model_copy(update=joined)


def first_open(endpoints: Mapping[str, str]) -> tuple[str, str] | None:
    """Find the first of several endpoints, by their keys, that other machines could reach.

    Returns
    -------
    tuple of str, or None
        Its key, and what to do about it.
    """
    for key, endpoint in endpoints.items():
        if words := open_words(endpoint):
            return key, words
    return None
