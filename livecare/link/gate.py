"""Who may come in at a socket that others reach: CURVE keys and lists, or this machine only.

ZeroMQ asks a handler of its own protocol (ZAP, RFC 27) about each key, before the first message. If
nobody handled that, it would let everybody in who knows the run's public key: so the handler's
socket stays open, answered or not, until what it guards is closed.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from typing import Final

import zmq
from zmq.utils import z85
from zmq.utils.monitor import recv_monitor_message

from livecare.errors import UsageError
from livecare.keys import Role, Security
from livecare.link.sockets import is_loopback, speak_ipv6
from livecare.link.strangers import READ_KEY, UNKNOWN_KEY, WATCHED, Strangers

ZAP_ENDPOINT: Final = "inproc://zeromq.zap.01"
"""Where ZeroMQ asks, in each context."""
VERSION: Final = b"1.0"
DOMAIN: Final = b"livecare"
REQUEST_PARTS: Final = 7
"""Version, number, domain, address, identity, mechanism, and CURVE's one credential."""
CURVE: Final = b"CURVE"

LOOK_AGAIN_MS: Final = 1000
"""How soon the lists are looked at when nobody asks, milliseconds: so late is who is struck off a
list and connected still noticed."""

OPEN_WITHOUT_KEYS: Final = (
    "without [security] only this machine may connect: give tcp://127.0.0.1:PORT, or make keys and "
    "name them there (docs/security.md)"
)

FREED_S: Final = 5.0
"""Longest wait for a port to be free again, seconds: it takes thousandths of one."""
TRY_AGAIN_S: Final = 0.02
"""Time between two tries to take a port, seconds: nothing tells that it is free."""
END: Final = b""
LOOK: Final = b"look"
"""What is said to the thread: to end, and to watch another socket."""

Context = zmq.Context[zmq.Socket[bytes]]


class Gate:
    """Lets those into one socket whose keys may; counts and logs all others.

    Parameters
    ----------
    context : zmq.Context
        The socket's; of no other guarded one.
    where : str
        Name of the socket, for logs.
    needs : Role
        What a key must be good for.
    security : Security or None
        The keys; None to let in whoever comes from this machine, and to bind nothing else.
    watched : bool
        Whether to watch the socket's connections; False where its owner does, and tells
        `strangers`.

    Attributes
    ----------
    strangers : Strangers
        Whom it turned away.
    revoked : threading.Event
        Set when a key that was let in has been struck off the lists. Who sets up the socket anew
        clears it.
    """

    def __init__(
        self,
        context: Context,
        where: str,
        needs: Role,
        security: Security | None,
        *,
        watched: bool = True,
    ) -> None:
        self._context, self._needs, self._security = context, needs, security
        self._watched = watched
        self.strangers = Strangers(where, guarded=security is not None)
        self.revoked = threading.Event()
        self._lists = None if security is None else security.lists()
        self._lists_of_owner = None if security is None else security.lists()
        self._admitted: set[bytes] = set()
        self._bound, self._shut_out = "", False
        self._zap: zmq.Socket[bytes] | None = None
        self._monitor: zmq.Socket[bytes] | None = None
        self._monitors_before: list[zmq.Socket[bytes]] = []
        self._rope, self._bell = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
        for end in (self._rope, self._bell):
            end.setsockopt(zmq.LINGER, 0)
        self._bell.bind(f"inproc://gate-{id(self)}")
        self._rope.connect(f"inproc://gate-{id(self)}")
        self._thread: threading.Thread | None = None

    def bind(self, socket: "zmq.Socket[bytes]", endpoint: str, patience_s: float = 0.0) -> str:
        """Guard a socket and bind it; return where it is bound.

        Parameters
        ----------
        socket : zmq.Socket
            Not bound yet.
        endpoint : str
            Where to.
        patience_s : float
            How long to wait for a port that is taken, seconds.

        Raises
        ------
        UsageError
            If others than this machine could reach it, and there are no keys.
        zmq.ZMQError
            If it cannot be bound; the gate is to be closed then.
        """
        if self._security is None and not is_loopback(endpoint):
            raise UsageError(f"{endpoint} is not bound: {OPEN_WITHOUT_KEYS}")
        self._guard(socket)
        _take_port(socket, endpoint, patience_s)
        bound = socket.getsockopt_string(zmq.LAST_ENDPOINT)
        if self._security is None and not is_loopback(bound):  # what names mean is up to the system
            socket.unbind(bound)
            raise UsageError(f"{endpoint} is {bound}, and not bound: {OPEN_WITHOUT_KEYS}")
        self._bound = bound
        return bound

    def renew(
        self, socket: "zmq.Socket[bytes]", make: Callable[[], "zmq.Socket[bytes]"]
    ) -> "zmq.Socket[bytes]":
        """Put another socket in the place of one, so that everybody has to come in again.

        ZeroMQ cannot end a single connection. Clients connect anew by themselves; those whose keys
        have been struck off the lists are not let in. Where somebody else has taken the port
        meanwhile, nobody is: it is said, and `revoked` stays set, so that this is called again.

        Parameters
        ----------
        socket : zmq.Socket
            What this or `bind` has bound; closed by this.
        make : callable
            Makes another one like it.
        """
        self.revoked.clear()
        if not self._shut_out:
            socket.close(0)
            socket = make()
            self._guard(socket)
        try:
            _take_port(socket, self._bound, 0.0 if self._shut_out else FREED_S)
        except zmq.ZMQError as error:
            if not self._shut_out:
                lost = {"endpoint": self._bound, "why": str(error)}
                self.strangers.warn("nobody can connect any more", **lost)
            self._shut_out = True
            self.revoked.set()
        else:
            self._shut_out = False
        return socket

    def role_of(self, message: zmq.Frame) -> Role | None:
        """Tell what the sender of a message may do by now; None for nothing any more.

        To be called by the one thread that reads the socket.
        """
        if self._lists_of_owner is None:
            return Role.LOCAL
        try:
            found = self._lists_of_owner.find(str(message.get("User-Id")).encode())
        except zmq.ZMQError:  # a message that says nothing of its sender
            return None
        return None if found is None else found[0]

    def admits(self, message: zmq.Frame) -> bool:
        """Tell whether the sender of a message may still send here; see `role_of`."""
        role = self.role_of(message)
        return role is not None and role >= self._needs

    def close(self) -> None:
        """Let nobody in any more; a second time does nothing.

        To be called when the socket is closed, or was never bound.
        """
        if self._rope.closed:
            return
        if self._thread is not None:
            self._rope.send(END)
            self._thread.join()
        ends = (self._rope, self._bell, self._zap, self._monitor, *self._monitors_before)
        for socket in ends:
            if socket is not None:
                socket.close(0)
        self.strangers.sum_up()

    def _guard(self, socket: "zmq.Socket[bytes]") -> None:
        """Have a socket ask for keys, if there are any, and watch it, if that is wanted."""
        if self._security is not None:
            if self._zap is None:
                self._zap = self._context.socket(zmq.REP)
                self._zap.setsockopt(zmq.LINGER, 0)
                self._zap.bind(ZAP_ENDPOINT)
            socket.setsockopt(zmq.CURVE_SERVER, 1)
            socket.setsockopt(zmq.CURVE_SECRETKEY, self._security.server.secret)
            socket.setsockopt(zmq.ZAP_DOMAIN, DOMAIN)
            with contextlib.suppress(zmq.ZMQError):  # older ones cannot be told to insist
                socket.setsockopt(zmq.ZAP_ENFORCE_DOMAIN, 1)
        if self._watched:
            before, self._monitor = self._monitor, socket.get_monitor_socket(WATCHED)
            if before is not None:
                self._monitors_before.append(before)
                self._rope.send(LOOK)
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, name="livecare-gate", daemon=True)
            self._thread.start()

    def _keep(self) -> None:
        """Answer and watch until the bell rings."""
        poller, watched = zmq.Poller(), self._monitor
        for socket in (self._bell, self._zap, watched):
            if socket is not None:
                poller.register(socket, zmq.POLLIN)
        looked_s = time.monotonic()
        while True:
            happened = dict(poller.poll(None if self._security is None else LOOK_AGAIN_MS))
            if self._zap in happened:
                self._decide(self._zap)
            if watched in happened:
                self._watch(watched)
            if time.monotonic() - looked_s > LOOK_AGAIN_MS / 1e3:
                looked_s = time.monotonic()
                self._look_for_revoked()
            if self._bell in happened:
                if self._bell.recv() == END:
                    self._watch(watched)
                    return
                if watched is not self._monitor:
                    self._watch(watched)
                    self.strangers.begin_anew()
                    poller.unregister(watched)
                    watched = self._monitor
                    poller.register(watched, zmq.POLLIN)

    def _watch(self, monitor: "zmq.Socket[bytes] | None") -> None:
        while monitor is not None and monitor.poll(0):
            event = recv_monitor_message(monitor)
            self.strangers.note(dict(event))

    def _decide(self, zap: "zmq.Socket[bytes] | None") -> None:
        """Answer whether a key may come in."""
        if zap is None:
            return
        parts = zap.recv_multipart()
        number = parts[1] if len(parts) > 1 else b""
        public = b""
        if len(parts) == REQUEST_PARTS and parts[5] == CURVE:
            public = z85.encode(parts[6])
            why = self._why_not(public)
        else:
            why = "no CURVE"
        if not why:
            self._admitted.add(public)
            zap.send_multipart([VERSION, number, b"200", b"", public, b""])
            return
        zap.send_multipart([VERSION, number, b"400", b"refused", b"", b""])
        address = parts[3].decode("ascii", "replace") if len(parts) == REQUEST_PARTS else ""
        self.strangers.refuse(why, address=address, key=public.decode())

    def _why_not(self, public: bytes) -> str:
        """Say why a key may not come in; "" where it may."""
        found = None if self._lists is None else self._lists.find(public)
        if found is None:
            return UNKNOWN_KEY
        return "" if found[0] >= self._needs else READ_KEY

    def _look_for_revoked(self) -> None:
        gone = {public for public in self._admitted if self._why_not(public)}
        if gone:
            self._admitted -= gone
            self.revoked.set()


def _take_port(socket: "zmq.Socket[bytes]", endpoint: str, patience_s: float) -> None:
    """Bind a socket, if need be once whoever has the port lets go of it. Raises zmq.ZMQError."""
    speak_ipv6(socket, endpoint)
    deadline = time.monotonic() + patience_s
    while True:
        try:
            socket.bind(endpoint)
        except zmq.ZMQError:
            if time.monotonic() >= deadline:
                raise
        else:
            return
        time.sleep(TRY_AGAIN_S)
