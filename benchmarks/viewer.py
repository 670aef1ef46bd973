"""What the viewer costs, shows and leaves alone.

Parts: `cost` (of a new frame on the screen, beside a bare ImageItem), `start` (to the first
paint), `live` (the window beside a recorded run), `flat` (minutes of it, only looked at), `many`
(ten viewers at once), `remote` (behind a thin network). No screen is needed. `--record-seconds` and
`--minutes` say how long `live` and `flat` take; `live` writes 0.84 GB/s meanwhile.
"""

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psutil
import viewer_cost
import viewer_flat
import viewer_live
import viewer_remote
import viewer_start
from machine import Machine
from table import Figure, Options, publish, read_options
from viewer_watched import Effort

Part = Callable[[Path], list[Figure]]

ROOM: Final = 1.5
"""Room on the disk, as a multiple of what is recorded."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long the long parts take.

    Attributes
    ----------
    record_seconds : float
        What is recorded in `live`, seconds.
    minutes : float
        What is looked at in `flat`.
    """

    record_seconds: float
    minutes: float


def full(lengths: Lengths) -> dict[str, Part]:
    """List what is measured."""
    live = Effort(side=2048, rate_hz=100.0, seconds=lengths.record_seconds)
    flat = replace(live, seconds=60 * lengths.minutes)
    many = Effort(side=512, rate_hz=50.0, seconds=15.0, every_s=2.0, viewers=10)
    remote = Effort(side=2048, rate_hz=20.0, seconds=20.0, every_s=2.0)
    return {
        "cost": lambda _: _cost(quick=False),
        "start": lambda folder: viewer_start.measure(folder, 5),
        "live": lambda folder: viewer_live.measure_live(_with_room(folder, live), live),
        "flat": lambda folder: viewer_flat.measure(folder, flat),
        "many": lambda folder: viewer_live.measure_many(folder, many),
        "remote": lambda folder: viewer_remote.measure(folder, remote),
    }


def quick() -> dict[str, Part]:
    """List the two that a smoke run has the time for; the figures mean nothing."""
    return {
        "cost": lambda _: _cost(quick=True),
        "start": lambda folder: viewer_start.measure(folder, 1),
    }


def _cost(*, quick: bool) -> list[Figure]:
    if quick:
        return viewer_cost.measure(
            viewer_cost.Effort(((320, 200),), ((64, "uint16"),), rounds=1, frames=2)
        )
    windows = ((1280, 800), (1920, 1080))
    others = ((512, "uint16"), (4096, "uint16"), (2048, "uint8"), (2048, "float32"))
    barred = viewer_cost.Effort(
        (*windows, (3840, 2160)), (viewer_cost.BARRED,), rounds=12, frames=8
    )
    return [
        *viewer_cost.measure(barred),
        *viewer_cost.measure(viewer_cost.Effort(windows, others, rounds=6, frames=6)),
    ]


def _with_room(folder: Path, effort: Effort) -> Path:
    """Return the folder if it has room for a recording. Raises SystemExit."""
    wanted = ROOM * 2 * effort.side**2 * effort.setting.frames
    free = psutil.disk_usage(str(folder)).free
    if free < wanted:
        raise SystemExit(
            f"live needs {wanted / 1e9:.0f} GB in {folder}, where {free / 1e9:.0f} GB are free: "
            f"choose another --folder or fewer --record-seconds"
        )
    return folder


def main() -> None:
    """Measure, print, write."""
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--record-seconds", type=float, default=15.0)
    own.add_argument("--minutes", type=float, default=10.0)
    chosen, _ = own.parse_known_args()
    lengths = Lengths(chosen.record_seconds, chosen.minutes)
    options = read_options("viewer", __doc__ or "", list(full(lengths)), own)
    machine = Machine.here()
    parts = quick() if options.quick else full(lengths)
    figures = [
        figure
        for name, part in parts.items()
        if options.wants(name)
        for figure in _measure(part, options)
    ]
    publish("viewer", options, machine, figures)


def _measure(part: Part, options: Options) -> list[Figure]:
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        return part(Path(folder))


if __name__ == "__main__":
    main()
