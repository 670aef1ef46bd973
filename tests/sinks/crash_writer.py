"""A process that records until it is killed, and says on its output how far it is.

The raw lane is written by one thread, the restored one by another, which begins with the newest
frame and fills in the older ones, as live restoration does.
"""

import sys
import threading
from pathlib import Path

from store_frames import append, make_info, make_pixels, positions, restored_pixels

from livecare.sinks.options import DIRECT_FROM_BYTES, StoreOptions
from livecare.sinks.store import Store

BURST = 12
"""Frames that are restored backwards."""


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def main(path: Path, how: str) -> None:
    info = make_info((96, 130), channels=2, size_z=2, positions=2)
    options = StoreOptions(
        compression="zstd" if how == "zstd" else None,
        shard_frames=9,
        direct_from_bytes=0 if how == "direct" else DIRECT_FROM_BYTES,
        sync_interval_s=0.01,
    )
    places = list(zip(range(100_000), positions(info), strict=False))
    ready = threading.Semaphore(0)
    with Store.create(path, info, options) as store:

        def restore() -> None:
            for start in range(0, len(places), BURST):
                for _ in range(BURST):
                    ready.acquire()
                for sequence, at in reversed(places[start : start + BURST]):
                    raw = make_pixels(sequence, info.shape_yx, info.dtype)
                    append(store.restored, sequence, at, restored_pixels(raw, info.dtype))
                    say("restored", sequence)

        threading.Thread(target=restore, daemon=True).start()
        for sequence, at in places:
            append(store.raw, sequence, at, make_pixels(sequence, info.shape_yx, info.dtype))
            ready.release()
            say("raw", sequence)
            say("persisted", store.raw.persisted)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
