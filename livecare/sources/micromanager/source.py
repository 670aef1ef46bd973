"""Knows the life of a Micro-Manager source: core, stream, sequence, and letting go of them."""

import threading
from typing import Final

from livecare.camera.core_series import CORE_ERRORS
from livecare.errors import SourceError
from livecare.frame import Pixels, StreamInfo
from livecare.logs import logger
from livecare.sources.clock import Clock, MonotonicClock, StopSignal
from livecare.sources.micromanager.core import (
    Core,
    configure,
    import_pymmcore,
    load_core,
)
from livecare.sources.micromanager.own import OwnSequence
from livecare.sources.micromanager.reader import CoreReader, Desk
from livecare.sources.micromanager.settings import MicroManagerSettings
from livecare.sources.micromanager.tap import NewestTap, await_sequence
from livecare.sources.micromanager.view import View
from livecare.sources.protocol import Arrival, NoFrame
from livecare.sources.stages import Stages

LEAVING_S: Final = 0.05
"""Rest of a camera before its device is unloaded, seconds. Its own thread says that the sequence
is over, and only then tells the core so and ends, which takes microseconds; an adapter unloaded
meanwhile takes the process with it (DemoCamera's did), and nothing tells when that thread is gone.
"""


class MicroManagerSource:
    """A `FrameSource` on a real Micro-Manager core in this process.

    Region of interest, binning and size may be changed from outside between sequences and during
    one, as long as nobody does so in the very moment in which a frame is copied out of the core:
    cores do not guard their buffer against that. Change them in the thread that reads, or while
    the camera stands still.

    Parameters
    ----------
    settings : MicroManagerSettings
        What to acquire and how.
    core : pymmcore.CMMCore or None
        A core that is loaded and stays its owner's (also `CMMCorePlus` and `UniMMCore` of
        pymmcore-plus); None to load one from the settings.
    clock : Clock or None
        For tests.
    """

    def __init__(
        self,
        settings: MicroManagerSettings,
        core: Core | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings
        self._given_core = core
        self._clock: Clock = clock or MonotonicClock()
        self._stop = StopSignal(self._clock)
        self._stages = Stages("micromanager")
        self._core: Core | None = None
        self._view: View | None = None
        self._reader: CoreReader | None = None
        self._running = False

    @property
    def lost_at_end(self) -> int:
        """Frames that were asked for and did not come after the last that did."""
        return self._reader.lost_at_end if self._reader else 0

    @property
    def problem(self) -> str | None:
        """Why the sequence ended early; None if it did not."""
        return self._reader.problem if self._reader else None

    @property
    def why_lost(self) -> str | None:
        """Why frames of a sequence that went on were lost; None if none was."""
        return self._reader.why_lost if self._reader else None

    def open(self, run_id: str) -> StreamInfo:
        """Load the core and set the camera, or wait for somebody's sequence; then describe it.

        Raises
        ------
        MissingExtraError
            If pymmcore or the adapters are not installed.
        SourceError
            If the core cannot be loaded or configured.
        StoppedError
            If a stop was requested before anybody started a sequence.
        """
        settings = self._settings
        if settings.mode == "tap" and self._given_core is None:
            raise SourceError(
                "micromanager: mode 'tap' looks at a core that someone else runs, and none was "
                "given; pass core=..., or use mode 'own'"
            )
        self._stages.open()
        metadata = import_pymmcore().Metadata()
        self._core = self._given_core or load_core(settings)
        if settings.mode == "own":
            configure(self._core, settings)
        else:
            await_sequence(self._core, self._stop)
        self._view = View(self._core, settings, run_id, self._clock)
        desk = Desk(self._core, self._view, settings, metadata, self._clock, self._stop)
        self._reader = OwnSequence(desk) if settings.mode == "own" else NewestTap(desk)
        return self._view.stream

    def start(self) -> None:
        """Start the sequence; a tap begins to look."""
        self._stages.start()
        if self._reader is not None:
            self._reader.start()
            self._running = True

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        """Wait for the next frame and copy it, or say what the stream became."""
        self._stages.check_read(pixels, self._view.stream if self._view else None)
        if self._reader is None:
            return NoFrame.ENDED
        try:
            return self._reader.read_into(pixels, timeout_s)
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: the core fails: {error}; check the camera's power and cable"
            ) from error

    def request_stop(self) -> None:
        """Stop the sequence soon; frames in the core's buffer still come."""
        self._stop.request()

    def close(self) -> None:
        """Stop an own sequence, and unload an own core."""
        self._stop.request()
        self._stages.close()
        core, self._core = self._core, None
        if core is None:
            return
        try:
            if self._running and self._reader is not None and core.isSequenceRunning():
                self._reader.stop()
            if self._given_core is None:
                if self._running:
                    self._clock.wait(threading.Event(), LEAVING_S)
                core.reset()
        except (SourceError, *CORE_ERRORS) as error:  # a camera that is gone stays as it is
            logger().error("the camera could not be let go of", error=str(error))
