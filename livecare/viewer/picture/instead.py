"""Knows what may stand on the restored side instead: a draw, or predicted errors; no Qt."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from livecare.frame import Pixels
from livecare.models.uncertainty.draws import draw_frame
from livecare.models.uncertainty.spread_table import SpreadTable
from livecare.viewer.display.sureness import SCALES, Tables
from livecare.viewer.picture.content import Composite, Layer
from livecare.viewer.picture.sides import Side
from livecare.viewer.styles import Levels

What = Literal["restored", "draws", "errors"]
"""What stands there: the restored frame, pictures that the model holds possible one after the
other, or how far from the truth it expects each pixel to be."""

TAGS: Final = {"draws": "ONE POSSIBLE PICTURE", "errors": "PREDICTED ERROR"}
"""What each is called, in large letters."""
EVERY_S: Final = 0.25
"""Time between two draws, seconds: the eye sees what stays and what does not."""
MOST_PIXELS: Final = 1 << 20
"""Larger frames are shown as they are: a draw of a million pixels takes a quarter of a second."""
TOO_LARGE: Final = "no draws or errors of frames this large"
REDUCED: Final = "no draws or errors of reduced frames: leave --reduce out"
NOT_KNOWN: Final = "what errors the model predicts is not known"


@dataclass(frozen=True, slots=True)
class _Made:
    """What was made last: of which layers, when it was ready, and the side."""

    layers: tuple[Layer, ...]
    at_s: float
    side: Side


class Instead:
    """Puts something else on the restored side.

    Parameters
    ----------
    clock : callable
        A steady clock, seconds.
    seed : int or None
        Of the draws.

    Attributes
    ----------
    what : What
        What stands there.
    tables : mapping of int to SpreadTable
        What errors the model predicts, by channel.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, seed: int | None = None
    ) -> None:
        self._clock, self._random = clock, np.random.default_rng(seed)
        self.what: What = "restored"
        self.tables: Tables = {}
        self._made: _Made | None = None

    @property
    def moves(self) -> bool:
        """Whether it may change without a new frame: draws, and errors that were put off."""
        return self.what != "restored"

    def of(self, side: Side) -> Side:
        """Return what is to be shown for a restored side."""
        if self.what == "restored" or not isinstance(side.content, Composite):
            self._made = None
            return side
        layers = side.content.layers
        if not all(layer.frame.restored for layer in layers):
            return side
        now_s, made = self._clock(), self._made
        if made is not None and made.side.tag == TAGS[self.what]:
            same = len(made.layers) == len(layers) and all(map(Layer.same_as, made.layers, layers))
            if now_s - made.at_s < EVERY_S or (same and self.what == "errors"):
                return made.side
        shown = self._made_of(side, layers)
        self._made = _Made(layers, self._clock(), shown)
        return shown

    def _made_of(self, side: Side, layers: tuple[Layer, ...]) -> Side:
        tables = [self.tables.get(layer.frame.header.position.c) for layer in layers]
        known = [table for table in tables if table is not None]
        if len(known) < len(layers):
            return replace(side, lines=(*side.lines, NOT_KNOWN))
        if any(each.frame.reduction > 1 for each in layers):
            return replace(side, lines=(*side.lines, REDUCED))
        if any(each.frame.pixels.size > MOST_PIXELS for each in layers):
            return replace(side, lines=(*side.lines, TOO_LARGE))
        change = self._drawn if self.what == "draws" else _errors
        changed = tuple(map(change, layers, known))
        lines = (*side.lines, _legend(changed)) if self.what == "errors" else side.lines
        return replace(side, tag=TAGS[self.what], content=Composite(changed), lines=lines)

    def _drawn(self, layer: Layer, table: SpreadTable) -> Layer:
        restored = layer.frame.pixels.astype(np.float32)
        draw = draw_frame(restored, table.over(restored), self._random)
        return _with(layer, draw, layer.levels)


def _errors(layer: Layer, table: SpreadTable) -> Layer:
    errors = SCALES * table.over(layer.frame.pixels.astype(np.float32))
    return _with(layer, errors, Levels(0.0, SCALES * float(np.max(table.spreads))))


def _with(layer: Layer, pixels: Pixels, levels: Levels) -> Layer:
    return replace(layer, frame=replace(layer.frame, pixels=pixels), levels=levels)


def _legend(layers: tuple[Layer, ...]) -> str:
    most = ", ".join(f"{layer.levels.high:.3g}" for layer in layers)
    return f"black: ± 0 counts · full colour: ± {most}, in 90 % of such pixels"
