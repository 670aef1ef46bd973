"""How sure the model is of live frames: a table of its predicted errors, measured now and then."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from livecare.engines.protocol import Engine
from livecare.errors import ConfigError, EngineError
from livecare.frame import FrameHeader, Pixels
from livecare.link import Report, SpreadMeasured
from livecare.logs import logger
from livecare.models.normalise import Normalisation
from livecare.models.uncertainty.spread_table import SpreadTable

EVERY_S: Final = 2.0
"""Least time between two measurements of a channel, seconds: specimens change slower."""
EVERY_FRAMES: Final = 128
"""Least number of its frames between them: where frames come fast, the two or three behind a
measurement wait for it, 2 % of all."""
PATIENCE_S: Final = 10.0
"""Time after which it is measured all the same, seconds: so slow a camera leaves time between its
frames."""
MOST_PUT_OFF: Final = 8
"""Frames that a measurement is put off while guards look at them: they leave six of eight alone."""
MOST_SHARE: Final = 0.02
"""Part of the time that measuring may take, at most: it restores a frame a second time."""


class Sureness:
    """Restores a live frame a second time now and then, and says what errors the model predicts.

    Parameters
    ----------
    engine : Engine
        Loaded with a model that predicts its errors.
    say : callable
        Told a channel's table.
    clock : callable
        A steady clock, seconds.
    """

    def __init__(
        self,
        engine: Engine,
        say: Callable[[Report], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._say, self._clock = engine, say, clock
        self._turns: dict[int, _Turn] = {}
        self._refused = False

    def look(
        self,
        header: FrameHeader,
        raw: Pixels,
        normalisation: Normalisation,
        *,
        examined: bool = False,
    ) -> None:
        """Take a live frame, shape (y, x), and what it is normalised with.

        One that guards have examined is late already, and so are those behind it: another is taken.
        """
        channel, begun = header.position.c, self._clock()
        turn = self._turns.setdefault(channel, _Turn())
        turn.frames += 1
        if self._refused or not turn.has_come(begun, examined=examined):
            return
        try:
            restored, spread = (np.empty((1, *raw.shape), np.float32) for _ in range(2))
            self._engine.infer(raw[np.newaxis], restored, [normalisation], spread)
            table = SpreadTable.measure(restored[0], spread[0])
        except (ConfigError, EngineError, MemoryError) as error:
            self._refused = True
            logger().warning("live frames come without predicted errors", reason=str(error))
            return
        rest_s = len(self._turns) * (self._clock() - begun) / MOST_SHARE
        self._turns[channel] = _Turn(begun, begun + max(EVERY_S, rest_s))
        self._say(SpreadMeasured(channel, table.levels, table.slopes, table.spreads))


@dataclass(slots=True)
class _Turn:
    """When a channel was measured, when it may be again, and how many frames came since."""

    measured_s: float = -math.inf
    earliest_s: float = -math.inf
    frames: int = 0
    put_off: int = 0

    def has_come(self, now_s: float, *, examined: bool) -> bool:
        """Tell whether it is to be measured now."""
        enough = self.frames >= EVERY_FRAMES or now_s - self.measured_s >= PATIENCE_S
        if now_s < self.earliest_s or not enough:
            return False
        if examined and self.put_off < MOST_PUT_OFF:
            self.put_off += 1
            return False
        return True
