"""What is around a restorer: at each of its waits the next thing happens that a test has listed."""

import threading
from collections.abc import Callable

from made_up_engines import PATIENCE_S, Fault
from stage_bench import StageBench

from livecare.link import Progress, Report, RestorerSpec, write_spec
from livecare.restorer.orders import Orders
from livecare.restorer.process import RestorerProcess
from livecare.ring import Phase

Step = Callable[[], object]


class StepByStep:
    """Does the next step whenever the restorer waits; `idle` when there is none."""

    def __init__(self, bench: StageBench) -> None:
        self.bench = bench
        self.orders = bench.folder / "restorer.json"
        self.steps: list[Step] = []
        self.prepared = threading.Semaphore(0)
        self.waits = 0

    def wait(self) -> None:
        self.bench.collect()
        self.waits += 1
        step = self.steps.pop(0) if self.steps else self.idle
        step()

    def idle(self) -> None:
        raise NotImplementedError

    def until_prepared(self) -> None:
        assert self.prepared.acquire(timeout=PATIENCE_S)

    def order(self, spec: RestorerSpec) -> None:
        write_spec(self.orders, spec)

    def nothing(self) -> None:
        """Look again."""


class Surroundings(StepByStep):
    """Wakes, the recorder and the supervisor; when all is done, no frame comes any more."""

    def idle(self) -> None:
        self.bench.raw.set_phase(Phase.CLOSED)

    def drain(self) -> None:
        """Nothing is remembered here."""

    def wake(self) -> None:
        self.prepared.release()

    def send(self, report: Report) -> None:
        self.bench.said.append(report)

    def run(self, spec: RestorerSpec, *steps: Step) -> None:
        self.order(spec)
        self.steps = list(steps)
        process = RestorerProcess(
            Orders(self.orders),
            self,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
            self,  # type: ignore[arg-type]
        )
        process.run()
        self.bench.collect()

    def of(self, kind: type[Report]) -> list[Report]:
        return [report for report in self.bench.said if isinstance(report, kind)]

    @property
    def last_progress(self) -> Progress:
        report = self.of(Progress)[-1]
        assert isinstance(report, Progress)
        return report

    def hold(self, engine: str) -> threading.Event:
        """Have an engine load no sooner than this is set."""
        may_load = threading.Event()
        self.bench.engines.faults[engine] = Fault(may_load=may_load)
        return may_load

    def ordering(self, spec: RestorerSpec, after: int) -> list[Step]:
        """Return steps: an engine is ready, so many frames come, then other orders."""
        return [
            self.until_prepared,
            lambda: self.bench.publish(range(after)),
            lambda: self.order(spec),
        ]

    def publishing(self, begin: int, end: int) -> list[Step]:
        """Return steps that publish a frame each."""
        return [lambda i=i: self.bench.publish(range(i, i + 1)) for i in range(begin, end)]  # type: ignore[misc]
