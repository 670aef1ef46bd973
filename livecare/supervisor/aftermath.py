"""What becomes of parts that others have followed: completed one at a time, in the background."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Self

from livecare.errors import LivecareError
from livecare.logs import logger
from livecare.supervisor.part import Part

MOST_WAITING: Final = 16
"""Recordings that wait until those before them are completed, at most: each keeps a few files open
(of the 1024 that a process may open), and a restorer that falls further behind never catches up."""
WRITTEN_OFF: Final = f"{MOST_WAITING} recordings waited to be completed already"


class Aftermath:
    """Sees to the completion of parts, and forgets them; for the run's own thread.

    One part at a time has a restorer for what is missing. Those that wait hold no child, no ring
    and few files; what comes when too many wait is closed as it is.

    Parameters
    ----------
    changed : callable
        Called from another thread when a part is over.
    """

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._completing = ThreadPoolExecutor(1, "livecare-finish")
        self._clearing = ThreadPoolExecutor(1, "livecare-clear")
        self._ends: list[tuple[Part, Future[None]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._clearing.shutdown()
        self._completing.shutdown()

    @property
    def left(self) -> int:
        """Parts that are not over yet."""
        return sum(not end.done() for _, end in self._ends)

    def take(self, part: Part) -> None:
        """Complete a part that another is about to follow, as soon as it can be."""
        before = sum(each.recorded and not end.done() for each, end in self._ends)
        if not part.recorded:  # it does not wait until those that are have been restored
            end = self._clearing.submit(_finish, part)
        elif before == 0:
            end = self._completing.submit(_finish, part)
        elif before <= MOST_WAITING:
            rests = self._clearing.submit(part.rest)
            end = self._completing.submit(_finish, part, rests)
            logger().info("a recording waits to be completed", store=str(part.path), before=before)
        else:
            end = self._clearing.submit(_write_off, part)
            logger().warning(
                "a recording is not completed: restore it with livecare restore",
                store=str(part.path),
                why=WRITTEN_OFF,
            )
        self._ends.append((part, end))
        end.add_done_callback(lambda _: self._changed())

    def settle(self) -> None:
        """Note what went wrong in parts that are over by now, and forget them."""
        kept = []
        for part, end in self._ends:
            done = end.done()  # asked once: it may be over a moment later
            error = end.exception() if done else None
            if isinstance(error, LivecareError):
                part.account.note(str(error))
            elif error is not None or not done:
                kept.append((part, end))
        self._ends = kept

    def check(self) -> None:
        """Raise what nobody had foreseen; only at the end, so that no recording is cut short."""
        self.settle()
        for _, end in self._ends:
            end.result()


def _finish(part: Part, rests: Future[None] | None = None) -> None:
    """Complete a part, and free its memory."""
    try:
        if rests is not None:
            rests.result()
        part.finish()
    finally:
        part.close()


def _write_off(part: Part) -> None:
    """Close a part as it is, and free its memory."""
    try:
        part.write_off(WRITTEN_OFF)
    finally:
        part.close()
