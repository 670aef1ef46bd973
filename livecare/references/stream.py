"""Knows how a stream says that reference frames come in it, and how many."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Self

from livecare.errors import ConfigError
from livecare.frame import StreamInfo

CHANNEL: Final = "reference"
"""Name of the channel that reference frames are in, behind the others."""
KEY: Final = "reference"
"""Key of `StreamInfo.detail` that describes them."""


@dataclass(frozen=True, slots=True)
class ReferenceStream:
    """What a stream says of its reference frames.

    Attributes
    ----------
    channel : int
        Index of their channel.
    every : int
        Frames between two of them; each lies at the position of the last of these.
    light : float
        How many times as much light they have as the frames between them.
    """

    channel: int
    every: int
    light: float

    @classmethod
    def of(cls, info: StreamInfo) -> Self | None:
        """Read what a stream says; None where no reference frames come."""
        said: Any = info.detail.get(KEY)
        if not isinstance(said, dict):
            return None
        try:
            found = cls(int(said["channel"]), int(said["every"]), float(said["light"]))
        except (KeyError, TypeError, ValueError, OverflowError):
            return None  # somebody else's word
        return found if found.channel > 0 and found.every >= 1 and found.light > 0 else None

    def add_to(self, info: StreamInfo) -> StreamInfo:
        """Return the description of the stream with its reference frames.

        Raises
        ------
        ConfigError
            If a channel is called so already, or the stream has several channels: a reference frame
            could not say of which it is.
        """
        if CHANNEL in info.channels or len(info.channels) != self.channel:
            raise ConfigError(
                f"reference frames go with a single channel of another name than '{CHANNEL}'; "
                f"this stream has {', '.join(info.channels)}: leave the reference out, or record "
                "one channel"
            )
        return replace(
            info,
            channels=(*info.channels, CHANNEL),
            expected_frames=self._with_them(info.expected_frames),
            detail={**info.detail, KEY: asdict(self)},
        )

    def _with_them(self, frames: int | None) -> int | None:
        return None if frames is None else frames + frames // self.every


def check_every(every: int, where: str) -> None:
    """Refuse a distance of reference frames below 1. Raises ConfigError, which names the table."""
    if every < 1:
        raise ConfigError(f"{where}: every is {every}; give 1 or more")
