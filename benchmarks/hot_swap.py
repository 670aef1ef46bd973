"""Ten thousand frames while model and engine change five times: ledger, order, memory, gaps.

    python benchmarks/hot_swap.py                    # two minutes; writes results/hot_swap.json
    python benchmarks/hot_swap.py --engine tensorrt  # with this one instead of ONNX Runtime

A change is right when every frame is restored once, under its own sequence, each by one of the
models, in blocks that follow each other. What it costs is the longest time between two restored
frames around a change, beside the longest elsewhere in the same run.
"""

import argparse
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path
from statistics import median
from typing import Any, Final

from flat_memory import own_bytes
from machine import Machine
from report import place_of, write_document
from runs import LivecareRun, Setting

from livecare.client.endpoints import find_control
from livecare.link.asking import ask
from livecare.link.requests import Done, SwapRequest
from livecare.run_place import default_parent
from livecare.sinks.reader import StoreReader

FRAMES: Final = 10_000
CHANGES: Final = 5
RING_BYTES: Final = 1 << 30
"""Memory that the rings of the run may take, bytes."""
SETTLED: Final = 1000
"""Frames after which memory must not grow; the last engine is the first one again."""
NEAR: Final = 20
"""Frames on both sides of a change that its gap is looked for in."""
PATIENCE_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Restored:
    """What a recording says of a restored frame."""

    sequence: int
    model: str
    engine: str
    published_ns: int
    backfilled: bool


def main() -> None:
    """Run, check, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="onnxruntime")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--rate", type=float, default=150.0, help="frames per second")
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--out", type=Path, help="the JSON")
    chosen = parser.parse_args()
    machine = Machine.here()
    found = measure(chosen.engine, chosen.side, chosen.rate, chosen.frames)
    for name, value in found.items():
        print(f"{name:<28} {value}")
    settings = {name: each for name, each in vars(chosen).items() if name != "out"}
    out = place_of(parser, chosen, "hot_swap")
    write_document(out, "hot_swap", machine, settings=settings, **found)


def measure(engine: str, side: int, rate_hz: float, frames: int) -> dict[str, Any]:
    """Run once and say what became of it."""
    at = [frames * (k + 1) // (CHANGES + 1) for k in range(CHANGES)]
    sizes: list[tuple[int, float]] = []
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        rings = stack.enter_context(_rings_folder())
        setting = Setting(side, rate_hz, frames, engine, backfill=True, rings=rings)
        changer = _Changer(engine, Path(rings))
        run = stack.enter_context(LivecareRun(Path(folder), setting))
        for snapshot in run.snapshots():
            recorded = snapshot.ledger.recorded
            if snapshot.stage == "acquiring":
                sizes.append((recorded, sum(map(own_bytes, run.processes()))))
                if changer.made < len(at) and recorded >= at[changer.made]:
                    changer.change()
        report = run.report()
        restored = _restored(run.store)
    assert report["complete"], report["problems"]
    assert changer.refused == [], changer.refused
    return _judge(report, restored, sizes, frames)


def _rings_folder() -> tempfile.TemporaryDirectory[str]:
    """Make a folder of this run's own: beside another's it would not be known whom to ask."""
    parent = default_parent(RING_BYTES)
    return tempfile.TemporaryDirectory(
        prefix="livecare-hot-swap-", dir=parent, ignore_cleanup_errors=True
    )


class _Changer:
    """Asks for changes in a thread, so that the run is followed meanwhile."""

    def __init__(self, engine: str, rings: Path) -> None:
        self._ways = [
            SwapRequest(engine="identity"),
            SwapRequest(engine=engine),
            SwapRequest(model="default"),
            SwapRequest(engine="identity"),
            SwapRequest(model="default-fast", engine=engine),  # as at the beginning
        ]
        self._rings = rings
        self._thread: threading.Thread | None = None
        self.made = 0
        self.refused: list[str] = []

    def change(self) -> None:
        """Ask for the next change, unless one is under way."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._thread = threading.Thread(target=self._ask, args=(self._ways[self.made],))
        self.made += 1
        self._thread.start()

    def _ask(self, request: SwapRequest) -> None:
        answer = ask(find_control(self._rings), request, PATIENCE_S)
        if not isinstance(answer, Done):
            self.refused.append(answer.reason)


def _restored(store: Path) -> list[Restored]:
    """Read what the recording says of each restored frame, in the order of publication."""
    found = []
    for line in StoreReader(store).lines("restored"):
        made = line.provenance
        found.append(
            Restored(
                line.sequence,
                made["model"],
                made["engine"],
                made["published_ns"],
                bool(made.get("backfilled")),
            )
        )
    return sorted(found, key=lambda each: each.published_ns)


def _judge(
    report: dict[str, Any], restored: list[Restored], sizes: list[tuple[int, float]], frames: int
) -> dict[str, Any]:
    live = [each for each in restored if not each.backfilled]
    turns = [list(group) for _, group in groupby(live, key=lambda each: (each.model, each.engine))]
    gaps = [(b.published_ns - a.published_ns) / 1e6 for a, b in pairwise(live)]
    starts, place = [], 0
    for turn in turns[:-1]:
        place += len(turn)
        starts.append(place)
    near = {i for start in starts for i in range(start - NEAR, start + NEAR)}
    block = frames // (CHANGES + 1)
    settled = min(SETTLED, block // 2)
    early = [size for recorded, size in sizes if settled <= recorded < block]
    late = [size for recorded, size in sizes if recorded > frames - (block - settled)]
    assert early, "the run was over before it could be looked at"
    assert late, "the run was over before it could be looked at"
    ledger = report["ledger"]
    return {
        "ledger exact": ledger["acquired"] == ledger["recorded"] == ledger["restored"] == frames,
        "each restored once": sorted(each.sequence for each in restored) == list(range(frames)),
        "order kept": all(a.sequence < b.sequence for a, b in pairwise(live)),
        "changes": report["restorer"]["changes"],
        "restarts": report["restorer"]["restarts"],
        "blocks": [f"{turn[0].model}, {turn[0].engine}: {len(turn)}" for turn in turns],
        "skipped live": report["restorer"]["skipped_live"],
        "back-filled": report["restorer"]["backfilled"],
        "longest gap at a change, ms": max((gaps[i] for i in near if i < len(gaps)), default=0.0),
        "longest gap elsewhere, ms": max(g for i, g in enumerate(gaps) if i not in near),
        "memory growth, MB": (median(late) - median(early)) / 1e6,
        "memory at the beginning, MB": median(early) / 1e6,
    }


if __name__ == "__main__":
    main()
