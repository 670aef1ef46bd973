"""Watch raw and restored frames side by side in napari, while livecare runs.

    python napari_live.py [ENDPOINT]

ENDPOINT is `publish.preview` of livecare's configuration; without it, the run that is on is found.
Closing the window does nothing to the run.
"""

import sys

import napari
from qtpy.QtCore import QTimer

from livecare.client import subscribe

SHOWN_EVERY_MS = 33
"""Time between two looks, milliseconds: what comes faster than it is drawn is passed over."""


def show_live(viewer: napari.Viewer, endpoint: str | None = None) -> QTimer:
    """Show the newest frames, until the timer that is returned is stopped."""
    frames = subscribe(endpoint, "both", timeout_s=0)

    def show_newest() -> None:
        for _ in ("raw", "restored"):
            try:
                frame = next(frames)
            except TimeoutError:
                return
            if frame.topic not in viewer.layers:
                viewer.add_image(frame.pixels, name=frame.topic)
                viewer.grid.enabled = True
            viewer.layers[frame.topic].data = frame.pixels
            viewer.status = f"frame {frame.header.sequence} of run {frame.info.run_id}"

    timer = QTimer(interval=SHOWN_EVERY_MS)
    timer.timeout.connect(show_newest)
    timer.destroyed.connect(frames.close)
    timer.start()
    return timer


if __name__ == "__main__":
    viewer = napari.Viewer(title="livecare")
    timer = show_live(viewer, sys.argv[1] if len(sys.argv) > 1 else None)
    napari.run()
    timer.stop()
