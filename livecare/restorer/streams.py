"""Which frames can be restored yet: each channel has a normaliser, or waits for one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from livecare.errors import ConfigError
from livecare.link import FrameFailed, LockWaits, Report
from livecare.logs import logger
from livecare.models.locking import is_blank
from livecare.models.normalise import Normaliser
from livecare.restorer.intake import Batch, Frame
from livecare.restorer.locking import Lock
from livecare.restorer.pace import Pace
from livecare.restorer.remeasuring import Remeasuring

LONGEST_PAUSE: Final = 1024
"""Frames of a channel that are passed over between two tries to lock it, at most."""
MOST_BORROWERS: Final = 8
"""Reference frames that are held until the first channel is locked, at most."""


class Streams:
    """The channels of a run; planes and positions of a channel share its normaliser.

    A channel is locked from its first frames that are not blank, held until there are enough of
    them and restored then. While the acquisition is live, blank ones are passed over: the back-fill
    brings them again. Afterwards nothing is passed over that may not come again: frames are held
    until their channel is locked, or until `settle` fails them.

    Parameters
    ----------
    lock : Lock
        Makes the normalisers.
    pace : Pace
        How many frames go at once, and how many may wait while live.
    room : int
        Frames that are held after the acquisition, at least as many as the back-fill has under way;
        beyond, the oldest is passed over.
    say : callable
        Told what is locked, what waits, and each frame that cannot be restored.

    Attributes
    ----------
    pace : Pace
        See above; another may take its place between two batches.
    normalisers : dict of int to Normaliser
        By channel, as far as they are locked.
    remeasuring : Remeasuring or None
        What measures locked channels anew, while it does.
    skipped : int
        Frames passed over so far.
    """

    def __init__(self, lock: Lock, pace: Pace, room: int, say: Callable[[Report], None]) -> None:
        self._lock = lock
        self.pace = pace
        self._room = room
        self._say = say
        self._held: list[Frame] = []
        self._searches: dict[int, _Search] = {}
        self.normalisers: dict[int, Normaliser] = lock.handed_on()
        self.remeasuring: Remeasuring | None = None
        self.skipped = 0

    @property
    def holding(self) -> bool:
        """True while frames are held that are neither restored nor failed."""
        return bool(self._held)

    @property
    def begins(self) -> bool:
        """True until a channel is locked or said to wait: until then frames are evidence."""
        return not self.normalisers and not any(search.told for search in self._searches.values())

    def sort(self, batch: Batch, *, live: bool) -> list[Batch]:
        """Take frames in; return those that can be restored now, held ones before newer ones."""
        if live and self.remeasuring is not None:
            for frame in batch.frames():
                self.remeasuring.look(frame)
            self.remeasuring.conclude()
        if all(message.header.position.c in self.normalisers for message in batch.messages):
            return [batch] if batch.messages else []
        return self._batches(
            [each for frame in batch.frames() for each in self._take(frame, live=live)]
        )

    def settle(self) -> list[Batch]:
        """Nothing more comes: restore what is held with what it shows, or fail it."""
        channels = dict.fromkeys(frame.channel for frame in self._held)
        return self._batches([each for c in channels for each in self._try(c, live=False)])

    def remeasure(self) -> Remeasuring:
        """Lock every channel anew to its next frames; until then it goes on as it is."""
        self.remeasuring = Remeasuring(
            self._lock,
            [channel for channel in self.normalisers if not self._lock.borrows(channel)],
            lambda *locked: self._adopt(*locked, anew=True),
        )
        return self.remeasuring

    def hand_over(self) -> list[Batch]:
        """Give up what is held, frame by frame: something else is to restore it."""
        held, self._held = self._held, []
        return [Batch([frame.message], frame.pixels[np.newaxis]) for frame in held]

    def _take(self, frame: Frame, *, live: bool) -> list[Frame]:
        """Return what can be restored now that this frame has come."""
        if frame.channel not in self.normalisers and not self._lock.needs_frames:
            self._adopt(frame.channel, self._lock.make([]))
        elif frame.channel not in self.normalisers and self._lock.borrows(frame.channel):
            return self._borrow(frame, live=live)
        if frame.channel in self.normalisers:
            return [frame]
        if self._lock.hopeless is not None:
            self._fail([frame], self._lock.hopeless)
            return []
        search = self._searches.setdefault(frame.channel, _Search())
        frame = replace(frame, blank=is_blank(frame.pixels))
        search.blank += frame.blank
        if live and frame.blank and search.blank == self._lock.frames:
            self._say_waiting(frame.channel, self._lock.blank(search.blank))
        if live and (frame.blank or search.pauses()):
            self.skipped += 1
        elif search.refusal is not None and (frame.blank or search.tried):
            self._fail([frame], search.refusal)
        else:
            self._hold(frame, live=live)
            if self._enough(frame.channel, live=live):
                return self._try(frame.channel, live=live)
        return []

    def _borrow(self, frame: Frame, *, live: bool) -> list[Frame]:
        """Lock a reference frame's channel as the first one is; hold it until that is."""
        if 0 in self.normalisers:
            self._adopt(frame.channel, self.normalisers[0])
            return [frame]
        self._searches.setdefault(frame.channel, _Search())
        held = sum(each.channel == frame.channel for each in self._held)
        if live and held >= MOST_BORROWERS:
            self.skipped += 1
        else:
            self._hold(frame, live=live)
        return []

    def _with_borrowers(self, mine: list[Frame]) -> list[Frame]:
        """Return the frames of a channel that is locked now, with those that waited for it."""
        late = [each for each in self._held if self._lock.borrows(each.channel)]
        if not late or 0 not in self.normalisers:
            return mine
        for channel in {each.channel for each in late}:
            self._adopt(channel, self.normalisers[0])
        self._held = [each for each in self._held if not self._lock.borrows(each.channel)]
        return sorted([*mine, *late], key=lambda each: each.message.header.sequence)

    def _hold(self, frame: Frame, *, live: bool) -> None:
        self._held.append(replace(frame, pixels=frame.pixels.copy()))
        if not live and len(self._held) > self._room:
            del self._held[0]  # not one that is under way: those came later
            self.skipped += 1

    def _enough(self, channel: int, *, live: bool) -> bool:
        wanted = self._lock.wanted(channel)
        wanted = wanted if live else min(wanted, self._room)
        shown = sum(frame.channel == channel and not frame.blank for frame in self._held)
        return shown >= wanted

    def _try(self, channel: int, *, live: bool) -> list[Frame]:
        """Lock a channel to what is held of it, and return that; or pass it over, or fail it."""
        mine = [frame for frame in self._held if frame.channel == channel]
        self._held = [frame for frame in self._held if frame.channel != channel]
        search = self._searches[channel]
        try:
            self._adopt(channel, self._make(mine, search.blank))
        except ConfigError as error:
            if live:
                self.skipped += len(mine)
                search.pause(self._lock.frames)
                self._say_waiting(channel, str(error))
            else:
                search.refusal = str(error)
                search.tried |= not all(frame.blank for frame in mine)
                self._fail(mine, search.refusal)
            return []
        mine = self._with_borrowers(mine)
        if live and len(mine) > self.pace.backlog:  # stale: the newest are worth more
            self.skipped += len(mine) - self.pace.batch
            mine = mine[-self.pace.batch :]
        return mine

    def _make(self, frames: Sequence[Frame], blank: int) -> Normaliser:
        if frames and 0 in self.normalisers and self._lock.borrows(frames[0].channel):
            return self.normalisers[0]
        shown = [frame for frame in frames if not frame.blank]
        if not shown:
            raise ConfigError(self._lock.blank(blank))
        return self._lock.make(shown)

    def _adopt(self, channel: int, normaliser: Normaliser, *, anew: bool = False) -> None:
        self.normalisers[channel] = normaliser
        if anew:  # those that borrowed the former one borrow this one
            for other in [each for each in self.normalisers if self._lock.borrows(each)]:
                del self.normalisers[other]
        report = self._lock.report(channel, normaliser, anew=anew)
        self._say(report)
        logger().info(
            "normalisation locked",
            channel=channel,
            kind=report.kind,
            origin=report.origin,
            **report.values,
        )
        self._lock.warn(channel, normaliser)

    def _say_waiting(self, channel: int, reason: str) -> None:
        """Say once per channel that it is left for later."""
        search = self._searches[channel]
        if not search.told:
            search.told = True
            self._say(LockWaits(channel, reason))
            logger().warning("a channel is not restored yet", channel=channel, reason=reason)

    def _fail(self, frames: Sequence[Frame], reason: str) -> None:
        for frame in frames:
            self._say(FrameFailed(frame.message.header.sequence, reason))

    def _batches(self, frames: Sequence[Frame]) -> list[Batch]:
        size = self.pace.batch
        parts = [frames[i : i + size] for i in range(0, len(frames), size)]
        return [
            Batch([frame.message for frame in part], np.stack([frame.pixels for frame in part]))
            for part in parts
        ]


@dataclass(slots=True)
class _Search:
    """How a channel's search for a normalisation goes.

    Attributes
    ----------
    blank : int
        Frames that showed nothing so far.
    told : bool
        Whether it was said that the channel waits.
    refusal : str or None
        Why blank frames fail at once, after the acquisition.
    tried : bool
        Whether frames that are not blank were refused too.
    """

    blank: int = 0
    told: bool = False
    refusal: str | None = None
    tried: bool = False
    _left: int = 0
    _length: int = 0

    def pause(self, least: int) -> None:
        """Begin a pause, frames, twice as long as the one before."""
        self._length = min(LONGEST_PAUSE, max(least, 2 * self._length))
        self._left = self._length

    def pauses(self) -> bool:
        """Tell whether the next frame is to be passed over."""
        if self._left == 0:
            return False
        self._left -= 1
        return True
