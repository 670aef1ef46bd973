"""Knows what a simulated Micro-Manager can do wrong; light, since `livecare --help` lists it."""

from enum import Enum
from typing import Final

DEFAULT_PORT: Final = 4827
"""Micro-Manager's."""
ODD_CHANNEL: Final = "GFP@50%"
"""A channel name that some clients take for a placeholder of bytes."""


class Misbehaviour(Enum):
    """What the server does wrong, each time a client fetches the n-th frame."""

    DIE_IN_CALL = "die-in-call"
    """It takes the call and is gone for good."""
    RESTART = "restart"
    """It takes the call, is gone for a while, and comes back without any object it had made."""
    ODD_CHANNEL = "odd-channel"
    """The channel is called `GFP@50%`, also in messages with pixels."""
    EMPTY_BUFFER = "empty-buffer"
    """It says that the buffer is empty, although it counted frames in it."""
    STALE_HANDLE = "stale-handle"
    """It forgets the objects that it had made."""
    TRUNCATED_PIXELS = "truncated-pixels"
    """Half of the pixels are missing."""
    SLOW_REPLY = "slow-reply"
    """It answers late."""
    GARBAGE_JSON = "garbage-json"
    """It answers with text that is no JSON."""
