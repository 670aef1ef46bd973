"""What `engines.py` is asked: which engines, what they restore, and how much is measured."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
from reference_network import NAME
from report import place_of

from livecare.engines import ENGINES, available_engines
from livecare.models import bundled_names

WINDOWS_ENGINE: Final = "onnxruntime-directml"
GPU_ENGINES: Final = ("tensorrt", "onnxruntime-cuda", WINDOWS_ENGINE)
MODELS: Final = (*bundled_names(), NAME)


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured.

    Attributes
    ----------
    threads : int
        CPU threads of each engine.
    rounds : int
        Turns of each engine in each case.
    seconds : float
        Of each turn.
    least : int
        Batches in each turn, whatever they take.
    limit_s : float
        No case is begun after so long, s.
    quick : bool
        Only show that it works.
    """

    threads: int
    rounds: int
    seconds: float
    least: int
    limit_s: float
    quick: bool


def read_arguments(words: Sequence[str], purpose: str) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--quick", action="store_true", help="a smoke run")
    parser.add_argument("--out", type=Path, help="the JSON")
    parser.add_argument("--engines", nargs="+", default=every_engine(), metavar="NAME:PRECISION")
    parser.add_argument("--gpu", action="store_true", help="only engines that run on a GPU")
    parser.add_argument("--models", nargs="+", default=list(MODELS))
    parser.add_argument("--sides", nargs="+", type=int, default=[256, 512, 1024, 2048])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 4])
    parser.add_argument("--threads", type=int, default=psutil.cpu_count() or 1)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each engine's turn")
    parser.add_argument("--least", type=int, default=3, help="batches in a turn at least")
    parser.add_argument("--limit-s", type=float, default=float("inf"), help="begin nothing later")
    parser.add_argument("--reference", type=Path, help="folder of the reference network")
    given = parser.parse_args(words)
    given.out = place_of(parser, given, "engines")
    if given.gpu:
        given.engines = every_engine(gpu_engines())
    if given.quick:
        given.sides, given.batches, given.rounds, given.seconds, given.least = [64], [1], 1, 0.0, 1
    return given


def gpu_engines() -> list[str]:
    """Return the names of the installed engines that run on a GPU of this system."""
    return [
        name
        for name in available_engines()
        if name in GPU_ENGINES and (name != WINDOWS_ENGINE or sys.platform == "win32")
    ]


def every_engine(names: Sequence[str] = available_engines()) -> list[str]:
    """Return engine:precision of these engines, in all that they compute in."""
    return [f"{name}:{precision}" for name in names for precision in ENGINES[name].precisions]
