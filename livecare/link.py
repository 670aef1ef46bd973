"""What the recorder and its child processes say to each other, and over which sockets.

Pixels go through rings. Over ZeroMQ go wake-ups (recorder to children, PUB/SUB, conflated: only
that something changed matters) and reports (children to recorder, PUSH/PULL). A lost wake-up
costs at most `HEARTBEAT_MS`, since every waiter looks at the ring again by then.
"""

import math
from pathlib import Path
from typing import Annotated, Final, Self, TypeVar

import msgspec
import zmq

from livecare.errors import ProtocolError, UsageError
from livecare.frame import NormalisationKind, PixelType

HEARTBEAT_MS: Final = 100
"""Longest wait, milliseconds, before a waiter looks for itself: bounds what a lost wake-up costs,
and how late a process notices that it should end."""

WAKE_HIGH_WATER: Final = 1000
"""Wake-ups queued per listener, which keeps only the last. They are empty; but a queue of one drops
the second of two within a millisecond (measured: up to 81 % of such pairs), and a frame then waits
for the heartbeat."""

LOOPBACK_ANY_PORT: Final = "tcp://127.0.0.1:*"
"""Only this machine, a port that the system picks. (Windows has no ipc://.)"""

MAX_REPORT_BYTES: Final = 64 * 1024
"""Longest accepted report, bytes."""

Count = Annotated[int, msgspec.Meta(ge=0)]

_WINDOW_KEYS: Final = frozenset({"low", "high"})
_CAMERA_KEYS: Final = frozenset({"gain", "offset", "read_noise", "binning"})
_KEYS_OF_KIND: Final[dict[NormalisationKind, frozenset[str]]] = {
    "fixed": _WINDOW_KEYS,
    "ema": _WINDOW_KEYS,
    "per-frame": _WINDOW_KEYS,
    "anscombe": _CAMERA_KEYS,
}
"""The numbers that a normalisation of each kind is made of."""


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The restorer has an engine, warm, and begins to take frames."""

    engine: str
    precision: str
    batch: int
    seconds_per_frame: float


class NormalisationLocked(msgspec.Struct, frozen=True, tag=True):
    """The restorer has fixed how it normalises for the rest of the run.

    Attributes
    ----------
    kind : NormalisationKind
        How the normalisation of each frame is chosen.
    values : dict of str to float
        `Normalisation.record` of what the run begins with; a restarted restorer goes on with them.
    origin : str
        Where the values come from, for people.
    """

    kind: NormalisationKind
    values: dict[str, float]
    origin: str = ""

    def __post_init__(self) -> None:
        if self.values.keys() != _KEYS_OF_KIND[self.kind]:
            raise ValueError(f"'{self.kind}' with the values {', '.join(self.values)}")
        if not all(map(math.isfinite, self.values.values())):
            raise ValueError(f"values that are not finite: {self.values}")
        if "low" in self.values and not self.values["low"] < self.values["high"]:
            raise ValueError(f"an intensity window of {self.values}")
        if not (self.values.get("gain", 1.0) > 0 and self.values.get("read_noise", 0.0) >= 0):
            raise ValueError(f"a camera of {self.values}")


class Progress(msgspec.Struct, frozen=True, tag=True):
    """Every raw ticket below `cursor` is restored, skipped or failed, and published if restored.

    `skipped` counts, since this process started, the frames passed over or overrun.
    """

    cursor: Count
    skipped: Count


class FrameFailed(msgspec.Struct, frozen=True, tag=True):
    """The engine cannot restore this frame, alone or in a batch."""

    sequence: Count
    reason: str


Report = Ready | NormalisationLocked | Progress | FrameFailed

_report_decoder = msgspec.msgpack.Decoder(Report)


class RestorerSpec(msgspec.Struct, frozen=True):
    """All that a restorer process needs to know, handed over as a JSON file.

    Attributes
    ----------
    run_id : str
        The run.
    raw_ring, restored_ring : str
        Paths of the rings.
    wake_endpoints : tuple of str
        Where the recorder announces raw frames and freed slots.
    report_endpoint : str
        Where reports go.
    engine, model : str
        Key of the engine; path of the model package.
    threads : int
        CPU threads that the engine may use.
    shape_yx : tuple of int
        Rows and columns of a frame, pixels.
    dtype, restored_dtype : PixelType
        Types of raw and restored frames.
    latency_budget_ms : float
        Frames may wait for the engine this long, milliseconds; then the newest are taken.
    max_batch : int
        A batch is never larger, frames.
    lock_frames : int
        Frames that the normalisation is locked from.
    normalisation : NormalisationKind
        How frames are normalised.
    window : tuple of float or None
        Low and high of the intensity window where it is configured, camera counts.
    camera : tuple of float or None
        Gain (counts per electron), offset (counts) and read noise (electrons) where they are
        configured.
    locked : NormalisationLocked or None
        What an earlier restorer of the run has locked.
    """

    run_id: str
    raw_ring: str
    restored_ring: str
    wake_endpoints: tuple[str, ...]
    report_endpoint: str
    engine: str
    model: str
    threads: int
    shape_yx: tuple[int, int]
    dtype: PixelType
    restored_dtype: PixelType
    latency_budget_ms: float
    max_batch: int
    lock_frames: int
    normalisation: NormalisationKind
    window: tuple[float, float] | None
    camera: tuple[float, float, float] | None
    locked: NormalisationLocked | None


class PublisherSpec(msgspec.Struct, frozen=True):
    """All that a publisher process needs to know, handed over as a JSON file.

    Attributes
    ----------
    raw_ring, restored_ring : str
        Paths of the rings.
    wake_endpoints : tuple of str
        Where the recorder announces raw and restored frames.
    preview_endpoint : str
        Where it serves subscribers.
    preview_file : str
        Where it writes the endpoint that it really has, once it is served.
    end_file : str
        Where it finds the end message, as the wire has it, when the run is over.
    max_hz : float
        At most so many frames per second and topic.
    start : bytes
        The start message that each new subscriber gets, as the wire has it.
    """

    raw_ring: str
    restored_ring: str
    wake_endpoints: tuple[str, ...]
    preview_endpoint: str
    preview_file: str
    end_file: str
    max_hz: float
    start: bytes


Spec = TypeVar("Spec", RestorerSpec, PublisherSpec)


def write_spec(path: Path, spec: RestorerSpec | PublisherSpec) -> None:
    """Write a child's orders as JSON."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(spec)))


def read_spec(path: Path, kind: type[Spec]) -> Spec:
    """Read a child's orders. Raises UsageError naming the file."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path}: no {kind.__name__} of this livecare: {error}") from error


class Waker:
    """Announces "something changed" to all children; used by one thread.

    Attributes
    ----------
    endpoint : str
        Where children connect.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]") -> None:
        self._socket = context.socket(zmq.PUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.SNDHWM, WAKE_HIGH_WATER)
        self._socket.bind(LOOPBACK_ANY_PORT)
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def wake(self) -> None:
        """Wake whoever waits; never blocks."""
        self._socket.send(b"", zmq.NOBLOCK)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class WakeListener:
    """Waits for a `Waker`'s announcements; used by one thread."""

    def __init__(
        self, context: "zmq.Context[zmq.Socket[bytes]]", endpoints: tuple[str, ...]
    ) -> None:
        self._socket = context.socket(zmq.SUB)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.CONFLATE, 1)  # single-part only: multipart breaks silently
        self._socket.setsockopt(zmq.SUBSCRIBE, b"")
        for endpoint in endpoints:
            self._socket.connect(endpoint)

    @property
    def socket(self) -> "zmq.Socket[bytes]":
        """The socket, for a poller that waits for other things too."""
        return self._socket

    def wait(self, timeout_ms: int = HEARTBEAT_MS) -> None:
        """Return when something was announced, or after the time-out."""
        if self._socket.poll(timeout_ms):
            self.clear()

    def clear(self) -> None:
        """Take the announcement that is there."""
        self._socket.recv(zmq.NOBLOCK)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


class Reporter:
    """Sends a child's reports; used by one thread."""

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]", endpoint: str) -> None:
        self._socket = context.socket(zmq.PUSH)
        self._socket.setsockopt(zmq.LINGER, 1000)  # ms: the last words before an orderly exit
        self._socket.connect(endpoint)

    def send(self, report: Report) -> None:
        """Queue a report."""
        self._socket.send(msgspec.msgpack.encode(report))

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class ReportInbox:
    """Receives the children's reports; used by one thread.

    Attributes
    ----------
    endpoint : str
        Where children connect.
    """

    def __init__(self, context: "zmq.Context[zmq.Socket[bytes]]") -> None:
        self._socket = context.socket(zmq.PULL)
        self._socket.setsockopt(zmq.LINGER, 0)
        self._socket.setsockopt(zmq.MAXMSGSIZE, MAX_REPORT_BYTES)
        self._socket.bind(LOOPBACK_ANY_PORT)
        self.endpoint = self._socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def receive(self, timeout_ms: int = HEARTBEAT_MS) -> Report | None:
        """Return the next report, or None if none came in time.

        Raises
        ------
        ProtocolError
            If what came is no report.
        """
        if not self._socket.poll(timeout_ms):
            return None
        parts = self._socket.recv_multipart()
        if len(parts) != 1:
            raise ProtocolError(f"report of {len(parts)} parts; it has 1")
        try:
            report: Report = _report_decoder.decode(parts[0])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise ProtocolError(f"report cannot be read: {error}") from error
        return report

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
