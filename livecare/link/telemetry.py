"""Knows what a run says of itself five times a second, and how others hear it."""

from typing import Final, Literal, Self

import msgspec
import zmq

from livecare.errors import UsageError
from livecare.frame import Ledger
from livecare.keys import Role, Security
from livecare.link.curve import Handshakes, prove
from livecare.link.gate import Gate
from livecare.link.reports import NormalisationLocked, SpreadMeasured
from livecare.link.sockets import SHORT_BYTES, from_here, limit
from livecare.link.strangers import Strangers
from livecare.link.tally import LightTally, Tally

TOPIC: Final = b"telemetry"
FAREWELL_MS: Final = 500
"""How long the last snapshot may take to reach a listener, milliseconds."""
PARTS: Final = 2
"""Parts of a snapshot's message: topic and map."""
MAX_SNAPSHOT_BYTES: Final = 1 << 20
"""Longest accepted snapshot, bytes: one of many channels has some thousands."""
KEPT_SNAPSHOTS: Final = 16
"""Snapshots that wait for a listener, three seconds' worth: only the newest is of interest."""

Stage = Literal["starting", "acquiring", "draining", "backfilling", "finishing", "ended"]
RestorerState = Literal[
    "off", "starting", "building", "ready", "degraded", "restarting", "given up"
]
"""What the restorer does:

- "off": nothing is to be restored.
- "starting": its process begins.
- "building": it runs and makes an engine ready, which may have to be built; frames that come pass
  as raw and are restored later.
- "ready": it restores.
- "degraded": it restores every nth frame, or none, since its engine keeps failing;
  `Telemetry.degraded` says what it does instead, and why. What it leaves out is restored later.
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
    degraded : str
        Why less is restored than could be, what is done instead, and the cure, for people; "" while
        all is well.
    alarm : str
        What of the restored frames is not to be believed now, and the cure, for people; "" while
        the guards are quiet.
    light : LightTally
        The light that the present part has spent, and what restoration saved of it.
    spreads : tuple of SpreadMeasured
        What errors the model predicts, of channels of which that was measured, in their order.
    total : Ledger
        What became of every frame of all recordings of the run so far. The last snapshot of a run,
        of stage "ended", says it to the frame, as the report does.
    tally : Tally
        What else was counted.
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
    degraded: str = ""
    alarm: str = ""
    light: LightTally = LightTally()
    spreads: tuple[SpreadMeasured, ...] = ()
    total: Ledger = Ledger()
    tally: Tally = Tally()


class TelemetryServer:
    """Publishes snapshots: topic part, then a msgpack map.

    Parameters
    ----------
    endpoint : str
        Where to.
    security : Security or None
        Keys, of which those of readers may listen; None for this machine only, without keys.

    Raises
    ------
    UsageError
        If the endpoint is taken, or open to other machines without keys.

    Attributes
    ----------
    endpoint : str
        Where to subscribe, on this machine.
    """

    def __init__(self, endpoint: str, security: Security | None = None) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._gate = Gate(self._context, "telemetry", Role.READ, security)
        self._socket = self._make_socket()
        try:
            self.endpoint = from_here(self._gate.bind(self._socket, endpoint))
        except (zmq.ZMQError, UsageError) as error:
            self._socket.setsockopt(zmq.LINGER, 0)
            self.close()
            raise UsageError(
                f"cannot serve telemetry at {endpoint}: {error}; set publish.telemetry to "
                f"another port"
            ) from error

    @property
    def strangers(self) -> Strangers:
        """Who was not let in."""
        return self._gate.strangers

    def _make_socket(self) -> "zmq.Socket[bytes]":
        socket = self._context.socket(zmq.PUB)
        socket.setsockopt(zmq.LINGER, FAREWELL_MS)
        limit(socket, SHORT_BYTES)
        return socket

    def send(self, telemetry: Telemetry) -> None:
        """Publish a snapshot; waits, for seconds at most, only where a key was struck off."""
        if self._gate.revoked.is_set():
            self._socket = self._gate.renew(self._socket, self._make_socket)
        self._socket.send_multipart([TOPIC, msgspec.msgpack.encode(telemetry)], zmq.NOBLOCK)

    def close(self) -> None:
        """Close the socket; a second time does nothing."""
        if self._socket.closed:
            return
        self._socket.close()
        self._gate.close()
        self._context.term()


class TelemetryListener:
    """Hears a run's snapshots; used by one thread. It may be made before the run begins.

    Parameters
    ----------
    endpoint : str
        Where the run publishes them; a `KeyedEndpoint` where it wants keys.

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
        prove(self._socket, endpoint)
        self._handshakes = Handshakes(self._socket, endpoint)
        try:
            self._socket.connect(endpoint)
        except zmq.ZMQError as error:
            self.close()
            raise UsageError(f"cannot listen for telemetry at {endpoint}: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def refusal(self) -> str:
        """Why the run does not let this listener in, for people; "" as long as it may."""
        return self._handshakes.refusal

    def wait(self, timeout_s: float) -> bool:
        """Wait until something has come, or so many seconds; tell whether something has."""
        return bool(self._socket.poll(round(timeout_s * 1e3)))

    def latest(self) -> Telemetry | None:
        """Return the newest snapshot that has come since the last look, or None; never waits.

        What is no snapshot is passed over.
        """
        self._handshakes.hear()
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
        self._handshakes.close()
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
