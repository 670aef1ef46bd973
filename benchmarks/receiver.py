"""A process that receives frames, and how a benchmark hears of it."""

import multiprocessing
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

PACED_HZ: Final = 100.0
"""Frames per second at which latencies are measured."""

STARTED_S: Final = 60.0
"""Longest wait for the other process, seconds."""


class Receiver:
    """A process of its own.

    Parameters
    ----------
    work : callable
        Runs there; gets a connection, then the arguments.
    arguments : any
        Its further arguments.
    """

    def __init__(self, work: Callable[..., None], *arguments: object) -> None:
        context = multiprocessing.get_context("spawn")
        self._ours, theirs = context.Pipe()
        self._process = context.Process(target=work, args=(theirs, *arguments))
        self._process.start()

    def hear(self) -> Any:  # noqa: ANN401 - the other process decides what it says
        """Return the next thing that it says."""
        if not self._ours.poll(STARTED_S):
            raise TimeoutError("the receiving process says nothing")
        return self._ours.recv()

    @property
    def pid(self) -> int:
        """The process's number."""
        assert self._process.pid is not None
        return self._process.pid

    def end(self) -> None:
        """Wait until it has ended."""
        self._process.join()

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.join()


def paced(count: int) -> Iterator[int]:
    """Count up at `PACED_HZ`."""
    begun = time.perf_counter()
    for i in range(count):
        time.sleep(max(0.0, begun + i / PACED_HZ - time.perf_counter()))
        yield i
