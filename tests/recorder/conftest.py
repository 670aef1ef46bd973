"""A ring that is closed afterwards, and threads that are waited for."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from recorder_fakes import PATIENCE_S, Ring

Start = Callable[[Callable[[], None]], Future[None]]


@pytest.fixture
def ring(tmp_path: Path) -> Iterator[Ring]:
    ring = Ring(tmp_path)
    yield ring
    ring.close()


@pytest.fixture
def start() -> Iterator[Start]:
    """Run something in a thread; it must have ended when the test has."""
    threads = ThreadPoolExecutor(2)
    futures: list[Future[None]] = []

    def begin(work: Callable[[], None]) -> Future[None]:
        futures.append(threads.submit(work))
        return futures[-1]

    yield begin
    for future in futures:
        future.exception(PATIENCE_S)
    threads.shutdown()
