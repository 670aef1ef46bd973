"""How often each guard is right, and what all of them cost beside the engine.

::

    python benchmarks/guards.py --data recordings          # all of it, into results/guards.json
    python benchmarks/guards.py --data recordings --case stripes   # only some cases
    python benchmarks/guards.py --data recordings --real   # only recordings that set no threshold
    python benchmarks/guards.py --cost                     # only time, beside the engine in one run
"""

import argparse
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from guards_cases import CASES, Case
from guards_cost import cost
from guards_damage import Seen, units
from guards_recordings import recordings
from guards_streams import Restore, draw_stream, make_restorer
from guards_unlike import unlike_cases
from machine import Machine
from report import place_of, print_grid, write_document

from livecare.guards import GUARDS, Expectation, Guards, TrustStatistics
from livecare.models import load_bundled
from livecare.supervisor.children import ONE_BLAS_THREAD

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
    parser.add_argument("--out", type=Path, help="the JSON")
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
    write_document(place_of(parser, chosen, "guards"), "guards", machine, **found)


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
