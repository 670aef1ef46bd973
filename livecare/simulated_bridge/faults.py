"""Knows what a misbehaving server makes of its answers, and when."""

import threading
from typing import Final

from livecare.simulated_bridge.misbehaviour import Misbehaviour
from livecare.simulated_bridge.settings import SimulatedBridgeSettings
from livecare.simulated_bridge.wire import encode_reply

FETCH: Final = "getLastImageMD"
"""The call by which clients fetch a frame."""
EMPTY: Final = {"type": "exception", "value": "java.lang.Exception: Circular buffer is empty.\n"}
"""What a core says that has no frame at the moment."""
GARBAGE: Final = b'{"type": "string", "value": "\xe9\x00'
"""Broken off in the middle of a text."""


class FaultPlan:
    """Counts the frames that clients fetch and says which call goes wrong, and how."""

    def __init__(self, settings: SimulatedBridgeSettings) -> None:
        self._settings = settings
        self._fetched = 0
        self.dealt: list[Misbehaviour] = []

    def next_fault(self, method: str | None) -> frozenset[Misbehaviour]:
        """Take note of a call; return what is to go wrong with it."""
        if method != FETCH or not self._settings.misbehaviours:
            return frozenset()
        self._fetched += 1
        if self._fetched % self._settings.every:
            return frozenset()
        self.dealt += self._settings.misbehaviours
        return self._settings.misbehaviours


def spoil(
    parts: list[bytes],
    faults: frozenset[Misbehaviour],
    settings: SimulatedBridgeSettings,
    stopped: threading.Event,
) -> list[bytes]:
    """Return an answer's parts as a misbehaving server sends them; waits where it is slow."""
    if Misbehaviour.SLOW_REPLY in faults:
        stopped.wait(settings.slow_s)
    if Misbehaviour.EMPTY_BUFFER in faults:
        return encode_reply(EMPTY)
    if Misbehaviour.TRUNCATED_PIXELS in faults:
        parts = [*parts[:-1], parts[-1][: len(parts[-1]) // 2]]
    if Misbehaviour.GARBAGE_JSON in faults:
        parts = [GARBAGE, *parts[1:]]
    return parts
