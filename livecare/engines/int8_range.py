"""Where an int8 network holds: frames no darker and no brighter than those it was calibrated with.

Beyond its ranges an int8 network does not lose some precision, it cuts structures off. So the same
network in fp32 stands beside it, and takes each frame that is not within.
"""

import json
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from livecare.engines.workspace import Network, Run
from livecare.errors import EngineError

BLOCK_PX: Final = 4
"""Side of the blocks whose means are looked at, pixels: hot pixels are no brightness."""
MARGIN: Final = 0.05
"""By how much of their distance the limits are wider than the calibration's: the means of blocks
are noisy, which is nothing that a feature's range would not hold."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Limits:
    """The brightness of frames.

    Attributes
    ----------
    low, high : float
        Means of the darkest and of the brightest block, network units.
    """

    low: float
    high: float

    @classmethod
    def of(cls, frame: Values) -> Self:
        """Return those of a frame, shape (y, x), of at least a block.

        What is left over of its sides is not looked at; a smaller frame is looked at by pixels.
        """
        rows, columns = (length // BLOCK_PX for length in frame.shape)
        if not rows or not columns:
            return cls(float(frame.min()), float(frame.max()))
        blocks = frame[: rows * BLOCK_PX, : columns * BLOCK_PX].reshape(
            rows, BLOCK_PX, columns, BLOCK_PX
        )
        means = blocks.sum(axis=(1, 3)) / np.float32(BLOCK_PX**2)
        return cls(float(means.min()), float(means.max()))

    @classmethod
    def around(cls, frames: list[Values]) -> Self:
        """Return limits that hold all of some frames, each of shape (1, 1, y, x)."""
        each = [cls.of(frame[0, 0]) for frame in frames]
        low, high = min(one.low for one in each), max(one.high for one in each)
        margin = MARGIN * (high - low)
        return cls(low - margin, high + margin)

    def hold(self, frame: Values) -> bool:
        """Tell whether a frame is within."""
        found = Limits.of(frame)
        return self.low <= found.low and found.high <= self.high


@dataclass(frozen=True, slots=True)
class Int8Network:
    """An int8 network and where it holds.

    Attributes
    ----------
    onnx : bytes
        The ONNX file.
    limits : Limits
        Of the frames that it may see.
    """

    onnx: bytes
    limits: Limits

    def pack(self) -> bytes:
        """Return both as the content of one file: a line of JSON, then the ONNX file."""
        line = {"low": self.limits.low, "high": self.limits.high}
        return json.dumps(line).encode() + b"\n" + self.onnx

    @classmethod
    def unpack(cls, content: bytes) -> Self:
        """Return what `pack` was called on. Raises EngineError."""
        line, _, onnx = content.partition(b"\n")
        try:
            found = json.loads(line)
            return cls(onnx, Limits(float(found["low"]), float(found["high"])))
        except (ValueError, KeyError, TypeError) as error:
            raise EngineError(
                f"int8: the cached network is no file of livecare's ({error!r}): remove the folder "
                "'int8' of livecare's cache"
            ) from error


class RangedNetwork:
    """An int8 network with fp32 for frames beyond its range. A `workspace.Network`."""

    def __init__(self, int8: Network, plain: Network, limits: Limits) -> None:
        self._int8 = int8
        self._plain = plain
        self._limits = limits

    @property
    def device(self) -> str:
        """What both run on."""
        return self._int8.device

    @property
    def estimate_alone(self) -> bool:
        """Whether both can be bound to room for the estimate alone."""
        return self._int8.estimate_alone and self._plain.estimate_alone

    def bind(self, given: Values, made: Values) -> Run:
        """Bind both to the same buffers; each run looks at the frame and takes one."""
        int8, plain = self._int8.bind(given, made), self._plain.bind(given, made)
        return lambda: int8() if self._limits.hold(given) else plain()
