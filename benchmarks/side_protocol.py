"""A side's half of a measurement: it computes only when a line on stdin tells it to.

Needs nothing but Python, since sides run in the environments of other packages. An order is a line
of JSON, ``{"do": "run", "seconds": 1.0}``; the answer is a line of JSON behind `MARK`, so that what
a library prints meanwhile is not mistaken for one.
"""

import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from typing import Any, Final

MARK: Final = "@side "
"""Begins every answer."""
REASON_CHARACTERS: Final = 300
"""Of a reason, so that it stays one line of a table."""

Action = Callable[..., dict[str, Any]]


def serve(actions: Mapping[str, Action]) -> None:
    """Answer orders until stdin ends.

    Every answer tells the processor time that it took, `cpu_s`; an action that fails answers
    ``{"refused": reason}``, and its traceback stands on stderr.
    """
    for line in sys.stdin:
        order = json.loads(line)
        began_s = time.process_time()
        try:
            answer = actions[order.pop("do")](**order)
        except Exception as error:  # noqa: BLE001 the top of a process, and any library may be in it
            traceback.print_exc()
            answer = {"refused": reason_of(error)}
        answer["cpu_s"] = time.process_time() - began_s
        sys.stdout.write(f"\n{MARK}{json.dumps(answer)}\n")
        sys.stdout.flush()


def timed(step: Callable[[int], object], seconds: float, least: int) -> dict[str, Any]:
    """Call `step` with 0, 1, ... for these seconds and at least so often.

    Returns
    -------
    dict
        ``ms``: how long each call took, ms. A first call is made before and not timed.
    """
    step(0)
    taken_ms: list[float] = []
    begun = time.perf_counter()
    while len(taken_ms) < least or time.perf_counter() - begun < seconds:
        started = time.perf_counter()
        step(len(taken_ms))
        taken_ms.append(1e3 * (time.perf_counter() - started))
    return {"ms": taken_ms}


def reason_of(error: BaseException) -> str:
    """Return an error's words in one line."""
    words = " ".join(str(error).split())
    return f"{type(error).__name__}: {words}"[:REASON_CHARACTERS]
