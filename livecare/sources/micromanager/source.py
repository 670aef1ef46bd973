"""Knows the life of a Micro-Manager source: core, stream, sequence, and letting go of them."""

from livecare.errors import SourceError
from livecare.frame import Pixels, StreamInfo
from livecare.sources.clock import Clock, MonotonicClock, StopSignal
from livecare.sources.micromanager.core import (
    CORE_ERRORS,
    Core,
    configure,
    import_pymmcore,
    load_core,
)
from livecare.sources.micromanager.own import OwnSequence
from livecare.sources.micromanager.settings import MicroManagerSettings
from livecare.sources.micromanager.tap import NewestTap
from livecare.sources.micromanager.view import describe_stream
from livecare.sources.protocol import Arrival, NoFrame


class MicroManagerSource:
    """A `FrameSource` on a real Micro-Manager core in this process.

    Parameters
    ----------
    settings : MicroManagerSettings
        What to acquire and how.
    core : pymmcore.CMMCore or None
        A core that is loaded and stays its owner's; None to load one from the settings.
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
        self._core: Core | None = None
        self._sequence: OwnSequence | NewestTap | None = None
        self._running = False

    @property
    def lost_at_end(self) -> int:
        """Frames that were asked for and did not come after the last that did."""
        return self._sequence.lost_at_end if self._sequence else 0

    @property
    def problem(self) -> str | None:
        """Why the sequence ended early; None if it did not."""
        return self._sequence.problem if self._sequence else None

    def open(self, run_id: str) -> StreamInfo:
        """Load the core, set the camera, and read what frames do not carry.

        Raises
        ------
        MissingExtraError
            If pymmcore or the adapters are not installed.
        SourceError
            If the core cannot be loaded or configured.
        """
        if self._core is not None:
            raise SourceError("micromanager: the source is open already; close it first")
        if self._settings.mode == "tap" and self._given_core is None:
            raise SourceError(
                "micromanager: mode 'tap' looks at a core that someone else runs, and none was "
                "given; pass core=..., or use mode 'own'"
            )
        metadata = import_pymmcore().Metadata()
        self._core = self._given_core or load_core(self._settings)
        if self._settings.mode == "own":
            configure(self._core, self._settings)
        try:
            stream = describe_stream(self._core, self._settings, run_id)
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: the camera does not answer: {error}; check its connection"
            ) from error
        kind = OwnSequence if self._settings.mode == "own" else NewestTap
        self._sequence = kind(self._core, stream, metadata, self._clock, self._stop)
        return stream

    def start(self) -> None:
        """Start the sequence; a tap begins to look."""
        if self._sequence is None or self._core is None:
            raise SourceError("micromanager: the source is not open; call open before start")
        if self._running:
            raise SourceError("micromanager: the source was started already; make a new one")
        self._sequence.start()
        self._running = True

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame:
        """Wait for the next frame and copy it."""
        if self._sequence is None or not self._running:
            raise SourceError("micromanager: the source does not run; call open and start first")
        return self._sequence.read_into(pixels, timeout_s)

    def request_stop(self) -> None:
        """Stop the sequence soon; frames in the core's buffer still come."""
        self._stop.request()

    def close(self) -> None:
        """Stop an own sequence, and unload an own core."""
        self._stop.request()
        core, self._core = self._core, None
        if core is None:
            return
        if self._running and self._sequence is not None:
            self._running = False
            if core.isSequenceRunning():
                self._sequence.stop()
        if self._given_core is None:
            core.reset()
