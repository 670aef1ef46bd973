"""Knows what a push source is told: where senders connect, and how long it goes on."""

from dataclasses import dataclass
from typing import Final

from livecare.errors import ConfigError
from livecare.link.sockets import place_of

DEFAULT_ENDPOINT: Final = "tcp://127.0.0.1:5764"
"""Where senders connect unless told otherwise; the same as in `livecare.client.push`."""


@dataclass(frozen=True, slots=True)
class PushSettings:
    """An endpoint that other programs push frames to.

    Attributes
    ----------
    endpoint : str
        Where senders connect, "tcp://HOST:PORT": this machine, unless the source has keys.
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
        If a value is out of its range, or the endpoint is none.
    """

    endpoint: str = DEFAULT_ENDPOINT
    acquisitions: int | None = None
    grows: bool = True
    silent_s: float | None = None
    buffer_frames: int = 32

    def __post_init__(self) -> None:
        try:
            place_of(self.endpoint)
        except ValueError as error:
            raise ConfigError(
                f"push source: endpoint: {error}; tcp://127.0.0.1:5764 is for this machine alone"
            ) from error
        for name in ("acquisitions", "silent_s", "buffer_frames"):
            number = getattr(self, name)
            if number is not None and not number > 0:
                raise ConfigError(f"push source: {name} is {number}; give a value above 0")
