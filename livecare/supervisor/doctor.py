"""What this machine offers livecare, and what is missing with its cure."""

import platform
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import psutil

from livecare import __version__, disk
from livecare.config import read_config
from livecare.engines import AUTO, ENGINES, resolve_engine
from livecare.errors import MissingExtraError
from livecare.models.package import bundled_names
from livecare.supervisor.plan import engine_cores, plan_restorers
from livecare.supervisor.run_folder import MEMORY_FOLDER

EXTRAS: Final = {
    "onnxruntime": ("onnxruntime", "restores on the CPU"),
    "micromanager": ("pymmcore", "acquires with Micro-Manager"),
    "compression": ("numcodecs", "compresses recordings"),
    "train": ("torch", "trains models"),
}
"""Each extra of livecare: a package that shows that it is installed, and what it is for."""

GIGABYTE: Final = 1e9


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of an examination: what was looked at, and what was found."""

    what: str
    found: str


def examine(config: Path | None) -> list[Finding]:
    """Look at everything that a run depends on; starts and changes nothing.

    Parameters
    ----------
    config : Path or None
        A configuration to check as well.

    Raises
    ------
    UsageError
        If the configuration is wrong or asks for what is not there.
    """
    memory = psutil.virtual_memory()
    findings = [
        Finding("livecare", f"{__version__}, Python {platform.python_version()}, {sys.platform}"),
        Finding("cores", f"{psutil.cpu_count()}, of which an engine may use {engine_cores()}"),
        Finding("memory", f"{memory.available / GIGABYTE:.1f} GB free"),
        Finding("ring", _ring()),
        Finding("engine", _engine()),
        Finding("models", ", ".join(bundled_names())),
        *(_extra(name) for name in EXTRAS),
    ]
    return findings if config is None else [*findings, *_check_config(config)]


def _ring() -> str:
    if MEMORY_FOLDER.is_dir():
        return f"in memory, {disk.free_bytes(MEMORY_FOLDER) / GIGABYTE:.1f} GB free"
    return "in a file of the temporary folder"


def _engine() -> str:
    try:
        chosen = resolve_engine(AUTO)
    except MissingExtraError as error:
        return f"none: {error}"
    others = ", ".join(name for name in ENGINES if name != chosen)
    return f"{chosen} is what 'auto' takes; there is also {others}"


def _extra(name: str) -> Finding:
    package, purpose = EXTRAS[name]
    if find_spec(package) is None:
        return Finding(f"[{name}]", f"not installed ({purpose}): pip install 'livecare[{name}]'")
    try:
        found = version(package)
    except PackageNotFoundError:
        found = "installed"
    return Finding(f"[{name}]", f"{package} {found}, {purpose}")


def _check_config(path: Path) -> list[Finding]:
    config = read_config(path)
    restorers = plan_restorers(config)
    free = disk.free_bytes(config.store.path) / GIGABYTE
    how = (
        "raw only"
        if restorers is None
        else f"{restorers.engine}, model {restorers.model.name}, {restorers.normalisation}"
    )
    return [
        Finding("configuration", f"{path} is right"),
        Finding("source", config.source.kind),
        Finding("restorer", how),
        Finding("recording", f"{config.store.path}, {free:.1f} GB free"),
    ]
