"""How often each guard is right, and what all of them cost beside the engine.

::

    python benchmarks/guards.py --data recordings          # all of it; writes results/guards.json
    python benchmarks/guards.py --data recordings --case stripes   # only some cases
    python benchmarks/guards.py --data recordings --real   # only recordings that set no threshold
    python benchmarks/guards.py --cost                     # only time, beside the engine in one run
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from guards_cases import CASES, Case
from guards_damage import Seen, units
from guards_recordings import recordings
from guards_streams import Restore, draw_stream, make_restorer
from guards_unlike import unlike_cases
from machine import Machine
from report import RESULTS, print_grid, write_document

from livecare.engines import make_engine
from livecare.engines.protocol import Engine
from livecare.frame import FrameHeader, Position
from livecare.guards import GUARDS, Expectation, Guards, TrustStatistics
from livecare.link import GuardSpec
from livecare.models import load_bundled
from livecare.models.normalise import CameraNoise, NoiseUnits
from livecare.restorer.intake import Frame
from livecare.restorer.onlookers import Onlookers
from livecare.simulation import Camera, SceneSettings, SimulatedScene
from livecare.supervisor.children import ONE_BLAS_THREAD
from livecare.wire import FrameMessage

TURNS: Final = 5
"""Of the engine alone, and as many of all."""
SEED: Final = 7000
"""Of the streams here; those that thresholds were found on have others."""

Alarms = dict[str, list[bool]]


def judge(seen: Iterable[Seen], expectation: Expectation, alarms: Alarms) -> None:
    """Add a stream's alarms by guard."""
    guards = Guards(expectation)
    for each in seen:
        readings = guards.examine(each.raw, each.restored, units(each))
        if each.counts:
            for name, reading in readings.items():
                alarms[name].append(reading.alarm)
            alarms["frames"].append(True)


def play(
    case: Case, streams: int, restore: Restore, trust: TrustStatistics, seed: tuple[int, int]
) -> Alarms:
    """Play a case on some streams and return all alarms."""
    alarms: Alarms = defaultdict(list)
    told = case.expectation
    expectation = told if told.trust else Expectation(trust=trust)
    for k in range(streams):
        rng = np.random.default_rng((*seed, k))
        stream = draw_stream(
            rng, 256, case.specimen, case.speed_px, case.photons, counters=case.counters
        )
        judge(case.play(stream, restore, rng), expectation, alarms)
    return alarms


def rates(alarms: Alarms) -> dict[str, float]:
    """Return the part of the frames on which each guard alarmed."""
    return {name: float(np.mean(each)) for name, each in alarms.items() if name != "frames"}


def hits(alarms: Alarms, claimed: Sequence[str]) -> float | None:
    """Return the part of the frames on which a claimed guard alarmed."""
    known = [np.array(alarms[name]) for name in claimed if alarms.get(name)]
    if not known:
        return None
    shortest = min(map(len, known))
    return float(np.mean(np.any([each[-shortest:] for each in known], axis=0)))


def table(streams: int, restore: Restore, only: str, first: int) -> list[dict[str, Any]]:
    """Play all cases."""
    trust = TrustStatistics.read(load_bundled("default-fast").trust)
    cases = [*CASES.values(), *unlike_cases(restore)]
    found = []
    for number, case in enumerate(cases):
        if only and not re.search(only, case.name):
            continue
        alarms = play(case, streams, restore, trust, (first, number))
        rate = rates(alarms)
        found.append(
            {
                "case": case.name,
                "claimed": list(case.claimed),
                "clean": not case.claimed and not case.unclaimed,
                "frames": len(alarms["frames"]),
                "hits": hits(alarms, case.claimed),
                "alarms": {name: round(each, 4) for name, each in rate.items()},
            }
        )
        others = ", ".join(
            f"{name} {each:.1%}"
            for name, each in sorted(rate.items(), key=lambda item: -item[1])
            if name not in case.claimed and each > 0
        )
        hit = found[-1]["hits"]
        print(
            f"{case.name:32s} {len(alarms['frames']):5d}  "
            f"{'-' if hit is None else f'{hit:.1%}':>7s} {'/'.join(case.claimed):24s} {others}",
            flush=True,
        )
    return found


def judge_recordings(folder: Path, restore: Restore) -> list[dict[str, Any]]:
    """Return the alarms on real recordings, none of which set a threshold."""
    trust = TrustStatistics.read(load_bundled("default-fast").trust)
    found = []
    for name, noise, frames in recordings(folder):
        alarms: Alarms = defaultdict(list)
        seen = (Seen(raw, restore(raw, noise, "float32"), noise) for raw in frames)
        judge(seen, Expectation(trust=trust), alarms)
        rate = {key: each for key, each in rates(alarms).items() if each > 0}
        found.append({"recording": name, "frames": len(frames), "alarms": rate})
        said = ", ".join(f"{key} {each:.0%}" for key, each in rate.items())
        print(f"{name:40s} {len(frames):3d}  {said or 'none'}", flush=True)
    return found


def cost(sides: Sequence[int], rounds: int, threads: int) -> list[dict[str, Any]]:
    """Time engine and guards in turns, ms per frame: the fastest and the median of each."""
    camera = Camera()
    normalisation = NoiseUnits(CameraNoise(camera.gain_adu_per_e, camera.offset_adu, 1.6))
    trust = TrustStatistics.read(load_bundled("default-fast").trust)
    engine = make_engine("onnxruntime")
    engine.load(load_bundled("default-fast"), threads)
    found = []
    for side in sides:
        raw = SimulatedScene(SceneSettings(size_yx=(side, side), camera=camera)).frame(0)
        restored = np.empty_like(raw)
        guards = Guards(Expectation(trust=trust))
        times: dict[str, list[float]] = {"engine": [], "guards": []}
        for _ in range(rounds):
            begun = time.perf_counter()
            engine.infer(raw[None], restored[None], [normalisation])
            times["engine"].append(1e3 * (time.perf_counter() - begun))
            begun = time.perf_counter()
            guards.examine(raw, restored, normalisation)
            times["guards"].append(1e3 * (time.perf_counter() - begun))
        least = {name: min(each[2:]) for name, each in times.items()}
        middle = {name: float(np.median(each[2:])) for name, each in times.items()}
        live = live_cost(engine, side, {512: 150, 2048: 16}.get(side, 100))
        found.append({"side": side, "least_ms": least, "median_ms": middle, "live_ms": live})
        print(
            f"{side}², as in a live run: engine {live['engine']:.1f} ms a frame, guards, light and "
            f"predicted errors {live['onlookers']:.2f} ms: "
            f"{live['onlookers'] / live['engine']:.1%}",
            flush=True,
        )
        print(
            f"{side}²: engine {least['engine']:.1f} ms (median {middle['engine']:.1f}), guards "
            f"{least['guards']:.2f} ms ({middle['guards']:.2f}): "
            f"{least['guards'] / least['engine']:.1%} ({middle['guards'] / middle['engine']:.1%})",
            flush=True,
        )
    engine.close()
    return found


def live_cost(engine: Engine, side: int, frames: int) -> dict[str, float]:
    """Time the engine alone and with all who look at live frames, by turns, means per frame, ms.

    As the restorer does it: small frames spared, light five times a second, predicted errors now
    and then. The camera waits for nobody: there is a frame whenever the engine is free. Onlookers
    are charged with all by which frames take longer, also by which they slow the engine down.
    """
    camera = Camera()
    normalisation = NoiseUnits(CameraNoise(camera.gain_adu_per_e, camera.offset_adu, 1.6))
    scene = SimulatedScene(SceneSettings(size_yx=(side, side), camera=camera, bank_frames=8))
    raws = [scene.frame(number) for number in range(8)]
    onlookers = Onlookers.of(engine, load_bundled("default-fast"), GuardSpec(), lambda _: None)
    assert onlookers is not None
    restored = np.empty_like(raws[0])

    def each_ms(*, watched: bool) -> float:
        begun = time.perf_counter()
        for number in range(frames):
            raw = raws[number % len(raws)]
            engine.infer(raw[None], restored[None], [normalisation])
            if watched:
                header = FrameHeader(number, Position(number), raw.shape, "uint16", 0)
                frame = Frame(FrameMessage("cost", header), raw)
                onlookers.examine(frame, restored, normalisation)
                onlookers.measure(frame, restored, normalisation)
        return 1e3 * (time.perf_counter() - begun) / frames

    turns = [(each_ms(watched=False), each_ms(watched=True)) for _ in range(TURNS)]
    alone = float(np.median([each for each, _ in turns]))
    return {"engine": alone, "onlookers": float(np.median([b - a for a, b in turns]))}


def main() -> None:
    """Measure as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("LIVECARE_DATA"))
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--case", default="", help="only cases whose name fits this pattern")
    parser.add_argument("--seed", type=int, default=SEED, help="of the streams")
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    if any(os.environ.get(name) != value for name, value in ONE_BLAS_THREAD.items()):
        command = [sys.executable, *sys.argv]  # again, as a run starts its restorer
        sys.exit(
            subprocess.run(command, env={**os.environ, **ONE_BLAS_THREAD}, check=False).returncode
        )
    machine, found, some = Machine.here(), {}, chosen.real or chosen.cost or bool(chosen.case)
    if chosen.case or not some:
        found["cases"] = table(chosen.streams, make_restorer(), chosen.case, chosen.seed)
        print_grid([("guard", *_false(found["cases"]))])
    if chosen.real or not some:
        found["recordings"] = judge_recordings(chosen.data, make_restorer())
    if chosen.cost or not some:
        found["cost"] = cost((512, 2048), 15, chosen.threads)
    if not some:
        write_document(RESULTS / "guards.json", "guards", machine, **found)


def _false(found: list[dict[str, Any]]) -> list[str]:
    """Return each guard's alarms over all clean frames."""
    clean = [each for each in found if each["clean"]]
    return [
        f"{name} {np.mean([each['alarms'].get(name, 0.0) for each in clean]):.2%}"
        for name in GUARDS
        if clean
    ]


if __name__ == "__main__":
    main()
