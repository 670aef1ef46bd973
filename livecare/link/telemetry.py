"""Knows what a run says of itself five times a second, and how others hear it."""

from typing import Final, Literal, Self

import msgspec
import zmq

from livecare.errors import UsageError
from livecare.frame import Ledger
from livecare.link.reports import NormalisationLocked

TOPIC: Final = b"telemetry"
PARTS: Final = 2
"""Parts of a snapshot's message: topic and map."""
MAX_SNAPSHOT_BYTES: Final = 1 << 20
"""Longest accepted snapshot, bytes: one of many channels has some thousands."""
KEPT_SNAPSHOTS: Final = 16
"""Snapshots that wait for a listener, three seconds' worth: only the newest is of interest."""

Stage = Literal["starting", "acquiring", "draining", "backfilling", "finishing", "ended"]
RestorerState = Literal["off", "starting", "building", "ready", "restarting", "given up"]
"""What the restorer does:

- "off": nothing is to be restored.
- "starting": its process begins.
- "building": it runs and makes an engine ready, which may have to be built; frames that come pass
  as raw and are restored later.
- "ready": it restores.
- "restarting": it has died and begins again.
- "given up": it has died too often.
"""


class Telemetry(msgspec.Struct, frozen=True):
    """A snapshot of a run.

    Attributes
    ----------
    run_id : str
        The run.
    stage : str
        What livecare is doing.
    ledger : Ledger
        Frames so far.
    expected : int or None
        Frames that will come; None for an open end.
    persisted_raw : int
        Sequence up to which every frame is on the disk; -1 before the first.
    persisted_restored : int
        Highest sequence whose restored frame is on the disk; -1 before the first. Lower ones may be
        missing: those that were skipped live are restored later, by the back-fill.
    acquired_hz, recorded_hz, restored_hz : float
        Present rates, frames per second.
    latency_p50_ms, latency_p99_ms : float or None
        From a frame's arrival until it was published restored.
    free_bytes : int
        Room left on the disk.
    free_minutes : float or None
        How long it lasts at the present rate.
    restorer : RestorerState
        State of the restorer.
    model : str
        Name of the model that restores; "" while none does.
    engine : str
        What runs it, its precision, and the device that it really runs on; "" while none does.
    why : str
        Why that engine and no other, for people.
    restarts : int
        How often it was restarted.
    skipped_live : int
        Frames passed over while live; most are back-filled later.
    recording : bool
        Whether frames are recorded.
    store : str
        Path of the recording; "" where there is none.
    recorded_s : float or None
        How long the recording has gone on, seconds, from the start of the camera; None before.
    marks : int
        Events that were marked in it.
    age_p50_ms, age_p99_ms : float or None
        From a live frame's arrival until it was published restored, of the last 5 s or so; None
        where there was none.
    cpu_percent : float or None
        How busy all cores of the machine are; None where that is not known yet.
    gpu_percent : float or None
        How busy the busiest GPU of the machine is, where the engine runs on one; None where that
        is not known.
    normalisation : tuple of NormalisationLocked
        How each channel's frames are normalised, as far as that is locked.
    refused : dict of str to str
        What the run would not do now if it were asked ("record", "mark", "swap", "relock"), and
        why, for people.
    """

    run_id: str
    stage: Stage
    ledger: Ledger
    expected: int | None
    persisted_raw: int
    persisted_restored: int
    acquired_hz: float
    recorded_hz: float
    restored_hz: float
    latency_p50_ms: float | None
    latency_p99_ms: float | None
    free_bytes: int
    free_minutes: float | None
    restorer: RestorerState
    model: str
    engine: str
    why: str
    restarts: int
    skipped_live: int
    recording: bool = True
    store: str = ""
    recorded_s: float | None = None
    marks: int = 0
    age_p50_ms: float | None = None
    age_p99_ms: float | None = None
    cpu_percent: float | None = None
    gpu_percent: float | None = None
    normalisation: tuple[NormalisationLocked, ...] = ()
    refused: dict[str, str] = {}


class TelemetryServer:
    """Publishes snapshots: topic part, then a msgpack map.

    Parameters
    ----------
    endpoint : str
        Where to.

    Raises
    ------
    UsageError
        If the endpoint is taken.

    Attributes
    ----------
    endpoint : str
        Where to subscribe.
    """

    def __init__(self, endpoint: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.PUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        try:
            self._socket.bind(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise UsageError(
                f"cannot serve telemetry at {endpoint}: {error}; set publish.telemetry to "
                f"another port"
            ) from error
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def send(self, telemetry: Telemetry) -> None:
        """Publish a snapshot; never blocks."""
        self._socket.send_multipart([TOPIC, msgspec.msgpack.encode(telemetry)], zmq.NOBLOCK)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
        self._context.term()


class TelemetryListener:
    """Hears a run's snapshots; used by one thread. It may be made before the run begins.

    Parameters
    ----------
    endpoint : str
        Where the run publishes them.

    Raises
    ------
    UsageError
        If that is no endpoint.
    """

    def __init__(self, endpoint: str) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.RCVHWM, KEPT_SNAPSHOTS)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_SNAPSHOT_BYTES)
        self._socket.setsockopt(zmq.SUBSCRIBE, TOPIC)
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise UsageError(f"cannot listen for telemetry at {endpoint}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def latest(self) -> Telemetry | None:
        """Return the newest snapshot that has come since the last look, or None; never waits.

        What is no snapshot is passed over.
        """
        newest: Telemetry | None = None
        for _ in range(KEPT_SNAPSHOTS):  # a sender without end must not keep anybody here
            try:
                parts = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                break
            newest = _read(parts) or newest
        return newest

    def close(self) -> None:
        """Close the socket; a second time does nothing."""
        self._context.destroy(0)


def _read(parts: list[bytes]) -> Telemetry | None:
    """Return the snapshot in a message; None if it has none."""
    if len(parts) != PARTS:
        return None
    try:
        return decode_telemetry(parts[1])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def decode_telemetry(part: bytes) -> Telemetry:
    """Read a snapshot's map. Raises msgspec.DecodeError."""
    return msgspec.msgpack.decode(part, type=Telemetry)
