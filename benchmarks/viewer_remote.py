"""A viewer behind a thin network: its pictures, their age, and what others get meanwhile."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from receiver import Receiver
from runs import LivecareRun
from table import Figure
from viewer_beside import TAKER, ViewerBeside, rate, within
from viewer_relay import relay
from viewer_watched import Effort, LookedAt, follow

NETWORK_BYTES_PER_S: Final = 2e6
"""A crowded Wi-Fi."""
PREVIEW_HZ: Final = 30.0
"""What the run sends of each topic at most, 1/s, as `publish.max_hz` is left."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way of asking for pictures.

    Attributes
    ----------
    words : str
        What it is, for people.
    arguments : tuple of str
        Of `viewer_taker.py`.
    """

    words: str
    arguments: tuple[str, ...] = ()


WAYS: Final = (
    Way("plain"),
    Way("reduction 4", ("--reduction", "4")),
    Way("reduction 4, lz4", ("--reduction", "4", "--lz4")),
)


def measure(folder: Path, effort: Effort) -> list[Figure]:
    """Look through the network in every way; a viewer on the same machine looks as well."""
    alone, _ = _look(folder, effort, None)
    alone_hz = rate(alone, "raw_taken")
    figures: list[Figure] = []
    for way in WAYS:
        near, far = _look(folder, effort, way)
        figures += _figures(effort, way, near, far, alone_hz)
    return figures


def _figures(
    effort: Effort,
    way: Way,
    near: Sequence[dict[str, Any]],
    far: Sequence[dict[str, Any]],
    alone_hz: float,
) -> list[Figure]:
    words = f"{effort.words} over {NETWORK_BYTES_PER_S / 1e6:.0f} MB/s, {way.words}"
    figures = [
        Figure(
            f"{words}: {lane} pictures",
            "fps",
            "sent at most",
            [(rate(far, f"{lane}_taken"), min(PREVIEW_HZ, effort.rate_hz))],
        )
        for lane in ("raw", "restored")
    ]
    for name, pick in (("p50", median), ("most", max)):
        ages = [_ages(lines, f"raw_age_{name}_ms") for lines in (far, near)]
        if all(ages):
            pairs = [(pick(ages[0]), pick(ages[1]))]
            figures.append(Figure(f"{words}: camera to viewer, {name}", "ms", "a near one", pairs))
    near_hz = rate(near, "raw_taken")
    figures.append(
        Figure(f"{words}: a near viewer meanwhile", "fps", "nobody far", [(near_hz, alone_hz)])
    )
    return figures


def _ages(lines: Sequence[dict[str, Any]], name: str) -> list[float]:
    return [line[name] for line in lines if line[name] is not None]


def _look(
    folder: Path, effort: Effort, way: Way | None
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what a near viewer said, and a far one if there is any."""
    setting = effort.setting
    looked_at = LookedAt(setting.side, setting.rate_hz, setting.frames, setting.engine)
    every = ("--every-s", str(effort.every_s))
    with ExitStack() as stack:
        run = stack.enter_context(LivecareRun(folder, looked_at))
        near = stack.enter_context(
            ViewerBeside(folder / "near.jsonl", TAKER, *every, "--preview", run.preview)
        )
        far = None
        if way is not None:
            network = Receiver(relay, int(run.preview.rpartition(":")[2]), NETWORK_BYTES_PER_S)
            stack.callback(network.kill)
            endpoint = f"tcp://127.0.0.1:{network.hear()}"
            arguments = (*every, "--preview", endpoint, *way.arguments)
            far = stack.enter_context(ViewerBeside(folder / "far.jsonl", TAKER, *arguments))
        span, _ = follow(run)
        run.report()
        said = [[] if each is None else within(each.lines(), span) for each in (near, far)]
    return said[0], said[1]
