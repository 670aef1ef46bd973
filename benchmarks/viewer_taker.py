"""A viewer without its window: a process that takes frames as one does, and says how it is doing.

    python benchmarks/viewer_taker.py --directory RINGS --every-s 5

Ten windows need more processors than a benchmark's machine has; ten of these show what viewers do
to the run.
"""

import threading
import time
from typing import Final

from viewer_said import CountingSession, arguments, say, session_of

STEP_S: Final = 0.033
"""Time between two looks, seconds: the window's own."""


def main() -> None:
    """Look until the time is over, or somebody ends it."""
    chosen = arguments(__doc__ or "").parse_args()
    _look(session_of(chosen), chosen.every_s, chosen.for_s)


def _look(session: CountingSession, every_s: float, for_s: float) -> None:
    """Take frames as a window does."""
    began_s = said_s = time.monotonic()
    pause = threading.Event()
    say(session.facts())
    while (now_s := time.monotonic()) - began_s < for_s:
        session.step(now_s)
        if now_s - said_s >= every_s:
            said_s = now_s
            say(session.facts())
        pause.wait(max(0.0, STEP_S - (time.monotonic() - now_s)))


if __name__ == "__main__":
    main()
