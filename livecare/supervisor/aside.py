"""What may take long is done beside the run's own thread, which looks after the run meanwhile."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from livecare.supervisor.pulse import TICK_S

Done = TypeVar("Done")


def aside(
    name: str, work: Callable[[], Done], changed: threading.Event, look: Callable[[], None]
) -> Done:
    """Do something in a thread of its own; return, or raise, what comes of it.

    Parameters
    ----------
    name : str
        What the thread is called.
    work : callable
        Is done there.
    changed : threading.Event
        Wakes whoever waits here.
    look : callable
        Called every now and then until it is done, and whenever `changed` is set.
    """
    with ThreadPoolExecutor(1, name) as thread:
        doing = thread.submit(work)
        doing.add_done_callback(lambda _: changed.set())
        while not doing.done():
            changed.wait(TICK_S)
            changed.clear()
            if not doing.done():
                look()
    return doing.result()
