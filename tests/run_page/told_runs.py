"""Recordings whose story is known: frames, losses, events, guards that raise alarms where told."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from livecare.disk import aligned_block
from livecare.frame import (
    FrameHeader,
    GuardReading,
    Ledger,
    Pixels,
    Position,
    Restoration,
    StreamInfo,
)
from livecare.sinks.checksum import CHECKSUM_BYTES
from livecare.sinks.lane import Lane
from livecare.sinks.store import Store

SHA = "ab" * 32
FRAME_NS = 20_000_000
"""From one frame to the next."""
SETTINGS: dict[str, Any] = {
    "source": {"kind": "folder-watch", "folder_watch": {"path": "in"}, "push": {"grows": True}},
    "restorer": {"model": "default-fast", "camera": None},
}


def info_of(
    shape_yx: tuple[int, int] = (48, 64),
    channels: tuple[str, ...] = ("GFP",),
    positions: tuple[str, ...] = ("A1",),
) -> StreamInfo:
    return StreamInfo(
        run_id="run <7>",
        source="micromanager: DCam & co",
        shape_yx=shape_yx,
        dtype="uint16",
        channels=channels,
        positions=positions,
        pixel_size_um=0.1,
        started_wall_ns=1_700_000_000_000_000_000,
        started_monotonic_ns=5_000,
        detail={"camera": "DCam", "exposure_ms": 10.0},
    )


def restoration(sequence: int, **changes: Any) -> Restoration:  # noqa: ANN401
    received = received_ns(sequence)
    given: dict[str, Any] = {
        "engine": "onnxruntime",
        "precision": "fp32",
        "model": "tiny <net>",
        "model_sha256": SHA,
        "normalisation": "anscombe",
        "normalised_with": {"gain": 2.0, "offset": 100.0, "read_noise": 1.5, "binning": 1.0},
        "taken_ns": received + 1_000_000,
        "engine_ns": 4_000_000,
        "published_ns": received + 6_000_000,
        "batch": 1,
    }
    return Restoration(**given | changes)


def guards_of(sequence: int) -> dict[str, GuardReading]:
    """One guard of this version that is quiet; one of another that alarms at 3 frames."""
    return {
        "saturated": GuardReading(0.001, 0.01),
        "other-thing": GuardReading(9.0 if sequence in (6, 7, 20) else 1.0 + sequence / 100, 2.0),
    }


def received_ns(sequence: int) -> int:
    return 1_005_000 + sequence * FRAME_NS


def header(sequence: int, at: Position, info: StreamInfo, **changes: Any) -> FrameHeader:  # noqa: ANN401
    given: dict[str, Any] = {
        "sequence": sequence,
        "position": at,
        "shape_yx": info.shape_yx,
        "dtype": info.dtype,
        "received_ns": received_ns(sequence),
    }
    return FrameHeader(**given | changes)


def pixels_of(sequence: int, info: StreamInfo) -> Pixels:
    y, x = np.indices(info.shape_yx)
    spot = 400 * np.exp(-((y - 20) ** 2 + (x - 20 - sequence % 9) ** 2) / 30)
    return np.random.default_rng(sequence).poisson(100 + spot).astype(np.uint16)


def append(
    lane: Lane, head: FrameHeader, pixels: Pixels, provenance: Mapping[str, Any] | None = None
) -> None:
    block = aligned_block(pixels.nbytes + CHECKSUM_BYTES)
    np.frombuffer(block, pixels.dtype, count=pixels.size)[:] = pixels.ravel()
    lane.append(head, block, provenance)


def positions(info: StreamInfo) -> Iterator[Position]:
    t = 0
    while True:
        for p in range(len(info.positions)):
            for c in range(len(info.channels)):
                yield Position(t, c, 0, p)
        t += 1


def record(
    path: Path,
    info: StreamInfo | None = None,
    frames: int = 30,
    restored: int | None = None,
    *,
    lost_before: Mapping[int, int] | None = None,
    marks: Mapping[int, str] | None = None,
    backfilled: frozenset[int] = frozenset(),
    settings: Mapping[str, Any] = SETTINGS,
    guards: bool = True,
    finish: bool = True,
) -> Path:
    """Make a recording; without an end if asked, as a killed process leaves it."""
    info = info or info_of()
    lost_before, restored = lost_before or {}, frames if restored is None else restored
    with Store.create(path, info, settings=settings) as store:
        for sequence, at in zip(range(frames), positions(info), strict=False):
            raw = pixels_of(sequence, info)
            lost = lost_before.get(sequence, 0)
            append(store.raw, header(sequence, at, info, lost_before=lost), raw)
            if sequence < restored:
                made = restoration(sequence, guards=guards_of(sequence) if guards else {})
                said = asdict(made) | ({"backfilled": True} if sequence in backfilled else {})
                append(store.restored, header(sequence, at, info), raw // 2 + 60, said)
        for sequence, text in (marks or {}).items():
            wall_ns = info.started_wall_ns + received_ns(sequence) - info.started_monotonic_ns
            store.mark(sequence, text, wall_ns)
        if finish:
            lost = sum(lost_before.values())
            store.finish(Ledger(frames, frames, restored, frames - restored, 0, lost))
    return path
