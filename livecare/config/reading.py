"""Knows how a configuration is read and checked: from a TOML file, or from a table."""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from livecare.config.mistakes import explain
from livecare.config.relative_paths import from_folder
from livecare.config.schema import Config
from livecare.errors import ConfigError


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
    return from_folder(config, path.absolute().parent)


def make_config(table: dict[str, Any], origin: str) -> Config:
    """Check a configuration table; `origin` names it in errors. Raises ConfigError."""
    try:
        return Config.model_validate(table)
    except ValidationError as error:
        lines = [explain(problem, table) for problem in error.errors()]
        raise ConfigError(f"{origin}: " + "; ".join(lines)) from error
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error}") from error
