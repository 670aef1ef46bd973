"""Knows how to watch a live sequence of a core in this process without touching it."""

import threading
from collections.abc import Mapping
from typing import Any, Final

from livecare.client.courier import Courier
from livecare.client.layout import FIRST_CHANNEL, Spot
from livecare.client.outgoing import About, Described

LOOKS_PER_FRAME: Final = 8
"""A frame waits for an eighth of the exposure at most before it is seen."""

SHORTEST_LOOK_S: Final = 0.001
LONGEST_LOOK_S: Final = 0.005
"""Bounds of the time between two looks, seconds: each takes the interpreter for microseconds."""

CORE_ERRORS: Final = (IndexError, RuntimeError)
"""What a core raises where there is no frame to look at, or none any more."""

NS_PER_MS: Final = 1_000_000

Tags = Mapping[str, Any]


class LiveLook:
    """Sends the newest frames of one live sequence; never pops, which would steal them.

    Parameters
    ----------
    core : CMMCorePlus
        Whose sequence has just begun.
    courier : Courier
        Takes the frames.
    number : int
        Which acquisition of this process it is.

    Attributes
    ----------
    skipped : int
        Frames that were passed over, by the core's own numbers.
    """

    def __init__(self, core: Any, courier: Courier, number: int) -> None:  # noqa: ANN401 optional
        self._core, self._courier, self._number = core, courier, number
        self._seen: tuple[object, ...] | None = None
        self._last_index: int | None = None
        self._stopped = threading.Event()
        self.skipped = 0
        self._thread = threading.Thread(target=self._look, name="livecare-live", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End with the frame that is the newest now."""
        self._stopped.set()

    def join(self) -> None:
        """Wait for the end, which takes a look's time."""
        self._thread.join()

    def _look(self) -> None:
        about = self._about()
        exposure_s = self._core.getExposure() / 1e3
        pause_s = min(max(exposure_s / LOOKS_PER_FRAME, SHORTEST_LOOK_S), LONGEST_LOOK_S)
        while self._core.isSequenceRunning() and not self._stopped.wait(pause_s):
            self._send_newest(about)
        self._send_newest(about)
        self._courier.end_acquisition()

    def _about(self) -> About:
        core = self._core
        camera, group = core.getCameraDevice(), core.getChannelGroup()
        return About(
            source=f"pymmcore-plus live: {camera}",
            channels=((core.getCurrentConfig(group) if group else "") or FIRST_CHANNEL,),
            pixel_size_um=core.getPixelSizeUm() or None,  # 0 means that it is not calibrated
            detail={"camera": camera, "exposure_ms": core.getExposure()},
        )

    def _send_newest(self, about: About) -> None:
        """Send the newest frame, unless it was sent already."""
        try:
            pixels, tags = self._core.getLastImageAndMD()
        except CORE_ERRORS:
            return
        identity = tags.get("ImageNumber"), tags.get("ElapsedTime-ms"), tags.get("Camera")
        if identity == self._seen:
            return
        self._seen = identity
        skipped = self._count_skipped(tags)
        elapsed_ms = tags.get("ElapsedTime-ms")
        spot = Spot(channel=about.channels[0])
        time_ns = None if elapsed_ms is None else round(float(elapsed_ms) * NS_PER_MS)
        self._courier.offer(pixels, Described(spot, about, self._number, time_ns), skipped)

    def _count_skipped(self, tags: Tags) -> int:
        """Count the frames between the last one that was seen and this one; return their number."""
        text = tags.get("ImageNumber")
        index = None if text is None else int(text)
        skipped = 0
        if index is not None and self._last_index is not None:
            skipped = max(0, index - self._last_index - 1)
        self.skipped += skipped
        self._last_index = index
        return skipped
