"""livecare beside those that restore with the same network: same frames, same threads, one run.

CSBDeep (TensorFlow), CAREamics and PyTorch are installed apart, each in a virtual environment that
this script makes with pip and keeps in `--environments`::

    python benchmarks/peers.py --environments /data/peers

All restore frames of 512 × 512 pixels, float32, with CARE's U-Net of depth 2, 32 filters, 3 × 3
(`reference_network.py`) and, where the table does not say otherwise, the same weights: what each
makes of the first frame is compared with livecare's fp32. Each is a process that computes only when
it is its turn; each round has a turn of everyone. `default-fast` is livecare's own network.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np
from engine_side import command
from limits import camera_frames
from machine import Machine
from numpy.typing import NDArray
from peer_contenders import CONTENDERS, Contender
from peer_environments import REQUIREMENTS, python_of
from peer_rows import HEADINGS, as_cells, baseline_of, compare, result_file, row_of
from reference_network import NAME, reference
from report import place_of, print_grid, write_document
from side_protocol import reason_of
from sides import BENCHMARKS, RefusedError, Side, take_turns

from livecare.models import IntensityWindow, find_model

FRAME_PX: Final = 512


def main() -> None:
    """Install, measure, print, write."""
    given = read_arguments(sys.argv[1:])
    chosen = [each for each in CONTENDERS if not given.only or each.name in given.only]
    machine = Machine.here()
    refused: dict[str, str] = {}
    told: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        scratch = Path(name)
        frames = np.stack(camera_frames(given.side)).astype(np.float32)
        np.save(scratch / "frames.npy", frames)
        package = reference(given.reference).folder
        started = []
        for each in chosen:
            try:
                side = stack.enter_context(Side(each.name, words_of(each, given), given.threads))
                told[each.name] = load(side, each, package, scratch, frames, given)
                started.append(side)
            except RefusedError as error:
                refused[each.name] = str(error)
            except subprocess.CalledProcessError as error:
                refused[each.name] = f"cannot be installed: {reason_of(error)}"
        taken, failed = take_turns(started, given.rounds, given.seconds, given.least)
        differences = dict(compare(scratch, list(taken), frames))
    refused |= failed
    rows = [row_of(each, taken, told, differences, refused) for each in chosen]
    print(f"peers, {given.side}², float32, {given.threads} threads: {machine}")
    print_grid([HEADINGS, *map(as_cells, rows)])
    write_document(
        given.out, "peers", machine, quick=given.quick, side=given.side, threads=given.threads,
        rounds=given.rounds, baseline=baseline_of(taken), requirements=REQUIREMENTS, rows=rows,
    )  # fmt: skip


def read_arguments(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    parser.add_argument("--out", type=Path, help="the JSON")
    parser.add_argument(
        "--environments", type=Path, default=Path("peer-environments"), help="kept between runs"
    )
    names = [each.name for each in CONTENDERS]
    parser.add_argument("--only", nargs="+", choices=names, default=[], help="only these")
    parser.add_argument("--side", type=int, default=FRAME_PX, help="of the frames, pixels")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each turn")
    parser.add_argument("--least", type=int, default=3, help="frames in a turn at least")
    parser.add_argument("--reference", type=Path, help="folder of the reference network")
    given = parser.parse_args(words)
    given.out = place_of(parser, given, "peers")
    if given.quick:
        given.side, given.rounds, given.seconds, given.least = 64, 1, 0.0, 1
    return given


def words_of(each: Contender, given: argparse.Namespace) -> list[str]:
    """Return what starts a contender's side; its environment is made first."""
    if not each.script:
        return command(*each.way)
    python = python_of(given.environments, each.environment)
    return [str(python), str(BENCHMARKS / each.script), *each.way]


def load(
    side: Side,
    each: Contender,
    package: Path,
    scratch: Path,
    frames: NDArray[np.float32],
    given: argparse.Namespace,
) -> dict[str, Any]:
    """Let a side make its network ready and restore a frame. Raises RefusedError."""
    if each.script:
        window = IntensityWindow.from_frames(list(frames))
        order: dict[str, Any] = {"package": str(package), "window": [window.low, window.high]}
    else:
        model = package if each.model == NAME else find_model(each.model).folder
        order = {"model": str(model), "side": given.side, "batch": 1, "check": True}
    shown = str(scratch / "frames.npy")
    answer = side.ask("load", frames=shown, threads=given.threads, **order)
    side.ask("restore", path=str(result_file(scratch, each.name)))
    return answer


if __name__ == "__main__":
    main()
