"""An hour of a run under load while things go wrong: its ledger, its memory, what is silent.

    python benchmarks/soak.py                          # an hour; results/soak.{json,svg,png}
    python benchmarks/soak.py --minutes 10 --rate 20 --folder /data
    python benchmarks/soak.py --quick                  # some seconds: it works, no more

A camera in a process of its own pushes frames to a real `livecare run`; a subscriber, a viewer
without its window and the exporter of metrics, where that is installed, are attached. Faults come
at random, from a seed. Every second everything is looked at; every recording is verified as soon
as it is closed, and deleted.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import psutil
import soak_samples
from machine import Machine
from report import place_of, print_grid, write_document
from soak_checks import Checks
from soak_doing import Mischief
from soak_faults import SORTS, Fault, plan_faults
from soak_plot import draw, write_png
from soak_run import Load, SoakRun
from soak_verdict import Soak, Verdict, judge, ledger_in

from livecare.link.telemetry import Telemetry
from livecare.run_place import default_parent

RING_BYTES: Final = 1 << 30
"""Memory that the rings of a run may take, bytes: those of parts being completed among them."""
QUIET_S: Final = 20.0
"""Time at the beginning and at the end without faults, seconds, in a soak of minutes."""
WARM_S: Final = 300.0
"""Time after which memory and files must not grow, seconds, but half of the soak at most: what is
done for the first time (a part that is followed, a change of the model) takes some for good."""
SAMPLED_S: Final = 1.0
BEGUN_S: Final = 180.0
"""Longest wait for the first frame, seconds."""
ENDED_S: Final = 1800.0
"""Longest wait for what is left to be restored at the end, seconds."""
UNCHECKED_S: Final = 300.0
"""Recordings that may lie on the disk at once, as seconds of the camera."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long, how hard, and from what seed.

    Attributes
    ----------
    load : Load
        What the run has to do.
    seconds : float
        How long frames come.
    every_s : float
        Mean time between two faults, seconds.
    seed : int
        Chooses the faults.
    keep : bool
        Whether recordings stay when they are checked.
    """

    load: Load
    seconds: float
    every_s: float
    seed: int
    keep: bool = False

    @property
    def quiet_s(self) -> float:
        """Time without faults at both ends, seconds."""
        return min(QUIET_S, self.seconds / 8)

    def plan(self, *, exporter: bool) -> list[Fault]:
        """Plan the faults of everything that is attached."""
        sorts = [sort for sort in SORTS if exporter or sort.target != "exporter"]
        return plan_faults(
            self.seed, self.quiet_s, self.seconds - self.quiet_s, self.every_s, sorts
        )


def main() -> None:
    """Run, judge, print, draw and write; exit with 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--size", type=int, default=512, help="rows and columns, pixels")
    parser.add_argument("--rate", type=float, default=30.0, help="frames per second")
    parser.add_argument("--engine", default="onnxruntime")
    parser.add_argument("--every", type=float, default=8.0, help="seconds between faults, mean")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where recordings are written meanwhile")
    parser.add_argument("--keep", action="store_true", help="leave recordings and logs there")
    parser.add_argument("--out", type=Path, help="the JSON; the picture beside it")
    parser.add_argument("--quick", action="store_true", help="a smoke run of a few seconds")
    chosen = parser.parse_args()
    load = Load(chosen.size, chosen.rate, chosen.engine)
    effort = Effort(load, 60 * chosen.minutes, chosen.every, chosen.seed, chosen.keep)
    if chosen.quick:
        effort = Effort(Load(64, 20.0, "identity"), 5.0, 0.3, chosen.seed)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # else the run would outlive the soak
    machine, out = Machine.here(), place_of(parser, chosen, "soak")
    if chosen.keep:
        folder = Path(tempfile.mkdtemp(prefix="soak-", dir=chosen.folder))
        print(f"recordings and logs stay in {folder}")
        soak = measure(folder, effort)
    else:
        with tempfile.TemporaryDirectory(prefix="soak-", dir=chosen.folder) as folder:
            soak = measure(Path(folder), effort)
    verdicts = judge(soak)
    _print(effort, machine, soak, verdicts)
    _write(out, effort, machine, soak, verdicts)
    sys.exit(any(verdict.met is False for verdict in verdicts))


def measure(folder: Path, effort: Effort) -> Soak:
    """Run to the end with all that goes wrong on the way."""
    _require_room(folder, effort)
    rings = default_parent(2 * RING_BYTES) / folder.name
    checks = Checks(folder / "stores", keep=effort.keep)
    with SoakRun(folder, rings, effort.load) as run:
        try:
            watched = _Watched(run, checks, _begin(run))
            plan = effort.plan(exporter=bool(run.metrics))
            mischief = Mischief(plan, run, watched.began_s)
            try:
                watched.until_s(effort.seconds)
            finally:
                made = mischief.end()
            camera = run.end_camera()
            watched.until_end()
            exit_code = run.await_end(ENDED_S)
            checks.finish()
        finally:
            checks.end()
        if not run.report.exists():
            raise RuntimeError(f"livecare run ended with {exit_code}: {_words(run)}")
        report: dict[str, Any] = json.loads(run.report.read_text(encoding="utf-8"))
        metrics = run.textfile.read_text(encoding="utf-8") if run.metrics else ""
    return Soak(
        seconds=effort.seconds,
        warm_s=min(WARM_S, effort.seconds / 2),
        made=made,
        samples=watched.samples,
        report=report,
        exit_code=exit_code,
        camera=camera,
        checks=checks.found,
        metrics=ledger_in(metrics) if metrics else None,
    )


class _Watched:
    """A run that is looked at once a second."""

    def __init__(self, run: SoakRun, checks: Checks, first: Telemetry) -> None:
        self._run, self._checks, self._last = run, checks, first
        self.began_s = time.monotonic()
        self.samples: list[soak_samples.Sample] = []

    def until_s(self, seconds: float) -> None:
        """Look until so many seconds after the beginning. Raises RuntimeError if the run ends."""
        while time.monotonic() - self.began_s < seconds:
            if not self._run.alive:
                raise RuntimeError(f"livecare run ended in mid-soak: {_words(self._run)}")
            self._look()

    def until_end(self) -> None:
        """Look until the run ends. Raises TimeoutError."""
        deadline = time.monotonic() + ENDED_S
        while self._run.alive:
            if time.monotonic() > deadline:
                raise TimeoutError(f"livecare run does not end: {_words(self._run)}")
            self._look()
        self._look()  # its last words

    def _look(self) -> None:
        """Look once, on the second."""
        at_s = time.monotonic() - self.began_s
        time.sleep(SAMPLED_S - at_s % SAMPLED_S)
        heard = self._run.telemetry.latest()
        self._last = heard or self._last
        at_s = time.monotonic() - self.began_s
        sample = soak_samples.take(self._run, self._last, at_s, heard=heard is not None)
        self.samples.append(sample)
        self._checks.look()


def _begin(run: SoakRun) -> Telemetry:
    """Let the camera go when the run is ready for it; return what the run says then."""
    deadline = time.monotonic() + BEGUN_S
    while time.monotonic() < deadline and run.alive:
        heard = run.telemetry.latest()
        if heard is not None and heard.stage == "acquiring":
            run.tell_camera("go")
            return heard
        time.sleep(SAMPLED_S / 5)
    raise RuntimeError(f"livecare run did not begin: {_words(run)}")


def _words(run: SoakRun) -> str:
    return run.log.read_text(encoding="utf-8")[-2000:]


def _require_room(folder: Path, effort: Effort) -> None:
    """Raise SystemExit where the disk has no room for what lies there at once."""
    lasting_s = effort.seconds if effort.keep else min(effort.seconds, UNCHECKED_S)
    wanted = effort.load.bytes_per_s * lasting_s
    free = psutil.disk_usage(str(folder)).free
    if free < wanted:
        raise SystemExit(
            f"the soak needs {wanted / 1e9:.0f} GB in {folder}, where {free / 1e9:.0f} GB are "
            "free: choose another --folder, or a smaller --size or --rate"
        )


def _print(effort: Effort, machine: Machine, soak: Soak, verdicts: list[Verdict]) -> None:
    print(f"soak of {_title(effort)}: {machine}")
    counted = Counter(f"{made.deed} {made.target}" for made in soak.made)
    print(f"faults: {', '.join(f'{count} {name}' for name, count in sorted(counted.items()))}")
    for problem in soak.report["problems"]:
        print(f"the run says: {problem}")
    met = {None: "", True: "yes", False: "NO"}
    rows = [(each.what, each.found, each.bar, met[each.met]) for each in verdicts]
    print_grid([("what", "found", "must be", "met"), *rows])
    bad = [verdict.what for verdict in verdicts if verdict.met is False]
    print(f"NOT met: {'; '.join(bad)}" if bad else "all met")


def _title(effort: Effort) -> str:
    load = effort.load
    lasts = f"{effort.seconds / 60:.3g} min"
    return f"{lasts}, {load.side}² at {load.rate_hz:g} Hz, {load.engine}, seed {effort.seed}"


def _write(
    out: Path | None, effort: Effort, machine: Machine, soak: Soak, verdicts: list[Verdict]
) -> None:
    report = {key: soak.report[key] for key in ("complete", "problems", "ledger", "restorer")}
    write_document(
        out,
        "soak",
        machine,
        settings=asdict(effort),
        verdicts=[asdict(verdict) for verdict in verdicts],
        report=report,
        camera=soak.camera,
        recordings={Path(path).name: found for path, found in soak.checks.items()},
        faults=[asdict(made) for made in soak.made],
        samples=soak_samples.as_document(soak.samples),
    )
    if out is None:
        return
    svg = draw(soak.samples, soak.made, f"Soak of {_title(effort)}: {machine.cpu}")
    out.with_suffix(".svg").write_text(svg, encoding="utf-8")
    if not write_png(svg, out.with_suffix(".png")):
        print("no PNG: that needs Qt, pip install 'livecare[viewer]'; the SVG is there")


if __name__ == "__main__":
    main()
