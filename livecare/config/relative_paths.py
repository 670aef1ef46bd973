"""Knows which settings are paths: relative ones count from the folder of the configuration."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from livecare.config.schema import Config
from livecare.config.section import Section
from livecare.config.source_section import attribute_of
from livecare.models.package import known_folder
from livecare.sources import SOURCES, MicroManagerSettings
from livecare.sources.micromanager.settings import DEMO


def from_folder(config: Config, folder: Path) -> Config:
    """Take the relative paths of a configuration from the folder that it lies in."""
    section, ring, restorer = config.store, config.ring, config.restorer
    changed: dict[str, Section] = {
        "store": section.model_copy(update={"path": folder / section.path}),
    }
    changed["source"] = config.source.model_copy(
        update={
            attribute_of(kind): _settings_from_folder(
                getattr(config.source, attribute_of(kind)), folder
            )
            for kind in SOURCES
        }
    )
    if config.security is not None:
        changed["security"] = config.security.from_folder(folder)
    if ring.directory is not None:
        changed["ring"] = ring.model_copy(update={"directory": folder / ring.directory})
    if known_folder(restorer.model) is None and (folder / restorer.model).exists():
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
