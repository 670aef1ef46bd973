"""A run that goes on and can be changed, without any process: what it is ordered is kept."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from livecare.config import Config, RestorerSection, make_config
from livecare.frame import PrecisionName
from livecare.link import NormalisationLocked, Ready, Report, Swapped, SwapRefused
from livecare.link.requests import Answer, Refused, SwapRequest
from livecare.recorder import Collection
from livecare.supervisor.change import Changes
from livecare.supervisor.plan import Restorers, plan_restorers


class MadeUpPipeline:
    """What a run has that can be asked for a change; `reacts` is what the restorer makes of it."""

    def __init__(self) -> None:
        nobody: Any = None
        self.collection = Collection(nobody, nobody, nobody, nobody, lambda: 0)
        self.acquisition = SimpleNamespace(ended_ns=None)
        self.ordered: list[Restorers | None] = []
        self.adopted: list[Restorers | None] = []
        self.sections: list[RestorerSection | None] = []
        self.relocked: list[int] = []
        self.reacts: Callable[[int], object] = lambda _: None
        self.tell(Ready("first", "fp16", 1, 0.1))

    def tell(self, report: Report) -> None:
        with self.collection._changed:
            self.collection._note(report)
            self.collection._changed.notify_all()

    def order(self, restorers: Restorers | None, section: RestorerSection | None = None) -> int:
        self.ordered.append(restorers)
        self.sections.append(section)
        revision = len(self.ordered)
        self.reacts(revision)
        return revision

    def adopt(self, restorers: Restorers | None, section: RestorerSection) -> None:
        del section
        self.adopted.append(restorers)

    def order_relock(self) -> int:
        self.relocked.append(len(self.ordered) + 1)
        return self.order(self.ordered[-1] if self.ordered else None)

    def lock(self, high: float, channel: int = 0) -> None:
        values = {"low": 1.0, "high": high}
        self.tell(NormalisationLocked("fixed", values, f"frames up to {high}", channel))

    def follow(self, revision: int) -> None:
        ordered = self.ordered[-1]
        assert ordered is not None
        name = ordered.engine
        self.tell(
            Swapped(Ready(name, "fp32", 1, 0.1, ordered.model.name, "paper", "best", revision))
        )

    def refuse(self, revision: int) -> None:
        self.tell(SwapRefused(revision, "second: no GPU"))


class Asked:
    """Changes of a run that goes on."""

    def __init__(self, folder: Path, config: Config | None = None, **restorer: object) -> None:
        table = {"store": {"path": str(folder / "run.ome.zarr")}, "restorer": restorer}
        self.config: Config = config or make_config(table, "test")
        self.pipeline = MadeUpPipeline()
        self.pipeline.reacts = self.pipeline.follow
        self.present: MadeUpPipeline | None = self.pipeline
        self.first = plan_restorers(self.config)
        self.made: list[tuple[Config, Restorers | None]] = []
        self.changes = Changes(
            self.config,
            self.first,
            lambda: self.present,  # type: ignore[arg-type, return-value]
            lambda *made: self.made.append(made),
        )

    def ask(
        self,
        model: str | None = None,
        engine: str | None = None,
        precision: PrecisionName | None = None,
    ) -> Answer:
        return self.changes.handle(SwapRequest(model, engine, precision))

    def refused(self, *asked: str | None) -> str:
        """Ask for something that is refused; nothing may have changed."""
        before = self.changes.restorers
        answer = self.ask(*asked)  # type: ignore[arg-type]
        assert isinstance(answer, Refused)
        assert self.changes.restorers is before
        return answer.reason
