"""A stream of the fake CUDA: work that waits, or is written down."""

from collections.abc import Callable
from dataclasses import dataclass, field

Operation = Callable[[], None]


@dataclass
class FakeStream:
    """What is queued, and what is being captured instead; None while nothing is."""

    queued: list[Operation] = field(default_factory=list)
    captured: list[Operation] | None = None
    spoilt: bool = False
