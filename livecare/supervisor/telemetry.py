"""The run's state as others see it, five times a second."""

from typing import Final, Literal

import msgspec
import zmq

from livecare.errors import UsageError
from livecare.frame import Ledger

TOPIC: Final = b"telemetry"

Stage = Literal["starting", "acquiring", "draining", "backfilling", "finishing", "ended"]
RestorerState = Literal["off", "starting", "ready", "restarting", "given up"]


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
    restorer : str
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


def decode_telemetry(part: bytes) -> Telemetry:
    """Read a snapshot's map. Raises msgspec.DecodeError."""
    return msgspec.msgpack.decode(part, type=Telemetry)
