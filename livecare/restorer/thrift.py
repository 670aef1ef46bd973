"""How much light restoration saves in a live stream, estimated from a few of its frames."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from livecare.frame import FrameHeader, Pixels, Position
from livecare.link import PhotonFactor, Report
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalise import Normalisation
from livecare.photons import StreamLight

SIDE: Final = 256
"""Rows and columns at the middle of a frame that are looked at, at most: 65,536 pixels tell an
error to a per cent, and cost a third of a millisecond."""
EVERY_S: Final = 0.2
"""Time between two frames of a channel that are looked at, seconds: as often as telemetry comes."""
PATIENCE_S: Final = 60.0
"""How long a frame waits for its successor at the same plane and position, seconds: stacks and
lists of positions come back late."""


@dataclass(slots=True)
class _Stream:
    """What is known of a channel: its light, and the frame that waits for its successor."""

    camera: CameraNoise
    light: StreamLight
    place: Position | None = None
    raw: Pixels | None = None
    restored: Pixels | None = None
    looked_at: float = -math.inf
    said: float = math.nan


class Thrift:
    """Pairs live frames with those that come after them.

    Only frames that are restored in units of the camera's noise count: of others it is not known
    how much light there was.

    Parameters
    ----------
    say : callable
        Told the photon factor of a channel whenever it has changed.
    clock : callable
        A steady clock, seconds.
    reference : tuple of (int, float) or None
        Channel and light of the reference frames: their light is none that is saved.
    """

    def __init__(
        self,
        say: Callable[[Report], None],
        clock: Callable[[], float] = time.monotonic,
        reference: tuple[int, float] | None = None,
    ) -> None:
        self._say, self._clock = say, clock
        self._passed_over = None if reference is None else reference[0]
        self._streams: dict[int, _Stream] = {}

    def look(
        self, header: FrameHeader, raw: Pixels, restored: Pixels, normalisation: Normalisation
    ) -> None:
        """Take a live frame and what was restored from it."""
        if not isinstance(normalisation, NoiseUnits) or normalisation.noise.binning > 1:
            return
        if header.position.c == self._passed_over:
            return
        camera = normalisation.noise
        stream = self._streams.get(header.position.c)
        if stream is None or stream.camera != camera:
            stream = self._streams[header.position.c] = _Stream(camera, StreamLight(camera))
        self._pair(stream, header.position, raw)
        now = self._clock()
        if now - stream.looked_at >= (EVERY_S if stream.raw is None else PATIENCE_S):
            stream.looked_at, stream.place = now, header.position
            stream.raw, stream.restored = _middle(raw).copy(), _middle(restored).copy()

    def _pair(self, stream: _Stream, position: Position, raw: Pixels) -> None:
        """Let the frame that waits be judged by its successor at the same place."""
        before, place = stream.raw, stream.place
        if before is None or stream.restored is None or place is None:
            return
        if (place.z, place.p) != (position.z, position.p):
            return
        stream.light.add(before, stream.restored, _middle(raw))
        stream.raw = stream.restored = None
        factor = stream.light.photon_factor
        if math.isfinite(factor) and factor != stream.said:
            stream.said = factor
            self._say(PhotonFactor(position.c, factor))


def _middle(frame: Pixels) -> Pixels:
    """Return the middle of a frame as a view."""
    top, left = (max(0, length - SIDE) // 2 for length in frame.shape)
    middle: Pixels = frame[top : top + SIDE, left : left + SIDE]
    return middle
