"""Looks at what a configuration needs around it: room, folders, ports; and at odd combinations."""

import errno
import os
import socket
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import numpy as np

from livecare import disk
from livecare.config import Config
from livecare.link.sockets import place_of
from livecare.sources import (
    MicroManagerSettings,
    PushSettings,
    ReplaySettings,
    SimulatedSettings,
)
from livecare.supervisor.doctor.finding import Finding, out_of_sight

MS_PER_S: Final = 1e3
GIGABYTE: Final = 1e9
ANY_ADDRESS: Final = {"*": "0.0.0.0"}  # noqa: S104 - only asked whether it is free, never listened at
"""What ZeroMQ calls otherwise than the system."""
SERVICES: Final = Path("/run/livecare")
"""Where systemd makes a folder for each service (`RuntimeDirectory=` of the unit)."""


def look_at_surroundings(config: Config) -> list[Finding]:
    """Look at all of it; nothing is made, and nobody can connect to anything meanwhile."""
    looks: dict[str, Callable[[Config], Iterator[Finding]]] = {
        "recording": _recording,
        "room for the recording": _room,
        "compression": _compression,
        "ring.directory": _ring_folder,
        "ring.slots": _ring_slots,
        "latency budget": _budget,
        "ports": _ports,
    }
    findings: list[Finding] = []
    for what, look in looks.items():
        try:
            findings += look(config)
        except PermissionError as error:
            findings.append(out_of_sight(what, error))
    return findings


def _where(config: Config, key: str) -> str:
    """Return the line of a key that is written down, in parentheses."""
    place = config.origin.lines.of(key.split("."))
    return "" if place is None else f" ({config.origin.file}:{place.line})"


def _recording(config: Config) -> Iterator[Finding]:
    section = config.store
    if not section.path.exists() or section.overwrite:
        yield Finding("recording", str(section.path))
    elif section.on_existing == "number" or section.record == "when-asked":
        yield Finding("recording", f"{section.path} exists: beside it, with a number")
    else:
        cure = (
            'set store.path to a new name, or store.on_existing = "number" to record beside it, or '
            "store.overwrite = true to replace it"
        )
        found = f"{section.path} exists already{_where(config, 'store.path')}"
        yield Finding("recording", found, "red", cure)


def _room(config: Config) -> Iterator[Finding]:
    """Compare the disk with what will come, where that is known."""
    settings = config.source.settings
    if not isinstance(settings, SimulatedSettings) or settings.frames is None:
        return
    rows, columns = settings.size_yx
    restored = config.store.restored_dtype
    needed = rows * columns * np.dtype(settings.dtype).itemsize
    if config.restorer.enabled:
        needed += (
            rows * columns * np.dtype(settings.dtype if restored == "raw" else restored).itemsize
        )
    needed *= settings.frames
    free = disk.free_bytes(_nearest_folder(config.store.path.absolute().parent))
    if needed > free and config.store.compression == "none":
        found = (
            f"{settings.frames} frames take {needed / GIGABYTE:.1f} GB, {free / GIGABYTE:.1f} GB "
            f"are free{_where(config, 'store.path')}"
        )
        cure = "free some space, set store.path to another disk, or acquire fewer frames"
        yield Finding("room for the recording", found, "red", cure)


def _compression(config: Config) -> Iterator[Finding]:
    kind = config.store.compression
    if kind != "none" and find_spec("numcodecs") is None:
        found = (
            f"'{kind}' needs a package that is not installed{_where(config, 'store.compression')}"
        )
        yield Finding("compression", found, "red", "pip install 'livecare[compression]'")


def _ring_folder(config: Config) -> Iterator[Finding]:
    folder = config.ring.directory
    if folder is None:
        return
    where = _where(config, "ring.directory")
    parent = _nearest_folder(folder)
    cure = "set ring.directory to a folder that you may write, best in memory, or leave it out"
    if folder.exists() and not folder.is_dir():
        yield Finding("ring.directory", f"{folder} is no folder{where}", "red", cure)
    elif not folder.exists() and SERVICES in folder.parents:
        yield Finding("ring.directory", f"{folder}: the service makes it when it starts{where}")
    elif not os.access(parent, os.W_OK):
        yield Finding("ring.directory", f"{parent} cannot be written{where}", "red", cure)
    elif not folder.is_dir():
        found = f"{folder} does not exist{where}: it will be made in {parent}"
        cure = "if a file system in memory is to be there, mount it first"
        yield Finding("ring.directory", found, "yellow", cure)
    else:
        yield Finding(
            "ring.directory", f"{folder}, {disk.free_bytes(folder) / GIGABYTE:.2f} GB free"
        )


def _nearest_folder(path: Path) -> Path:
    """Return the innermost folder on the way to a path that is there."""
    while not path.is_dir() and path != path.parent:
        path = path.parent
    return path


def _ring_slots(config: Config) -> Iterator[Finding]:
    slots, batch = config.ring.slots, config.restorer.max_batch
    if slots is not None and config.restorer.enabled and slots < batch:
        found = f"{slots} frames{_where(config, 'ring.slots')}, but batches of up to {batch}"
        cure = f"set ring.slots to {batch} or more, or restorer.max_batch to {slots}"
        yield Finding("ring.slots", found, "yellow", cure)


def _budget(config: Config) -> Iterator[Finding]:
    interval_ms = _interval_ms(config.source.settings)
    budget_ms = config.restorer.latency_budget_ms
    if interval_ms is not None and config.restorer.enabled and budget_ms < interval_ms:
        found = (
            f"{budget_ms:g} ms{_where(config, 'restorer.latency_budget_ms')}, less than the "
            f"{interval_ms:g} ms from one frame to the next"
        )
        cure = "whatever takes longer is skipped live: allow more, unless you want that"
        yield Finding("latency budget", found, "yellow", cure)


def _interval_ms(settings: object) -> float | None:
    """Return the time from one frame to the next, where it is configured."""
    if isinstance(settings, SimulatedSettings | ReplaySettings):
        return MS_PER_S / settings.rate_hz if settings.rate_hz else None
    return settings.exposure_ms if isinstance(settings, MicroManagerSettings) else None


def _ports(config: Config) -> Iterator[Finding]:
    """Find ports that are wanted twice, or that somebody else has."""
    taken: dict[tuple[str, int], str] = {}
    for key, host, port in _fixed_ports(config):
        cure = f"set {key} to another port"
        earlier = taken.setdefault((host, port), key)
        if earlier != key:
            found = f"port {port}{_where(config, key)} is that of {earlier}, too"
            yield Finding(key, found, "red", cure)
        elif reason := _refused(host, port):
            found = f"port {port} of {host} cannot be had{_where(config, key)}: {reason}"
            yield Finding(
                key, found, "red", f"{cure}, or end what has it; a run of this file, perhaps"
            )


def _fixed_ports(config: Config) -> Iterator[tuple[str, str, int]]:
    """Yield key, host and port of each endpoint whose port is not left to the system."""
    publish, settings = config.publish, config.source.settings
    endpoints = {
        f"publish.{name}": getattr(publish, name) for name in ("preview", "telemetry", "control")
    }
    if isinstance(settings, PushSettings):
        endpoints["source.push.endpoint"] = settings.endpoint
    for key, endpoint in endpoints.items():
        place = place_of(endpoint)
        if place.port is not None:
            yield key, ANY_ADDRESS.get(place.host, place.host), place.port
    if config.metrics.http is not None:
        parts = urlsplit(f"//{config.metrics.http}")
        if parts.hostname and parts.port:
            yield "metrics.http", parts.hostname, parts.port


def _refused(host: str, port: int) -> str:
    """Say why the system does not give a port; "" where it would. Nobody can connect to it."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except OSError:  # the name of a network card, which only ZeroMQ understands
        return ""
    try:
        with socket.socket(found[0], socket.SOCK_STREAM) as probe:  # fails without IPv6
            if os.name == "posix":  # as ZeroMQ does: what a dead run has left counts as free
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[4])
    except OSError as error:
        return "it is taken" if error.errno == errno.EADDRINUSE else str(error.strerror)
    return ""
