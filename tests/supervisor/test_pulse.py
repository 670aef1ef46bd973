"""While a child ends, the run goes on saying how it is."""

import threading
from types import SimpleNamespace
from typing import Any

from livecare.supervisor.pulse import Pulse


class EndingChild:
    """Ends by itself after some looks at it; what is asked of it is noted."""

    def __init__(self, looks: int) -> None:
        self._looks = looks
        self.asked: list[object] = []

    @property
    def alive(self) -> bool:
        self._looks -= 1
        return self._looks > 0

    def dismiss(self) -> None:
        self.asked.append("dismiss")

    def end(self, timeout_s: float) -> None:
        self.asked.append(timeout_s)


def test_a_child_is_seen_out_beat_by_beat() -> None:
    changed, shown = threading.Event(), list[object]()

    def show(snapshot: object) -> None:
        shown.append(snapshot)
        changed.set()  # the next beat need not wait

    pipeline: Any = SimpleNamespace(children=[], restorer=None, collection=None)
    watch: Any = SimpleNamespace(look=lambda stage: stage)
    pulse = Pulse(changed, pipeline, watch, show)
    child: Any = EndingChild(looks=5)
    pulse.see_out(child, 60.0)
    assert len(shown) == 4
    assert child.asked == ["dismiss", 0], "it is ended only once it has, or has had its time"
    late: Any = EndingChild(looks=1000)
    pulse.see_out(late, 0.0)
    assert late.asked == ["dismiss", 0]
    assert len(shown) <= 5
