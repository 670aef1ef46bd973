"""Knows what comes after what: sequences that begin, change and end, and a server that goes."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

import numpy as np

from livecare.frame import Pixels, Position, StreamInfo
from livecare.logs import logger
from livecare.sources.clock import NS_PER_S, Clock
from livecare.sources.mm_bridge.connection import Connection
from livecare.sources.mm_bridge.core import RemoteCore
from livecare.sources.mm_bridge.faults import (
    MalformedReplyError,
    RefusedCallError,
    SilentServerError,
)
from livecare.sources.mm_bridge.settings import MmBridgeSettings
from livecare.sources.mm_bridge.tap import LONGEST_PAUSE_S, NewestTap, Sight
from livecare.sources.mm_bridge.view import read_view
from livecare.sources.protocol import Arrival

IDLE_PAUSE_S: Final = 0.05
"""Between questions whether a sequence runs, s: twenty cheap calls a second."""
REFUSED_PAUSE_S: Final = 0.2
"""After a call that Micro-Manager refused, s: mostly no camera is loaded yet."""
RUNNING_CHECK_S: Final = 0.1
"""Without a new frame for this long it is asked whether the sequence still runs, s."""
MALFORMED_AT_MOST: Final = 20
"""After so many unreadable answers in a row the connection is made anew."""

Came = TypeVar("Came")


class Follower:
    """Follows the sequences of one server, in turn.

    Attributes
    ----------
    stream : StreamInfo or None
        The present sequence; exposure and spacing are those of its beginning.
    words : str
        What it waits for, for people.
    pause_s : float
        How long to wait before the next call, s.
    """

    def __init__(
        self, settings: MmBridgeSettings, run_id: str, connection: Connection, clock: Clock
    ) -> None:
        self._settings = settings
        self._run_id = run_id
        self._connection = connection
        self._clock = clock
        self._generation = 0
        self._tap: NewestTap | None = None
        self._held: Sight | None = None
        self._undescribed = False
        self._began_anew = False
        self._arrived = 0
        self._t = 0
        self._malformed_in_a_row = 0
        self._checked_ns = clock.now_ns()
        self._ending = False
        self.stream: StreamInfo | None = None
        self.words = ""
        self.pause_s = 0.0

    @property
    def ended(self) -> bool:
        """True when no frame will come any more."""
        enough = self._settings.frames is not None and self._arrived >= self._settings.frames
        return enough or (self._ending and self._held is None)

    def begin(self) -> StreamInfo | None:
        """Describe the first sequence; None while none runs. Raises SourceError."""
        return self._with_core(self._enter_if_running)

    def next_into(self, pixels: Pixels) -> Arrival | StreamInfo | None:
        """Copy a frame that was not seen yet, or describe another sequence; None for neither.

        Raises
        ------
        SourceError
            The pixels are no grey ones.
        """
        if self._held is None or self._undescribed:
            change = self._with_core(self._look)
            if change is not None:
                return change
        if self._held is None or self._undescribed:
            return None
        return self._deliver(self._held, pixels)

    def _with_core(self, step: Callable[[RemoteCore], Came]) -> Came | None:
        """Take a step, or note why it cannot be taken now."""
        core = self._connection.core()
        if core is None:
            self.words, self.pause_s = self._connection.words, self._connection.due_in_s
            return None
        try:
            came = step(core)
        except SilentServerError as silence:
            self._lose(silence)
        except MalformedReplyError as nonsense:
            self.words, self.pause_s = str(nonsense), LONGEST_PAUSE_S
            self._malformed_in_a_row += 1
            if self._malformed_in_a_row >= MALFORMED_AT_MOST:
                self._lose(nonsense)
        except RefusedCallError as refusal:
            self.words, self.pause_s = str(refusal), REFUSED_PAUSE_S
            if refusal.handle_is_stale:
                self._lose(refusal)
        else:
            self._malformed_in_a_row = 0
            return came
        return None

    def _lose(self, why: Exception) -> None:
        self._malformed_in_a_row = 0
        self._connection.lose(why)
        self.words, self.pause_s = str(why), self._connection.due_in_s

    def _look(self, core: RemoteCore) -> StreamInfo | None:
        """Hold the newest frame if there is a new one; describe the stream if it changed."""
        if self._connection.generation != self._generation:
            self._tap = self._held = None
        if self._tap is None:
            return self._enter_if_running(core)
        if self._held is None:
            self._held = self._tap.look(core)
        self.pause_s = self._tap.pause_s
        if self._held is None:
            self._check_running(core, self._tap)
            return None
        self._checked_ns = self._clock.now_ns()
        # Where the time fell, a sequence ended and another began between two looks.
        self._began_anew |= self._held.gap.new_epoch
        self._undescribed = self._held.gap.new_epoch or not self._fits(self._held)
        return self._describe(core, self._held) if self._undescribed else None

    def _enter_if_running(self, core: RemoteCore) -> StreamInfo | None:
        """Begin with the sequence that runs, if any; say how the stream changed by it."""
        if not core.is_sequence_running():
            self.words, self.pause_s = "Micro-Manager runs no sequence", IDLE_PAUSE_S
            return None
        change = self._describe(core)
        self._tap, self.pause_s = NewestTap(self._clock), 0.0
        self._generation = self._connection.generation
        self._began_anew = self._arrived > 0
        self._checked_ns = self._clock.now_ns()
        return change

    def _describe(self, core: RemoteCore, seen: Sight | None = None) -> StreamInfo | None:
        """Ask what holds for the sequence; give it if frames are of another kind than before."""
        now, before = read_view(core).stream(self._settings, self._run_id), self.stream
        if seen is not None:  # what came counts more than what was said of it
            now = replace(now, shape_yx=seen.shape_yx, dtype=seen.dtype)
        if before is not None:
            now = replace(
                now,
                started_wall_ns=before.started_wall_ns,
                started_monotonic_ns=before.started_monotonic_ns,
            )
        self.stream, self._undescribed = now, False
        logger().info("sequence", shape_yx=now.shape_yx, dtype=now.dtype, **now.detail)
        if before is not None and _same_kind(before, now):
            return None
        self._t = 0
        return now

    def _check_running(self, core: RemoteCore, tap: NewestTap) -> None:
        """Find out, now and then, whether the sequence is over; its last frame still counts."""
        now_ns = self._clock.now_ns()
        if now_ns - self._checked_ns < RUNNING_CHECK_S * NS_PER_S:
            return
        self._checked_ns = now_ns
        if core.is_sequence_running():
            return
        last = tap.look(core, certainly=True)
        if last is not None and self._fits(last):
            self._held = last
        self._tap = None
        self._ending = self._settings.end_with_sequence

    def _fits(self, sight: Sight) -> bool:
        stream = self.stream
        return stream is not None and (sight.shape_yx, sight.dtype) == (
            stream.shape_yx,
            stream.dtype,
        )

    def _deliver(self, sight: Sight, pixels: Pixels) -> Arrival:
        np.copyto(pixels, sight.pixels)
        arrival = Arrival(
            position=Position(t=self._t),
            received_ns=self._clock.now_ns(),
            camera_index=sight.image_number,
            camera_time_ns=sight.camera_time_ns,
            skipped_before=sight.gap.missing,
            new_epoch=self._began_anew,
        )
        self._held, self._began_anew = None, False
        self._arrived += 1
        self._t += 1
        return arrival


def _same_kind(before: StreamInfo, now: StreamInfo) -> bool:
    """Tell whether frames of two descriptions can follow each other in one recording."""
    return (before.shape_yx, before.dtype, before.channels) == (
        now.shape_yx,
        now.dtype,
        now.channels,
    )
