"""How sure the model is of live frames: a table of its predicted errors, measured now and then."""

import math
import time
from collections.abc import Callable
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
"""Time between two measurements of a channel, seconds: specimens change slower."""
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
        self._next_s: dict[int, float] = {}
        self._refused = False

    def look(self, header: FrameHeader, raw: Pixels, normalisation: Normalisation) -> None:
        """Take a live frame, shape (y, x), and what it is normalised with."""
        channel, begun = header.position.c, self._clock()
        if self._refused or begun < self._next_s.get(channel, -math.inf):
            return
        try:
            restored, spread = (np.empty((1, *raw.shape), np.float32) for _ in range(2))
            self._engine.infer(raw[np.newaxis], restored, [normalisation], spread)
            table = SpreadTable.measure(restored[0], spread[0])
        except (ConfigError, EngineError, MemoryError) as error:
            self._refused = True
            logger().warning("live frames come without predicted errors", reason=str(error))
            return
        took = self._clock() - begun
        channels = len({*self._next_s, channel})
        self._next_s[channel] = begun + max(EVERY_S, channels * took / MOST_SHARE)
        self._say(SpreadMeasured(channel, table.levels, table.slopes, table.spreads))
