"""Which faults a soak makes, and when: drawn from a seed, so that a run can be repeated."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

Deed = Literal["kill", "stop", "record", "swap", "mark", "relock", "pause", "burst", "rubbish"]

CHILDREN: Final = ("restorer", "publisher", "exporter")
"""Processes that the run itself starts again."""
GUESTS: Final = ("subscriber", "viewer")
"""Processes that nobody but the soak starts again."""


@dataclass(frozen=True, slots=True)
class Sort:
    """A kind of fault.

    Attributes
    ----------
    deed : Deed
        What is done.
    target : str
        To whom, or which way.
    shortest_s, longest_s : float
        How long it lasts, seconds; 0 for a moment.
    undone_by : str
        The target of the deed that ends it; "" where it ends by itself.
    """

    deed: Deed
    target: str
    shortest_s: float = 0.0
    longest_s: float = 0.0
    undone_by: str = ""


SORTS: Final = (
    *(Sort("kill", target) for target in (*CHILDREN, *GUESTS)),
    *(Sort("stop", target, 0.5, 8.0) for target in (*CHILDREN, *GUESTS)),
    Sort("stop", "camera", 0.5, 4.0),
    Sort("record", "off", 2.0, 12.0, undone_by="on"),
    Sort("swap", "identity", 5.0, 20.0, undone_by="back"),
    Sort("mark", "run"),
    Sort("relock", "run"),
    Sort("pause", "camera", 1.0, 6.0),
    Sort("burst", "camera", 0.5, 2.0),
    Sort("rubbish", "push"),
    Sort("rubbish", "control"),
)
"""What can happen. The recorder is never killed here: it would be another run after that."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """A time at which something is done.

    Attributes
    ----------
    at_s : float
        When, seconds after the first frame.
    deed, target : str
        What, and to whom.
    """

    at_s: float
    deed: Deed
    target: str


@dataclass(frozen=True, slots=True)
class Fault(Occasion):
    """A fault that is planned.

    Attributes
    ----------
    lasts_s : float
        How long, seconds.
    seed : int
        Chooses what is random in it.
    """

    lasts_s: float = 0.0
    seed: int = 0


def plan_faults(
    seed: int, begin_s: float, end_s: float, every_s: float, sorts: Sequence[Sort] = SORTS
) -> list[Fault]:
    """Plan faults between two times: each kind comes once before any comes again.

    Parameters
    ----------
    seed : int
        The same one plans the same faults.
    begin_s, end_s : float
        When the first may begin and the last must be over, seconds.
    every_s : float
        Mean time from one to the next, seconds.
    sorts : sequence of Sort
        What may happen.
    """
    chance = random.Random(seed)
    deck: list[Sort] = []
    planned: list[Fault] = []
    busy_until: dict[str, float] = {}
    at_s = begin_s
    while at_s < end_s:
        if not deck:
            deck = list(sorts)
            chance.shuffle(deck)
        sort = deck.pop()
        lasts_s = round(chance.uniform(sort.shortest_s, sort.longest_s), 2)
        over_s = round(at_s + lasts_s, 2)
        if over_s < end_s and at_s >= busy_until.get(sort.deed, 0.0):
            ends_itself = not sort.undone_by
            kept_s = lasts_s if ends_itself else 0.0
            planned.append(Fault(at_s, sort.deed, sort.target, kept_s, chance.getrandbits(32)))
            if not ends_itself:
                busy_until[sort.deed] = over_s
                planned.append(Fault(over_s, sort.deed, sort.undone_by))
        at_s = round(at_s + every_s * chance.uniform(0.3, 1.7), 2)
    return sorted(planned, key=lambda fault: fault.at_s)
