"""What all that looks at restored frames costs beside the engine, as in a live run.

Predicted errors are measured now and then: every few seconds of small frames, every half minute of
large ones. A live run has as many of these as its time has room for, so here frames are looked at
for whole rounds of them, on a clock that stands still while nobody looks.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from typing import Any, Final

import numpy as np

from livecare.engines import make_engine
from livecare.engines.protocol import Engine
from livecare.frame import FrameHeader, Pixels, Position
from livecare.guards import Expectation, Guards, TrustStatistics
from livecare.link import GuardSpec, Report, SpreadMeasured
from livecare.models import load_bundled
from livecare.models.normalise import CameraNoise, NoiseUnits
from livecare.restorer.intake import Frame
from livecare.restorer.onlookers import Onlookers
from livecare.restorer.sureness import Sureness
from livecare.restorer.thrift import Thrift
from livecare.restorer.vigilance import Vigilance
from livecare.simulation import Camera, SceneSettings, SimulatedScene
from livecare.wire import FrameMessage

MODEL: Final = "default-fast"
"""What restores."""
FRAMES: Final = {512: 150, 2048: 16}
"""Frames of a turn, by rows: some seconds, in which a machine stays as fast as it is."""
LEAST_S: Final = 60.0
"""Time that frames are looked at, seconds, at least: it ends with a whole round."""
BANK_FRAMES: Final = 8
"""Frames that are shown again and again."""


class Stopwatch:
    """A steady clock, seconds, that stands still unless it is let run."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._ran_s = 0.0
        self._since: float | None = None

    def __call__(self) -> float:
        """Return how long it has run."""
        return self._ran_s + (0.0 if self._since is None else self._clock() - self._since)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let it run meanwhile."""
        self._since = self._clock()
        try:
            yield
        finally:
            self._ran_s, self._since = self(), None


class Turns:
    """Shows frames to nobody and to all who look, by turns, for whole rounds.

    Parameters
    ----------
    clock : callable
        A steady clock, seconds.

    Attributes
    ----------
    watched : Stopwatch
        Runs while somebody looks: the clock of those who do.
    rounds : int
        Rounds that have ended; whoever measures now and then counts this up each time.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._alone, self.watched = Stopwatch(clock), Stopwatch(clock)
        self.rounds = 0

    def means_s(
        self,
        restore: Callable[[int], None],
        look: Callable[[int], None],
        frames: int,
        least_s: float,
    ) -> tuple[float, float]:
        """Return the mean time of a frame alone and looked at, seconds.

        What counts begins and ends with the end of a round, so that there is as much of what is
        rare as of the time between.

        Parameters
        ----------
        restore, look : callable
            Restores the frame of a number, and shows it to all who look.
        frames : int
            Of a turn.
        least_s : float
            How long frames are looked at, seconds, at least.
        """
        numbers = count()
        while not self.rounds:
            self._watch(restore, look, next(numbers))
        begun_s, begun_at = self.watched(), next(numbers)
        turns = 0
        while True:
            turns += 1
            with self._alone.running():
                for number in range(frames):
                    restore(number)
            for number in islice(numbers, frames):
                ended = self._watch(restore, look, number)
                spent_s = self.watched() - begun_s
                if ended and spent_s >= least_s:
                    return self._alone() / (turns * frames), spent_s / (number - begun_at)

    def _watch(
        self, restore: Callable[[int], None], look: Callable[[int], None], number: int
    ) -> bool:
        """Restore a frame and have it looked at; tell whether a round ended with it."""
        before = self.rounds
        with self.watched.running():
            restore(number)
            look(number)
        return self.rounds > before


def live_cost(engine: Engine, side: int, least_s: float = LEAST_S) -> dict[str, float]:
    """Time the engine alone and with all who look at live frames, by turns, means per frame, ms.

    As the restorer does it: small frames spared, light five times a second, predicted errors now
    and then. The camera waits for nobody: there is a frame whenever the engine is free. Onlookers
    are charged with all by which frames take longer, also by which they slow the engine down.
    """
    scene, normalisation = simulated(side)
    raws = [scene.frame(number) for number in range(BANK_FRAMES)]
    restored = np.empty_like(raws[0])
    turns = Turns()

    def say(report: Report) -> None:
        turns.rounds += isinstance(report, SpreadMeasured)

    model, watched = load_bundled(MODEL), turns.watched
    onlookers = Onlookers(
        Vigilance(GuardSpec(), model, say), Thrift(say, watched), Sureness(engine, say, watched)
    )

    def restore(number: int) -> None:
        engine.infer(raws[number % BANK_FRAMES][None], restored[None], [normalisation])

    def look(number: int) -> None:
        raw = raws[number % BANK_FRAMES]
        frame = Frame(FrameMessage("cost", header_of(number, raw)), raw)
        examined = bool(onlookers.examine(frame, restored, normalisation))
        onlookers.measure(frame, restored, normalisation, examined=examined)

    # the first time takes longer, and would be rested from longer
    Sureness(engine, lambda _: None).look(header_of(0, raws[0]), raws[0], normalisation)
    alone_s, both_s = turns.means_s(restore, look, FRAMES.get(side, 100), least_s)
    return {"engine": 1e3 * alone_s, "onlookers": 1e3 * (both_s - alone_s)}


def header_of(number: int, raw: Pixels) -> FrameHeader:
    """Return what is known of a frame."""
    return FrameHeader(number, Position(number), raw.shape, "uint16", 0)


def simulated(side: int) -> tuple[SimulatedScene, NoiseUnits]:
    """Return a scene of square frames, and what they are normalised with."""
    camera = Camera()
    settings = SceneSettings(size_yx=(side, side), camera=camera, bank_frames=BANK_FRAMES)
    noise = CameraNoise(camera.gain_adu_per_e, camera.offset_adu, 1.6)
    return SimulatedScene(settings), NoiseUnits(noise)


def cost(sides: Sequence[int], rounds: int, threads: int) -> list[dict[str, Any]]:
    """Time engine and guards in turns, ms per frame: the fastest and the median of each."""
    engine = make_engine("onnxruntime")
    engine.load(load_bundled(MODEL), threads)
    found = []
    for side in sides:
        times = single_times(engine, side, rounds)
        least = {name: min(each) for name, each in times.items()}
        middle = {name: float(np.median(each)) for name, each in times.items()}
        live = live_cost(engine, side)
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


def single_times(engine: Engine, side: int, rounds: int) -> dict[str, list[float]]:
    """Time engine and guards on one frame, by turns, ms; the first two of each do not count."""
    scene, normalisation = simulated(side)
    raw = scene.frame(0)
    restored = np.empty_like(raw)
    guards = Guards(Expectation(trust=TrustStatistics.read(load_bundled(MODEL).trust)))
    times: dict[str, list[float]] = {"engine": [], "guards": []}
    for _ in range(rounds):
        begun = time.perf_counter()
        engine.infer(raw[None], restored[None], [normalisation])
        times["engine"].append(1e3 * (time.perf_counter() - begun))
        begun = time.perf_counter()
        guards.examine(raw, restored, normalisation)
        times["guards"].append(1e3 * (time.perf_counter() - begun))
    return {name: each[2:] for name, each in times.items()}
