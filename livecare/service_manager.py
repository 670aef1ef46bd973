"""Knows what a service manager (systemd) is told of this process, how, and when.

The watchdog is fed by those who look at the progress, while they look, and never by a clock: a
process whose frames wait and are not recorded is not fed, and is started again. Where nobody asked
to be told (no ``NOTIFY_SOCKET``, another system) nothing happens.
"""

import math
import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from livecare.logs import logger

USEC_PER_S: Final = 1_000_000
FEEDS: Final = 4
"""Feeds in the time within which one is due: two may come late, and nothing is amiss."""
STATUS_INTERVAL_S: Final = 1.0
"""Shortest time between two lines of status, seconds: each wakes whoever watches the service."""
EXTENSION_S: Final = 60.0
"""More time to start or to end, seconds, that progress buys: as long as a restorer may take over
its last work before it counts as hung."""
ENDING_S: Final = 120.0
"""Time within which a feed is due while the process ends, seconds: single steps, as waiting for a
restorer's last work, may take 60 s, and who hangs is ended when no more time was asked for."""
SEND_S: Final = 1.0
"""Longest wait for room in the service manager's queue, seconds."""

State = Literal["opening", "warming", "ready", "stopping"]
"""What a process does:

- "opening": it waits for what may never come; how long, is for the service manager to limit.
- "warming": it gets ready, for a time that it limits itself.
- "ready": it does its work, or waits for somebody who will bring some.
- "stopping": it completes its work, and takes none on.
"""


@dataclass(frozen=True, slots=True)
class Look:
    """How a process is at one moment.

    Attributes
    ----------
    state : State
        What it does.
    recorded : int
        Frames that were recorded so far, of the whole run.
    waiting : int
        Frames that have come and are not recorded yet.
    completed : int
        A number that changes whenever anything was completed.
    status : str
        What a person is told; one line.
    """

    state: State
    recorded: int = 0
    waiting: int = 0
    completed: int = 0
    status: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What the service manager has been told, and when (monotonic clock, seconds)."""

    ready: bool = False
    stopping: bool = False
    status: str = ""
    status_at_s: float = -math.inf
    fed_at_s: float = -math.inf
    fed_recorded: int = -1
    extended_at_s: float = -math.inf
    extended_completed: int = -1


def decide(
    said: Said, look: Look, now_s: float, watchdog_s: float | None = None
) -> tuple[list[str], Said]:
    """Decide what is to be told.

    Parameters
    ----------
    said : Said
        What has been told before.
    look : Look
        How the process is.
    now_s : float
        Monotonic clock, seconds.
    watchdog_s : float or None
        Time within which a feed is due, seconds; None where none is.

    Returns
    -------
    list of str
        The lines, as sd_notify(3) names them; often none.
    Said
        What has been told once they are sent.
    """
    lines = []
    if look.state == "ready" and not said.ready:
        lines.append("READY=1")
        said = replace(said, ready=True)
    if look.state == "stopping" and not said.stopping:
        lines.append("STOPPING=1")
        if watchdog_s is not None and watchdog_s < ENDING_S:
            lines.append(f"WATCHDOG_USEC={round(ENDING_S * USEC_PER_S)}")
        said = replace(said, stopping=True)
    if watchdog_s is not None and _may_feed(said, look, now_s, watchdog_s):
        lines.append("WATCHDOG=1")
        said = replace(said, fed_at_s=now_s, fed_recorded=look.recorded)
    if _may_extend(said, look, now_s):
        lines.append(f"EXTEND_TIMEOUT_USEC={round(EXTENSION_S * USEC_PER_S)}")
        said = replace(said, extended_at_s=now_s, extended_completed=look.completed)
    news = look.status != said.status and now_s - said.status_at_s >= STATUS_INTERVAL_S
    if news or (lines and lines[0] in ("READY=1", "STOPPING=1")):
        lines.append(f"STATUS={' '.join(look.status.split())}")
        said = replace(said, status=look.status, status_at_s=now_s)
    return lines, said


def _may_feed(said: Said, look: Look, now_s: float, watchdog_s: float) -> bool:
    """Tell whether it may be said that all is well: frames move, or none waits."""
    if not said.ready or now_s - said.fed_at_s < watchdog_s / FEEDS:
        return False
    return look.waiting <= 0 or look.recorded != said.fed_recorded


def _may_extend(said: Said, look: Look, now_s: float) -> bool:
    """Tell whether more time may be asked for, to start or to end."""
    if now_s - said.extended_at_s < EXTENSION_S / FEEDS:
        return False
    if look.state == "warming":
        return not said.ready
    return look.state == "stopping" and look.completed != said.extended_completed


class ServiceManager:
    """Tells a service manager what is to be told, at each look.

    Parameters
    ----------
    send : callable or None
        Sends a message; returns whether it was taken. None where nobody is to be told.
    watchdog_s : float or None
        Time within which a feed is due, seconds; None where none is.
    clock : callable
        Monotonic, seconds.
    """

    def __init__(
        self,
        send: Callable[[str], bool] | None = None,
        watchdog_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send, self.watchdog_s, self._clock = send, watchdog_s, clock
        self._said = Said()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> "ServiceManager":
        """Find the service manager that started this process; one that tells nobody if none did."""
        address = socket_address(environment.get("NOTIFY_SOCKET", ""))
        if address is None:
            return cls()
        return cls(_Mail(address), watchdog_s(environment))

    def look(self, look: Look) -> None:
        """Tell what is to be told now; what was not taken is told again at the next look."""
        if self._send is None:
            return
        lines, said = decide(self._said, look, self._clock(), self.watchdog_s)
        if not lines or self._send("\n".join(lines)):
            self._said = said


def socket_address(named: str) -> str | bytes | None:
    """Return the address of the socket that ``NOTIFY_SOCKET`` names; None if that is no such one.

    A name that begins with @ is one without a file.
    """
    if not hasattr(socket, "AF_UNIX"):
        return None
    if named.startswith("@") and len(named) > 1:
        return b"\0" + os.fsencode(named[1:])
    return named if named.startswith("/") else None


def watchdog_s(environment: Mapping[str, str]) -> float | None:
    """Return within which time a feed is due, seconds; None if none is, or not from this process.

    Parameters
    ----------
    environment : mapping
        ``WATCHDOG_USEC`` and, if it is for one process only, ``WATCHDOG_PID``.
    """
    try:
        period_s = int(environment["WATCHDOG_USEC"]) / USEC_PER_S
        meant = int(environment.get("WATCHDOG_PID") or os.getpid())
    except (KeyError, ValueError):
        return None
    return period_s if period_s > 0 and meant == os.getpid() else None


class _Mail:
    """Sends datagrams to a Unix socket; says once why it cannot."""

    def __init__(self, address: str | bytes) -> None:
        self._address = address
        self._complained = False

    def __call__(self, message: str) -> bool:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
                way.settimeout(SEND_S)
                way.sendto(message.encode(), self._address)
        except (OSError, ValueError) as error:  # ValueError: a name with a zero byte in it
            if not self._complained:
                self._complained = True
                logger().warning("the service manager cannot be told", why=str(error))
            return False
        return True
