"""A line of the table of engines: how it follows from what was measured."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np
from roofline import Ceilings, Work
from sides import Taken, calm_turns

HEADINGS: Final = (
    "engine", "precision", "model", "frame", "batch", "p50 ms", "p99 ms", "Mpx/s",
    "of roofline", "limit", "others", "differs from fp32",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """What is measured.

    Attributes
    ----------
    model : str
        Its name.
    side : int
        Rows and columns of the frames, pixels.
    batch : int
        Frames at a time.
    """

    model: str
    side: int
    batch: int

    @property
    def pixels(self) -> int:
        """Of a batch."""
        return self.batch * self.side**2


@dataclass(frozen=True, slots=True)
class Row:
    """An engine in a case.

    Attributes
    ----------
    engine, precision : str
        Which.
    case : Case
        What it restored.
    refused : str
        Why it has no figures; "" where it has.
    device : str
        What it ran on, as its library says.
    load_s : float
        Time to load the model, the first build of an engine included, s.
    p50_ms, p99_ms, least_ms : float
        Time of a batch, of the turns that count, ms.
    calls : int
        Batches that these are of.
    mpx_s : float
        Millions of pixels per second, at the median.
    floor_ms : float or None
        Shortest time by the roofline; None where the ceilings of its device were not measured.
    limit : str
        Whose arithmetic the roofline takes.
    others : float
        Largest share of the machine that others used in those turns.
    check : dict or None
        What a comparison with fp32 found.
    """

    engine: str
    precision: str
    case: Case
    refused: str = ""
    device: str = ""
    load_s: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    least_ms: float = 0.0
    calls: int = 0
    mpx_s: float = 0.0
    floor_ms: float | None = None
    limit: str = ""
    others: float = 0.0
    check: dict[str, Any] | None = None

    @classmethod
    def of(
        cls,
        engine: str,
        precision: str,
        case: Case,
        loaded: dict[str, Any],
        turns: Sequence[Taken],
    ) -> "Row":
        """Reckon a row from what was measured in its turns."""
        kept = [turns[index] for index in calm_turns(turns)]
        ms = np.concatenate([turn.ms for turn in kept])
        p50_ms, p99_ms = np.percentile(ms, (50, 99))
        return cls(
            engine=engine,
            precision=precision,
            case=case,
            device=loaded["device"],
            load_s=round(loaded["load_s"], 3),
            p50_ms=round(float(p50_ms), 4),
            p99_ms=round(float(p99_ms), 4),
            least_ms=round(float(ms.min()), 4),
            calls=len(ms),
            mpx_s=round(case.pixels / float(p50_ms) / 1e3, 3),
            others=round(max(turn.others for turn in kept), 3),
            check=loaded["check"],
        )

    def beside(self, work: Work, ceilings: Ceilings | None) -> "Row":
        """Return it with its floor, where there is one."""
        if self.refused or ceilings is None:
            return self
        arithmetic = self.precision or "fp32"
        floor_ms = round(work.floor_ms(self.case.pixels, arithmetic, ceilings), 4)
        return replace(self, floor_ms=floor_ms, limit=ceilings.matrix(arithmetic)[0])

    @property
    def share(self) -> float | None:
        """Floor ÷ median: 1 is what the roofline allows."""
        return None if self.floor_ms is None or not self.p50_ms else self.floor_ms / self.p50_ms

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        flat = asdict(self)
        share = self.share
        return flat.pop("case") | flat | {"share": None if share is None else round(share, 4)}

    def as_cells(self) -> tuple[str, ...]:
        """Return it as a line of a table."""
        what = (self.engine, self.precision, self.case.model, f"{self.case.side}²")
        what += (str(self.case.batch),)
        if self.refused:
            return (*what, "refused", "", "", "", "", "", self.refused)
        told = "" if self.check is None else f"{self.check['relative_rms']:.1e}"
        if self.check and not self.check["passed"]:
            told += ", too far to serve"
        return (
            *what,
            f"{self.p50_ms:.4g}",
            f"{self.p99_ms:.4g}",
            f"{self.mpx_s:.4g}",
            "" if self.share is None else f"{self.share:.2f}",
            self.limit,
            f"{self.others:.0%}",
            told,
        )
