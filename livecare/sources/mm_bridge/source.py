"""Knows the life of a tap: waiting for a sequence, its frames, its end, and the next one."""

from livecare.errors import SourceError, StoppedError
from livecare.frame import Pixels, StreamInfo
from livecare.sources.clock import NS_PER_S, Clock, MonotonicClock, StopSignal
from livecare.sources.mm_bridge.connection import Connection
from livecare.sources.mm_bridge.faults import BridgeCounts, InterruptedCallError
from livecare.sources.mm_bridge.following import Follower
from livecare.sources.mm_bridge.settings import MmBridgeSettings
from livecare.sources.poll import Poll
from livecare.sources.protocol import Arrival, NoFrame
from livecare.sources.stages import Stages


class MmBridgeSource:
    """A `FrameSource` that watches a running Micro-Manager and touches nothing there.

    It shows the newest frames of whatever sequence runs (live mode above all). Frames that it
    passes over are skipped by design, never lost. It outlives Micro-Manager: when that ends or
    crashes, the source waits for it.

    `read_into` may take longer than asked while the server does not answer: a second as a rule, and
    `control_timeout_s` at most. A request to stop ends every wait within 0.1 s.

    Parameters
    ----------
    settings : MmBridgeSettings
        Which server, and how patient.
    clock : Clock or None
        For tests.
    """

    lost_at_end = 0

    def __init__(self, settings: MmBridgeSettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock: Clock = clock or MonotonicClock()
        self._stop = StopSignal(self._clock)
        self._stages = Stages("mm-bridge")
        self._counts = BridgeCounts()
        self._connection: Connection | None = None
        self._follower: Follower | None = None
        self._problem: str | None = None

    @property
    def counts(self) -> BridgeCounts:
        """What went wrong so far."""
        return self._counts

    @property
    def stream(self) -> StreamInfo | None:
        """The description of the present sequence; None before `open`."""
        return self._follower.stream if self._follower else None

    @property
    def problem(self) -> str | None:
        """Why it ended early; None if it did not."""
        return self._problem

    def open(self, run_id: str) -> StreamInfo:
        """Wait for the server and for a sequence to run, and describe that.

        Raises
        ------
        SourceError
            Nothing came within `patience_s`, or the camera is in colour.
        StoppedError
            A stop was requested before a sequence ran.
        """
        self._stages.open()
        self._connection = Connection(self._settings, self._clock, self._stop, self._counts)
        follower = Follower(self._settings, run_id, self._connection, self._clock)
        patience_s = self._settings.patience_s
        began_ns = self._clock.now_ns()
        while self._stop.since_ns is None:
            try:
                stream = follower.begin()
            except InterruptedCallError:
                break
            if stream is not None:
                self._follower = follower
                return stream
            waited_s = (self._clock.now_ns() - began_ns) / NS_PER_S
            if patience_s is not None and waited_s >= patience_s:
                raise self._no_sequence(waited_s, follower.words)
            self._stop.wait(follower.pause_s)
        raise StoppedError("mm-bridge: stopped while it waited for a sequence to run")

    def start(self) -> None:
        """Begin to look; the sequence is somebody else's."""
        self._stages.start()

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        """Wait for a frame that was not seen yet and copy it, or say what the stream became."""
        follower = self._follower
        self._stages.check_read(pixels, self.stream)
        if follower is None:
            return NoFrame.ENDED
        poll = Poll(self._clock, self._stop, timeout_s)
        while self._stop.since_ns is None and not follower.ended:
            try:
                came = follower.next_into(pixels)
            except InterruptedCallError:
                break
            except SourceError as error:
                self._problem = str(error)
                return NoFrame.ENDED
            if came is not None:
                return came
            if not poll.wait(follower.pause_s):
                return NoFrame.WAITING
        return NoFrame.ENDED

    def request_stop(self) -> None:
        """End soon; from any thread."""
        self._stop.request()

    def close(self) -> None:
        """Let go of the server's objects and disconnect; the camera goes on."""
        self._stop.request()
        self._stages.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
            self._counts.sum_up()

    def _no_sequence(self, waited_s: float, words: str) -> SourceError:
        return SourceError(
            f"mm-bridge: no sequence ran at {self._settings.endpoint} within {waited_s:.0f} s "
            f"({words}); start Micro-Manager, tick 'Run server on port 4827' in Tools > Options, "
            "and switch live mode on"
        )
