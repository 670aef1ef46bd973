"""Knows the life of the simulated server: its sockets, its thread, its deaths and returns."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Final

import zmq

from livecare.errors import ProtocolError, UsageError
from livecare.frame import Pixels
from livecare.simulated_bridge.camera import SimulatedCamera
from livecare.simulated_bridge.commands import Commands
from livecare.simulated_bridge.faults import FaultPlan, spoil
from livecare.simulated_bridge.misbehaviour import ODD_CHANNEL, Misbehaviour
from livecare.simulated_bridge.settings import SimulatedBridgeSettings
from livecare.simulated_bridge.wire import decode_request, encode_reply

STOP_CHECK_MS: Final = 20
"""How soon the server ends when it is told to, ms."""
STALE: Final = frozenset({Misbehaviour.STALE_HANDLE})
"""What makes the server forget its objects."""
GONE: Final = frozenset({Misbehaviour.DIE_IN_CALL, Misbehaviour.RESTART})
"""What ends the server, for good or for a while."""

Spoiler = Callable[[list[bytes]], list[bytes]]


class SimulatedBridge:
    """A Micro-Manager that is not there: a camera behind a server of the real protocol.

    Parameters
    ----------
    settings : SimulatedBridgeSettings
        The camera, the port, what goes wrong.
    spoiler : callable or None
        Makes other parts of an answer's parts before they are sent; for fuzzing.

    Attributes
    ----------
    camera : SimulatedCamera
        The camera and the core's buffer.
    died_ns, returned_ns : int or None
        When the server was gone and when it was back last, `time.perf_counter_ns`.
    """

    def __init__(self, settings: SimulatedBridgeSettings, spoiler: Spoiler | None = None) -> None:
        self._settings = settings
        self._spoiler = spoiler
        self.camera = SimulatedCamera(settings)
        self._commands = Commands(settings, self.camera)
        if Misbehaviour.ODD_CHANNEL in settings.misbehaviours:
            self._commands.core.channel = ODD_CHANNEL
        self._plan = FaultPlan(settings)
        self._stopped = threading.Event()
        self._ended = threading.Event()
        self._context = zmq.Context()
        self._sockets: dict[zmq.Socket[bytes], int] = {}
        self._port = settings.port
        self._thread = threading.Thread(target=self._serve, name="simulated bridge", daemon=True)
        self.died_ns: int | None = None
        self.returned_ns: int | None = None

    @property
    def endpoint(self) -> str:
        """Where it listens."""
        return f"tcp://127.0.0.1:{self._port}"

    @property
    def calls(self) -> Counter[str]:
        """How often each method of the core was called."""
        return self._commands.core.calls

    @property
    def dealt(self) -> list[Misbehaviour]:
        """What has gone wrong so far, in order."""
        return self._plan.dealt

    @property
    def held(self) -> int:
        """How many objects it keeps for its clients."""
        return self._commands.held

    def picture(self, index: int) -> Pixels:
        """Give the pixels of a frame of the present sequence."""
        return self.camera.picture(index)

    def set_channel(self, name: str) -> None:
        """Choose another channel preset."""
        self._commands.core.channel = name

    def start(self) -> None:
        """Listen, and switch live mode on where the settings say so.

        Raises
        ------
        UsageError
            The port is taken.
        """
        self._bind()
        if self._settings.live:
            self.camera.start()
        self._thread.start()

    def stop(self) -> None:
        """End; safe to call twice."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join()
        self._context.destroy(linger=0)

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it has ended; say whether it has."""
        return self._ended.wait(timeout_s)

    def _serve(self) -> None:
        try:
            while not self._stopped.is_set():
                for waiting in self._waiting():
                    if not self._handle(waiting):
                        break
                if not self._sockets:
                    return
        finally:
            self._ended.set()

    def _waiting(self) -> list["zmq.Socket[bytes]"]:
        poller = zmq.Poller()
        for listening in self._sockets:
            poller.register(listening, zmq.POLLIN)
        return [ready for ready, _ in poller.poll(STOP_CHECK_MS)]

    def _handle(self, client: "zmq.Socket[bytes]") -> bool:
        """Answer one request; False where the server is gone instead, or was."""
        parts = client.recv_multipart()
        try:
            request = decode_request(parts)
        except ProtocolError as error:
            refusal = f"java.lang.RuntimeException: {error}"
            client.send_multipart(encode_reply({"type": "exception", "value": refusal}))
            return True
        faults = self._plan.next_fault(request.get("name"))
        if faults & GONE:
            self._go(returns=Misbehaviour.RESTART in faults)
            return False
        if faults & STALE:
            self._commands.forget()
        answer = self._commands.answer(request, self._sockets[client])
        if request.get("new-port") is True and "port" in answer:
            answer["port"] = self._listen(0)
        if Misbehaviour.ODD_CHANNEL in self._settings.misbehaviours:
            answer = {"channel": ODD_CHANNEL, **answer}  # before the pixels' placeholder
        sent = spoil(encode_reply(answer), faults, self._settings, self._stopped)
        client.send_multipart(self._spoiler(sent) if self._spoiler else sent)
        return True

    def _go(self, *, returns: bool) -> None:
        """Be gone, with all connections; perhaps come back as a server that knows nothing."""
        self._sockets.clear()
        self._context.destroy(linger=0)
        self.died_ns = time.perf_counter_ns()
        self._commands.forget()
        self.camera.forget()
        if not returns or self._stopped.wait(self._settings.away_s):
            return
        self._context = zmq.Context()
        self._bind()
        if self._settings.live:
            self.camera.start()
        self.returned_ns = time.perf_counter_ns()

    def _bind(self) -> None:
        try:
            self._port = self._listen(self._port)
        except zmq.ZMQError as error:
            raise UsageError(
                f"simulated bridge: port {self._port} cannot be used: {error.strerror}; end the "
                "Micro-Manager that has it, or give another port"
            ) from error

    def _listen(self, port: int) -> int:
        listening = self._context.socket(zmq.REP)
        listening.setsockopt(zmq.LINGER, 0)
        wanted = port or "*"
        listening.bind(f"tcp://127.0.0.1:{wanted}")
        endpoint = listening.getsockopt_string(zmq.LAST_ENDPOINT)
        taken = int(endpoint.rpartition(":")[2])
        self._sockets[listening] = taken
        return taken
