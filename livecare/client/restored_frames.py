"""Knows how to wait, for a short while, for what became of a frame that was just sent."""

import contextlib
import threading
import time
from collections import OrderedDict
from typing import Final

from livecare.client.received import Received
from livecare.client.subscription import Subscription
from livecare.errors import LivecareError
from livecare.frame import Pixels

KEPT_FRAMES: Final = 16
"""Restored frames that are kept for whoever asks; more would be too late for anyone."""

LOOK_S: Final = 0.2
"""How often, seconds, the thread looks whether it should end."""

PATIENCE_FRAMES: Final = 3
"""Frames in a row that were waited for in vain, after which nobody waits until one would have come
in time: a restorer that is too slow would otherwise slow the acquisition down for nothing."""


class RestoredFrames:
    """Follows restored frames in a thread, and hands them out by the number they were sent with.

    Parameters
    ----------
    endpoint : str
        `publish.preview` of the run.
    """

    def __init__(self, endpoint: str) -> None:
        self._subscription = Subscription(
            endpoint, "restored", newest=False, timeout_s=LOOK_S, until_end=False
        )
        self._changed = threading.Condition()
        self._frames: OrderedDict[int, Pixels] = OrderedDict()
        self._deadlines: OrderedDict[int, float] = OrderedDict()
        self._in_vain = 0
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="livecare-restored", daemon=True)
        self._thread.start()

    @property
    def live(self) -> bool:
        """True while a run is on there."""
        return self._subscription.info is not None and not self._subscription.ended

    def wait_for(self, number: int, budget_s: float) -> Pixels | None:
        """Wait for a frame; None if it does not come in time.

        Parameters
        ----------
        number : int
            Its `camera_index`.
        budget_s : float
            Longest wait, seconds.
        """
        if not self.live:
            return None
        with self._changed:
            self._note_deadline(number, time.monotonic() + budget_s)
            waiting_s = budget_s if self._in_vain < PATIENCE_FRAMES else 0.0
            self._changed.wait_for(lambda: number in self._frames, waiting_s)
            frame = self._frames.pop(number, None)
            self._in_vain = 0 if frame is not None else self._in_vain + 1
        return frame

    def close(self) -> None:
        """End the thread; safe to call twice."""
        self._closing.set()
        self._thread.join(2 * LOOK_S + 1)

    def _note_deadline(self, number: int, deadline: float) -> None:
        self._deadlines[number] = deadline
        if len(self._deadlines) > KEPT_FRAMES:
            self._deadlines.popitem(last=False)

    def _follow(self) -> None:
        with self._subscription as subscription:
            while not self._closing.is_set():
                with contextlib.suppress(TimeoutError, LivecareError):
                    self._keep(next(subscription))

    def _keep(self, frame: Received) -> None:
        number = frame.header.camera_index
        if number is None:
            return
        with self._changed:
            if time.monotonic() <= self._deadlines.pop(number, 0.0):
                self._in_vain = 0  # waiting for it would have paid, or did
            self._frames[number] = frame.pixels
            if len(self._frames) > KEPT_FRAMES:
                self._frames.popitem(last=False)
            self._changed.notify_all()
