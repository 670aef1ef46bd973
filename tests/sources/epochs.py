"""Reads a source whose stream changes on the way: each stream with what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from contracts.source import PATIENCE, TIMEOUT_S

from livecare.frame import Pixels, StreamInfo
from livecare.sources.protocol import Arrival, FrameSource, NoFrame


@dataclass
class Part:
    """A stream of one form, its latest description, and its frames."""

    stream: StreamInfo
    arrivals: list[Arrival] = field(default_factory=list)
    frames: list[Pixels] = field(default_factory=list)


def read_parts(
    source: FrameSource,
    stream: StreamInfo,
    *,
    after: Callable[[Arrival], object] = lambda _: None,
) -> list[Part]:
    """Read until ENDED."""
    parts, waits = [Part(stream)], 0
    pixels = np.empty(stream.shape_yx, stream.dtype)
    while waits < PATIENCE:
        said = source.read_into(pixels, TIMEOUT_S)
        if said is NoFrame.ENDED:
            return parts
        if said is NoFrame.WAITING:
            waits += 1
        elif isinstance(said, StreamInfo):
            if said.grows_from(parts[-1].stream):
                parts[-1].stream = said
            else:
                parts.append(Part(said))
                pixels = np.empty(said.shape_yx, said.dtype)
        else:
            waits = 0
            parts[-1].arrivals.append(said)
            parts[-1].frames.append(pixels.copy())
            after(said)
    pytest.fail(f"the source never ended: {[len(part.arrivals) for part in parts]} frames")
