"""Raw frames on their way through while no engine restores: shown, marked, and restored later."""

import time
from dataclasses import replace

import numpy as np

from livecare.frame import PASSED_THROUGH, PixelType, Restoration
from livecare.restorer.intake import Frame, Intake
from livecare.ring import RingWriter, Slot
from livecare.wire import FrameMessage


class Passing:
    """Passes the newest raw frames on; each counts as skipped, so that the back-fill restores it.

    Parameters
    ----------
    intake : Intake
        Takes one frame at a time.
    ring : RingWriter
        Where restored frames go.
    restored_dtype : PixelType
        Their type; no raw value is beyond its range.

    Attributes
    ----------
    passed : int
        Frames so far, those that were skipped for newer ones included.
    """

    def __init__(self, intake: Intake, ring: RingWriter, restored_dtype: PixelType) -> None:
        self._intake = intake
        self._ring = ring
        self._dtype = restored_dtype
        self._taken = 0

    @property
    def passed(self) -> int:
        """Frames that were passed on or skipped."""
        return self._taken + self._intake.skipped

    def pass_newest(self) -> bool:
        """Pass the newest waiting frame on, if there is one; False where there is no room."""
        slot = self._ring.claim()
        if slot is None:
            return False  # the recorder is behind: it loses nothing by not seeing this one
        for frame in self._intake.take(1).frames():
            self._taken += 1
            _publish(self._ring, slot, frame, self._dtype)
        return True


def pass_on(ring: RingWriter, frame: Frame, dtype: PixelType) -> bool:
    """Publish a frame as it came, of this pixel type; False where there is no room for it."""
    slot = ring.claim()
    if slot is None:
        return False
    _publish(ring, slot, frame, dtype)
    return True


def _publish(ring: RingWriter, slot: Slot, frame: Frame, dtype: PixelType) -> None:
    header = frame.message.header
    np.copyto(slot.pixels(header.shape_yx, dtype), frame.pixels, casting="unsafe")
    retyped = replace(header, dtype=dtype)
    ring.publish(slot, FrameMessage(frame.message.run_id, retyped, _as_it_came()))


def _as_it_came() -> Restoration:
    now_ns = time.perf_counter_ns()
    return Restoration(
        engine=PASSED_THROUGH,
        precision="exact",
        model=PASSED_THROUGH,
        model_sha256="",
        normalisation="fixed",
        normalised_with={},
        taken_ns=now_ns,
        engine_ns=0,
        published_ns=now_ns,
        batch=1,
    )
