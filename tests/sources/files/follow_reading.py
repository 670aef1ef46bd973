"""Reads sources whose stream may change."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from livecare.frame import Pixels, Position, StreamInfo
from livecare.sources.protocol import Arrival, FrameSource, NoFrame

PATIENCE = 10_000
"""Answers without a frame after which a source is taken for stuck."""


@dataclass
class Recorded:
    """What a recorder would have got; a list item per epoch."""

    streams: list[StreamInfo] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    epochs: list[dict[Position, Pixels]] = field(default_factory=list)

    @property
    def frames(self) -> dict[Position, Pixels]:
        [only] = self.epochs
        return only


def record(
    source: FrameSource,
    stream: StreamInfo,
    *,
    waiting: Callable[[int], object] = lambda _: None,
    after: Callable[[Arrival], object] = lambda _: None,
    timeout_s: float = 0.5,
) -> Recorded:
    """Read until ENDED, as the recorder does; `waiting` gets the number of frames so far."""
    found = Recorded([stream], [], [{}])
    patience = PATIENCE
    pixels = np.empty(stream.shape_yx, stream.dtype)
    while patience:
        answer = source.read_into(pixels, timeout_s)
        if answer is NoFrame.ENDED:
            return found
        if answer is NoFrame.WAITING:
            patience -= 1
            waiting(len(found.arrivals))
        elif isinstance(answer, StreamInfo):
            earlier, stream = stream, answer
            found.streams.append(stream)
            if not stream.grows_from(earlier):
                found.epochs.append({})
                pixels = np.empty(stream.shape_yx, stream.dtype)
        else:
            at = answer.position
            assert at.c < len(stream.channels)
            assert at.z < stream.size_z
            assert at.p < len(stream.positions)
            assert at not in found.epochs[-1], f"{at} came twice"
            found.epochs[-1][at] = pixels.copy()
            found.arrivals.append(answer)
            after(answer)
    raise AssertionError(f"the source never ended after {len(found.arrivals)} frames")
