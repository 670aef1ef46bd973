"""Which threads of this process compute: a library may keep idle ones, which cost nothing."""

from collections.abc import Callable

import psutil

SHARE = 0.05
"""Part of the CPU time that threads beyond those allowed may have: they start, and hand over."""


LEAST_S = 1.0
"""CPU time to look at, seconds: it is counted in ticks of 10 ms, of which one must not decide."""


def cpu_seconds() -> dict[int, float]:
    """CPU time of each thread so far."""
    threads = psutil.Process().threads()
    return {thread.id: thread.user_time + thread.system_time for thread in threads}


def part_of_others(work: Callable[[], object], threads: int) -> float:
    """Part of the CPU time of some work that others had than the busiest `threads` threads."""
    before = cpu_seconds()
    spent = [0.0]
    while sum(spent) < LEAST_S:
        work()
        spent = sorted(now - before.get(thread, 0.0) for thread, now in cpu_seconds().items())
    return sum(spent[:-threads]) / sum(spent)
