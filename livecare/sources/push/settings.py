"""Knows what a push source is told: where senders connect, and how long it goes on."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from livecare.errors import ConfigError

DEFAULT_ENDPOINT: Final = "tcp://127.0.0.1:5764"
"""Where senders connect unless told otherwise; the same as in `livecare.client.push`."""

LOOPBACK_HOSTS: Final = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class PushSettings:
    """An endpoint that other programs push frames to.

    Attributes
    ----------
    endpoint : str
        Where senders connect, "tcp://127.0.0.1:PORT"; this machine only.
    acquisitions : int or None
        How many acquisitions after each other; None until stopped. Those of several senders that
        overlap count as one.
    grows : bool
        Let further senders add channels, and senders that announce it add planes and positions.
    silent_s : float or None
        Seconds without a frame after which a sender is taken for dead and its acquisition for
        over; None to wait for its end, however long it pauses.
    buffer_frames : int
        Frames of each sender that wait here, in memory, while the disk is slow.

    Raises
    ------
    ConfigError
        If a value is out of its range, or the endpoint is open to other machines.
    """

    endpoint: str = DEFAULT_ENDPOINT
    acquisitions: int | None = None
    grows: bool = True
    silent_s: float | None = None
    buffer_frames: int = 32

    def __post_init__(self) -> None:
        if not _is_loopback(self.endpoint):
            raise ConfigError(
                f"push source: endpoint is {self.endpoint!r}, but only this machine may connect: "
                "give tcp://127.0.0.1:PORT, or * as PORT for any; other hosts need encryption, "
                "which this version does not have"
            )
        for name in ("acquisitions", "silent_s", "buffer_frames"):
            number = getattr(self, name)
            if number is not None and not number > 0:
                raise ConfigError(f"push source: {name} is {number}; give a value above 0")


def _is_loopback(endpoint: str) -> bool:
    try:
        parts = urlsplit(endpoint)
    except ValueError:  # brackets that are no IPv6 address
        return False
    return parts.scheme == "tcp" and parts.hostname in LOOPBACK_HOSTS
