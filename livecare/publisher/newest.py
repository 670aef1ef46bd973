"""Knows which frame of a ring is the newest of each channel, and whose turn it is."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from livecare import disk
from livecare.frame import Pixels
from livecare.ring import OverrunnableReader, Phase
from livecare.wire import FrameMessage


@dataclass(frozen=True, slots=True)
class Taken:
    """A frame out of a ring.

    Attributes
    ----------
    message : FrameMessage
        What it is.
    pixels : array, shape `message.header.shape_yx`
        In memory that the next one overwrites.
    """

    message: FrameMessage
    pixels: Pixels


class NewestFrames:
    """A ring, from which frames are taken channel by channel; begins with what comes next."""

    def __init__(self, path: Path) -> None:
        self._reader = OverrunnableReader(path)
        self._block = disk.aligned_block(self._reader.block_bytes)
        self._looked = self._reader.published
        self._seen: dict[int, int] = {}
        self._news: dict[int, tuple[int, int]] = {}
        self._turns: dict[int, int] = {}
        self._turn = 0

    def take_in_turn(self, besides: Collection[int] = ()) -> Taken | None:
        """Take the newest frame of the channel that waited longest among those that have news.

        A frame that is older than one of its channel that was seen before is no news: it was
        restored later. The channels `besides` have no turn.
        """
        self._look()
        channels = (each for each in self._news if each not in besides)
        for channel in sorted(channels, key=lambda each: (self._turns.get(each, -1), each)):
            ticket, _ = self._news.pop(channel)
            if (taken := self._take(ticket)) is not None:
                return taken
        return None

    def take(self, sequence: int) -> Taken | None:
        """Take a certain raw frame, if it is still there.

        While a run is live a raw frame's ticket is its sequence number.
        """
        message = self._reader.glance(sequence)
        if message is None or message.header.sequence != sequence:
            return None
        self._look()
        channel = message.header.position.c
        if self._news.get(channel, (0, -1))[1] == sequence:
            del self._news[channel]
        return self._take(sequence)

    def _look(self) -> None:
        """Note the newest ticket and sequence number of each channel."""
        published = self._reader.published
        for ticket in range(max(self._looked, published - self._reader.slots), published):
            message = self._reader.glance(ticket)
            if message is None:
                continue
            channel, sequence = message.header.position.c, message.header.sequence
            if sequence > self._seen.get(channel, -1):
                self._seen[channel] = sequence
                self._news[channel] = ticket, sequence
        self._looked = published

    def _take(self, ticket: int) -> Taken | None:
        """Copy a frame out; None if it was overwritten, or the acquisition is over."""
        self._reader.cursor = ticket
        message = self._reader.read_into(self._block)
        if message is None or self._reader.phase is not Phase.LIVE:
            return None
        header = message.header
        self._turn += 1
        self._turns[header.position.c] = self._turn
        count = header.shape_yx[0] * header.shape_yx[1]
        pixels = np.frombuffer(self._block, header.dtype, count).reshape(header.shape_yx)
        return Taken(message, pixels)
