"""Takes the ring's ends apart into the steps that they make on shared memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from livecare.ring import OverrunnableReader, RingWriter

STEPS = [("lock_word", 1), ("header", 1), ("lock_word", 2), ("block", 1), ("lock_word", 3)]
"""What a read does, in order: the method of the ring file, and which call of it."""

PUBLISH_STEPS = ["set_header", "set_lock_word", "set_word"]
"""What a publish does, in order."""


class CrashError(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


@contextmanager
def interleave(
    reader: OverrunnableReader, step: str, at: int, act: Callable[[], None]
) -> Iterator[None]:
    """Have something done just before a method of the reader's file is called the n-th time."""
    calls = 0
    original = getattr(reader._file, step)

    def stepping(ticket: int) -> object:
        nonlocal calls
        calls += 1
        if calls == at:
            act()
        return original(ticket)

    setattr(reader._file, step, stepping)
    yield
    delattr(reader._file, step)


def crash_in(end: RingWriter, step: str) -> None:
    """Have the next publish die just before a method of the writer's file."""

    def die(*_: object) -> NoReturn:
        raise CrashError

    setattr(end._file, step, die)
