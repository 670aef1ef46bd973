"""A subscriber that does not read for a while; run as a process, since it may abort.

Usage: full_subscriber.py ENDPOINT SECONDS. Exits with 0 once it has heard b"after".
"""

import sys
import time

from livecare.client.previews import Previews

KEEPALIVE_S = 1
PATIENCE_S = 20.0


def main(endpoint: str, stalled_s: float) -> int:
    previews = Previews(endpoint, ("raw",), queued_frames=1, keepalive_s=KEEPALIVE_S)
    until = time.monotonic() + stalled_s
    while time.monotonic() < until:
        time.sleep(0.25)
        previews.ask_for_start()
    deadline = time.monotonic() + PATIENCE_S
    while previews.wait(deadline):
        _, parts = previews.read_parts()
        if bytes(parts[0]) == b"after":
            previews.close()
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
