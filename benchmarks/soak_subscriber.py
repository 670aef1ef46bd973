"""A subscriber that takes what a run publishes, and counts it.

    python benchmarks/soak_subscriber.py --endpoint tcp://127.0.0.1:5765

Every second it says what it got and what it missed, as a line of JSON.
"""

import argparse
import contextlib
import json
import time
from typing import Final

from livecare.client import subscribe

PATIENCE_S: Final = 1.0
"""Wait for a frame, seconds; none need come while nothing is acquired or the publisher is gone."""
SAID_S: Final = 1.0
"""Time between two lines, seconds."""


def main() -> None:
    """Count frames until somebody ends it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--endpoint", required=True)
    chosen = parser.parse_args()
    taken, said_s = 0, time.monotonic()
    with subscribe(chosen.endpoint, "both", timeout_s=PATIENCE_S) as frames:
        while True:
            with contextlib.suppress(TimeoutError):
                next(frames)
                taken += 1
            if time.monotonic() - said_s >= SAID_S:
                said_s = time.monotonic()
                print(json.dumps({"taken": taken, "missed": frames.missed}), flush=True)


if __name__ == "__main__":
    main()
