"""What a frame's line in `frames.jsonl` says.

It ends with a checksum (see `livecare.sinks.checked_line`): a byte that flipped in a time or a
position is found like one that flipped in a pixel.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from livecare.errors import StoreError
from livecare.frame import FrameHeader, Position, StreamInfo
from livecare.sinks.checked_line import LineFault, seal, unseal

__all__ = ["FrameLine", "FramePlace", "LineFault", "decode"]


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Where a frame's bytes are.

    Attributes
    ----------
    shard : str
        The shard's file, relative to the store.
    offset, nbytes : int
        Where in it, bytes; the checksum at the end counts.
    crc32c : int
        That checksum.
    """

    shard: str
    offset: int
    nbytes: int
    crc32c: int


@dataclass(frozen=True, slots=True)
class FrameLine:
    """All that is known of a recorded frame besides its pixels.

    Attributes
    ----------
    sequence, t, c, z, p : int
        Which frame it is, and where it belongs.
    place : FramePlace
        Where its bytes are.
    received_ns : int or None
        See `FrameHeader`; None in a recovered line.
    camera_index, camera_time_ns, lost_before, loss_estimated, skipped_before, epoch
        See `FrameHeader`.
    recovered : bool
        The frame's own line was lost; `recover` wrote this one from what it found.
    provenance : mapping or None
        What the writer added: model, normalisation, guard values.
    """

    sequence: int
    t: int
    c: int
    z: int
    p: int
    place: FramePlace
    received_ns: int | None = None
    camera_index: int | None = None
    camera_time_ns: int | None = None
    lost_before: int = 0
    loss_estimated: bool = False
    skipped_before: int = 0
    epoch: int = 0
    recovered: bool = False
    provenance: Mapping[str, Any] | None = None

    @property
    def position(self) -> Position:
        """Where the frame belongs."""
        return Position(self.t, self.c, self.z, self.p)

    @classmethod
    def of(
        cls, header: FrameHeader, place: FramePlace, provenance: Mapping[str, Any] | None
    ) -> "FrameLine":
        """Make the line of a frame that was written."""
        at = header.position
        return cls(
            sequence=header.sequence,
            t=at.t,
            c=at.c,
            z=at.z,
            p=at.p,
            place=place,
            received_ns=header.received_ns,
            camera_index=header.camera_index,
            camera_time_ns=header.camera_time_ns,
            lost_before=header.lost_before,
            loss_estimated=header.loss_estimated,
            skipped_before=header.skipped_before,
            epoch=header.epoch,
            provenance=provenance,
        )

    def header(self, info: StreamInfo) -> FrameHeader:
        """Return the raw frame's header as it was; a recovered line has no time: 0 stands there."""
        return FrameHeader(
            sequence=self.sequence,
            position=self.position,
            shape_yx=info.shape_yx,
            dtype=info.dtype,
            received_ns=self.received_ns or 0,
            camera_index=self.camera_index,
            camera_time_ns=self.camera_time_ns,
            lost_before=self.lost_before,
            loss_estimated=self.loss_estimated,
            skipped_before=self.skipped_before,
            epoch=self.epoch,
        )

    def encode(self) -> bytes:
        """Return the line with its checksum and its end of line.

        Raises
        ------
        StoreError
            The provenance holds something that JSON has no value for.
        """
        try:
            return seal(msgspec.json.encode(self))
        except TypeError as error:
            raise StoreError(
                f"frame {self.sequence}: its provenance must be JSON values ({error})"
            ) from error


def decode(encoded: bytes) -> FrameLine | LineFault:
    """Read one line."""
    return unseal(encoded, FrameLine, "a frame")
