"""Knows when to look for the server, when to give it up, and whether it is the same as before."""

from typing import Final

from livecare.errors import ProtocolError, SourceError
from livecare.logs import logger
from livecare.sources.clock import NS_PER_S, Clock, StopSignal
from livecare.sources.mm_bridge.client import BridgeClient
from livecare.sources.mm_bridge.core import RemoteCore
from livecare.sources.mm_bridge.faults import (
    BridgeCounts,
    MalformedReplyError,
    RefusedCallError,
    SilentServerError,
)
from livecare.sources.mm_bridge.settings import MmBridgeSettings

SHORTEST_PAUSE_S, LONGEST_PAUSE_S = 0.1, 1.0
"""Between attempts, s; doubled after each: a dead server costs nothing, a new one is soon found."""
GOODBYE_S: Final = 0.5
"""How long to wait for the server when it is left, s."""
OLDEST_MAJOR: Final = 4
"""Older servers send pixels as text."""


class Connection:
    """The server, as long as it is there; made anew when it is lost.

    Attributes
    ----------
    generation : int
        How often handles were made: another number means another server, or one that began anew.
    words : str
        Why there is no connection, for people.
    """

    def __init__(
        self, settings: MmBridgeSettings, clock: Clock, stop: StopSignal, counts: BridgeCounts
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._counts = counts
        self._client = BridgeClient(settings.endpoint, clock, stop, counts)
        self._core: RemoteCore | None = None
        self._connected = False
        self._attempts = 0
        self._next_attempt_ns = clock.now_ns()
        self.generation = 0
        self.words = "it was not looked for yet"

    def core(self) -> RemoteCore | None:
        """Give the core; connects when it is time to, None while there is no server.

        Raises
        ------
        SourceError
            The server is too old, or a stop was requested.
        """
        if not self._connected and self.due_in_s <= 0:
            self._attempt()
        return self._core if self._connected else None

    @property
    def due_in_s(self) -> float:
        """Time until the next attempt to connect, s; 0 where it is due or connected."""
        if self._connected:
            return 0.0
        return max((self._next_attempt_ns - self._clock.now_ns()) / NS_PER_S, 0.0)

    def lose(self, why: Exception) -> None:
        """Give the server up for now."""
        if self._connected:
            self._connected = False
            self._counts.lost_connections += 1
            logger().warning("bridge lost", endpoint=self._settings.endpoint, why=str(why))
        self._pause(why)

    def close(self) -> None:
        """Let go of the handles, if the server is there, and disconnect."""
        core, self._core = self._core, None
        self._client.heeds_stop = False
        try:
            if core is not None and self._connected:
                core.let_go(GOODBYE_S)
        except (SourceError, ProtocolError):
            pass  # then the server is gone, and its handles with it
        finally:
            self._connected = False
            self._client.close()

    def _attempt(self) -> None:
        """Connect once; afterwards either connected or with a pause before the next attempt."""
        try:
            self._greet()
            self._take_handles()
        except (SilentServerError, MalformedReplyError, RefusedCallError) as error:
            self._pause(error)
        else:
            self._connected, self._attempts = True, 0
            logger().info("bridge found", endpoint=self._settings.endpoint)

    def _greet(self) -> None:
        settings = self._settings
        # More patient each time: a server may be alive and busy with somebody else's long call.
        patience_s = settings.reply_timeout_s * 2 ** min(self._attempts, 8)
        timeout_s = min(patience_s, settings.control_timeout_s)
        message = {"command": "connect", "debug": False}
        version = self._client.request("connect", message, timeout_s).version or "2.0.0"
        major = version.partition(".")[0]
        if not major.isdecimal():
            raise self._client.malformed(f"a server of version {version[:40]!r}")
        if int(major) < OLDEST_MAJOR:
            raise SourceError(
                f"mm-bridge: the server at {settings.endpoint} has version {version}, which sends "
                "pixels as text; install a Micro-Manager of 2022 or later"
            )

    def _take_handles(self) -> None:
        settings, core = self._settings, self._core
        if core is not None:
            if _is_alive(core):  # the server was slow, not gone
                core.renew_metadata()
                return
            core.let_go(settings.reply_timeout_s)
        self._core = None
        times = settings.reply_timeout_s, settings.control_timeout_s
        self._core = RemoteCore(self._client, *times)
        self.generation += 1

    def _pause(self, why: Exception) -> None:
        self.words = str(why)
        pause_s = min(SHORTEST_PAUSE_S * 2 ** min(self._attempts, 8), LONGEST_PAUSE_S)
        self._attempts += 1
        self._next_attempt_ns = self._clock.now_ns() + round(pause_s * NS_PER_S)


def _is_alive(core: RemoteCore) -> bool:
    """Tell whether the server still knows a core's handle."""
    try:
        core.is_sequence_running()
    except RefusedCallError:
        return False
    return True
