"""Knows what a tap of a running Micro-Manager is told: where it is, and how patient to be."""

from dataclasses import dataclass
from typing import Final

from livecare.errors import ConfigError
from livecare.link.sockets import can_be_reached

DEFAULT_ENDPOINT: Final = "tcp://127.0.0.1:4827"
"""Where Micro-Manager's ZMQ server listens; it takes calls from its own machine only."""


@dataclass(frozen=True, slots=True)
class MmBridgeSettings:
    """A passive tap of a running MMStudio or headless Micro-Manager.

    Attributes
    ----------
    endpoint : str
        ZeroMQ address of its server; of another machine through an SSH tunnel.
    frames : int or None
        How many frames; None until stopped.
    patience_s : float or None
        How long to wait for the server and for a sequence to begin with, s; None for ever.
    end_with_sequence : bool
        True to end when live mode ends; False to wait for the next sequence, which is a new epoch.
    reply_timeout_s : float
        After this long without an answer the server counts as gone, s.
    control_timeout_s : float
        The same for calls that the camera can hold up, s; starting a large camera takes seconds.

    Raises
    ------
    ConfigError
        If a value is out of its range.
    """

    endpoint: str = DEFAULT_ENDPOINT
    frames: int | None = None
    patience_s: float | None = None
    end_with_sequence: bool = False
    reply_timeout_s: float = 1.0
    control_timeout_s: float = 15.0

    def __post_init__(self) -> None:
        if not can_be_reached(self.endpoint):
            raise ConfigError(
                f"mm-bridge: endpoint is {self.endpoint!r}; give an address such as "
                f"{DEFAULT_ENDPOINT!r}"
            )
        for name in ("frames", "patience_s", "reply_timeout_s", "control_timeout_s"):
            number = getattr(self, name)
            if number is not None and not number > 0:
                raise ConfigError(f"mm-bridge: {name} is {number}; give a value above 0")
        if self.control_timeout_s < self.reply_timeout_s:
            raise ConfigError(
                f"mm-bridge: control_timeout_s is {self.control_timeout_s}, below reply_timeout_s; "
                "give at least as much"
            )
