"""Knows which signals of pymmcore-plus bring frames, and hands these over without delay."""

import atexit
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from livecare.client import useq_index
from livecare.client.counts import HandsOver
from livecare.client.courier import CLOSE_S, Courier
from livecare.client.live_look import LiveLook
from livecare.client.outgoing import Described
from livecare.client.outlet import DEFAULT_ENDPOINT
from livecare.client.useq_index import Announced, Told
from livecare.errors import UsageError
from livecare.frame import Pixels
from livecare.link.curve import with_keys

STOPPED: Final = "sequenceAcquisitionStopped"
STARTED: Final = ("sequenceAcquisitionStarted", "continuousSequenceAcquisitionStarted")
"""The core's signals of live sequences."""


class CoreTap(HandsOver):
    """Sends what a core acquires; made by `tap_core`.

    Nothing here holds the acquisition up: frames are copied into a bounded queue, and those that
    find it full are counted in `dropped`.

    Attributes
    ----------
    seen : int
        Frames of MDA sequences.
    """

    def __init__(
        self,
        core: Any,  # noqa: ANN401 CMMCorePlus, optional
        endpoint: str,
        queue_frames: int,
        *,
        live: bool,
    ) -> None:
        if queue_frames < 1:
            raise UsageError(f"queue_frames={queue_frames}: it must be 1 or more frames")
        self._core = core
        super().__init__(Courier(endpoint, queue_frames, _described))
        self._acquisitions = 0
        self._announced: Announced | None = None
        self._look: LiveLook | None = None
        self._skipped_before = 0
        self.seen = 0
        self._connections = [
            (core.mda.events.sequenceStarted, self._on_sequence_started),
            (core.mda.events.frameReady, self._on_frame),
            (core.mda.events.sequenceFinished, self._on_sequence_finished),
        ]
        if live:
            self._connections += [
                *((getattr(core.events, name), self._on_live_started) for name in STARTED),
                (getattr(core.events, STOPPED), self._on_live_stopped),
            ]
        for signal, slot in self._connections:
            signal.connect(slot)
        atexit.register(self.close)  # and so it lives on, where a script keeps no name for it

    @property
    def skipped(self) -> int:
        """Frames of live sequences that were passed over, as only the newest is looked at."""
        return self._skipped_before + (self._look.skipped if self._look else 0)

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Detach from the core, and let the last frames leave; safe to call twice.

        Parameters
        ----------
        timeout_s : float
            Longest wait, seconds; what has not left by then is lost.
        """
        for signal, slot in self._connections:
            signal.disconnect(slot)
        self._connections = []
        self._end_look()
        super().close(timeout_s)
        atexit.unregister(self.close)

    def _on_sequence_started(self, sequence: Any) -> None:  # noqa: ANN401 useq.MDASequence
        self._announced = Announced(self._next_number(), sequence)

    def _on_frame(self, pixels: Pixels, event: Any, metadata: Mapping[str, Any]) -> None:  # noqa: ANN401
        """Copy a frame into the queue: this runs in the acquisition's own thread."""
        if self._announced is None:  # the tap came in mid-sequence
            self._announced = Announced(self._next_number(), event.sequence)
        self.seen += 1
        self._courier.offer(pixels, Told(self._announced, event, dict(metadata)))

    def _on_sequence_finished(self) -> None:
        self._announced = None
        self._courier.end_acquisition()

    def _on_live_started(self) -> None:
        if self._core.mda.is_running():
            return  # the engine's own: its frames come by frameReady
        self._end_look()
        self._look = LiveLook(self._core, self._courier, self._next_number())

    def _on_live_stopped(self) -> None:
        """Wait for the last look, milliseconds: what comes next would be of another sequence."""
        self._end_look()

    def _end_look(self) -> None:
        if self._look is not None:
            self._look.stop()
            self._look.join()
            self._skipped_before += self._look.skipped
            self._look = None

    def _next_number(self) -> int:
        self._acquisitions += 1
        return self._acquisitions


def _described(said: Told | Described) -> Described:
    return said if isinstance(said, Described) else useq_index.describe(said)


def tap_core(
    core: Any,  # noqa: ANN401 CMMCorePlus, optional
    endpoint: str = DEFAULT_ENDPOINT,
    *,
    live: bool = True,
    queue_frames: int = 64,
    key: str | Path | None = None,
    server_key: str | Path | None = None,
) -> CoreTap:
    """Send what a core of pymmcore-plus acquires in this process to livecare as well.

    MDA sequences (`core.mda.run`, or a click in napari-micromanager) come with every frame, at the
    indexes that useq gave them. Live sequences are looked at: the newest frame at each look, and
    none is ever popped, so that the viewer gets them all. Snaps are not sent.

    Parameters
    ----------
    core : CMMCorePlus
        The core, `CMMCorePlus.instance()` say.
    endpoint : str
        Where livecare's source "push" listens.
    live : bool
        Also send live sequences.
    queue_frames : int
        Frames that may wait here, and again in the connection; large ones fewer.
    key, server_key : str or Path or None
        Files of your own secret key and of livecare's public one, where it wants keys. Where it
        refuses them, `errors` rises and `last_error` says so.

    Returns
    -------
    CoreTap
        Sends until it is closed, or the program ends; a context manager.

    Raises
    ------
    UsageError
        If the endpoint or the queue's length cannot be, or a file holds no key.

    Examples
    --------
    >>> with tap_core(core):  # doctest: +SKIP
    ...     core.mda.run(useq.MDASequence(channels=["DAPI"], time_plan={"interval": 1, "loops": 9}))
    """
    return CoreTap(core, with_keys(endpoint, key, server_key), queue_frames, live=live)
