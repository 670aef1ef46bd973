"""How channels are locked anew while their frames go on being restored with what they have."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from livecare.errors import ConfigError
from livecare.logs import logger
from livecare.models.locking import is_blank
from livecare.models.normalise import Normaliser
from livecare.restorer.intake import Frame
from livecare.restorer.locking import Lock


class Remeasuring:
    """Measures the normalisation of channels from frames that come; nothing waits for it.

    Channels whose frames come together change together, or none of them does: where one cannot be
    measured, all keep what they have. One of which no frame has come by then is measured when they
    come, and nobody waits for that.

    Parameters
    ----------
    lock : Lock
        Makes the normalisers.
    channels : iterable of int
        Which channels.
    adopt : callable
        Told each channel's new normaliser.

    Attributes
    ----------
    settled : bool
        Whether each channel of which frames came was measured or cannot be, and one did come.
    refusals : list of str
        Why all channels keep what they had, once it is settled; empty where they changed.
    """

    def __init__(
        self, lock: Lock, channels: Iterable[int], adopt: Callable[[int, Normaliser], None]
    ) -> None:
        self._lock = lock
        self._adopt = adopt
        self._unseen = set(channels)
        self._shown: dict[int, list[Frame]] = {}
        self._blank: dict[int, int] = {}
        self._measured: dict[int, Normaliser] = {}
        self.settled = not self._unseen
        self.refusals: list[str] = []

    def look(self, frame: Frame) -> None:
        """Take a frame as evidence, if its channel is to be measured; its pixels are copied."""
        channel = frame.channel
        if channel in self._unseen:
            self._unseen.discard(channel)
            self._shown[channel], self._blank[channel] = [], 0
        shown = self._shown.get(channel)
        if shown is None:
            return
        if is_blank(frame.pixels):
            self._blank[channel] += 1
            if self._blank[channel] >= self._lock.frames:
                self._refuse(channel, self._lock.blank(self._blank[channel]))
            return
        shown.append(replace(frame, pixels=frame.pixels.copy()))
        if len(shown) >= self._lock.frames:
            self._measure(channel, shown)

    def conclude(self) -> None:
        """Adopt what was measured, once nothing is waited for; or nothing, if any was refused."""
        if not self.settled:
            if self._shown or not (self._measured or self.refusals):
                return
            self.settled = True
            if self.refusals:
                self._unseen.clear()
                self._measured.clear()
        for channel, normaliser in self._measured.items():
            self._adopt(channel, normaliser)
        self._measured.clear()

    def _measure(self, channel: int, frames: list[Frame]) -> None:
        try:
            normaliser = self._lock.make(frames)
        except ConfigError as error:
            self._refuse(channel, str(error))
            return
        del self._shown[channel]
        self._measured[channel] = normaliser

    def _refuse(self, channel: int, reason: str) -> None:
        del self._shown[channel]
        if not self.settled:
            self.refusals.append(f"channel {channel} cannot be measured: {reason}")
        logger().warning("normalisation not measured anew", channel=channel, reason=reason)
