"""What every frame sink must do. Subclass it and say how the sink is made and read back."""

from collections.abc import Iterator

import numpy as np
import pytest

from livecare.disk import PAGE_BYTES, aligned_block
from livecare.errors import StoreError
from livecare.frame import PIXEL_TYPES, FrameHeader, Pixels, PixelType, Position, StreamInfo
from livecare.sinks.protocol import FrameSink

CHECKSUM_BYTES = 4
SIZES = [(1, 1), (7, 3), (32, 64), (513, 771)]


def noisy_frame(shape_yx: tuple[int, int], dtype: PixelType, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(1, 250, shape_yx).astype(dtype)


def frame_block(pixels: Pixels) -> memoryview:
    """The pixels as the ring hands them over: page-aligned, with room for a checksum."""
    block = aligned_block(pixels.nbytes + CHECKSUM_BYTES)
    block[: pixels.nbytes] = pixels.tobytes()
    return block


class SinkContract:
    """The contract; a sink holds two channels, three planes and two stage positions."""

    def make(self, info: StreamInfo) -> FrameSink:
        raise NotImplementedError

    def read(self, sink: FrameSink, position: Position) -> Pixels | None:
        """Read a frame back by other means than the sink's, None where it is missing."""
        raise NotImplementedError

    def sync(self, sink: FrameSink) -> None:
        raise NotImplementedError

    def close(self, sink: FrameSink) -> None:
        raise NotImplementedError

    def info(self, shape_yx: tuple[int, int] = (16, 24), dtype: PixelType = "uint16") -> StreamInfo:
        return StreamInfo(
            "contract", "none", shape_yx, dtype, channels=("a", "b"), size_z=3, positions=("p", "q")
        )

    def header(
        self,
        sequence: int,
        position: Position,
        shape_yx: tuple[int, int] = (16, 24),
        dtype: PixelType = "uint16",
    ) -> FrameHeader:
        return FrameHeader(sequence, position, shape_yx, dtype, received_ns=sequence)

    @pytest.fixture
    def sink(self) -> Iterator[FrameSink]:
        sink = self.make(self.info())
        yield sink
        self.close(sink)

    def test_is_a_frame_sink(self, sink: FrameSink) -> None:
        assert isinstance(sink, FrameSink)
        assert sink.persisted == -1

    @pytest.mark.parametrize("shape_yx", SIZES)
    @pytest.mark.parametrize("dtype", PIXEL_TYPES)
    def test_keeps_every_pixel(self, dtype: PixelType, shape_yx: tuple[int, int]) -> None:
        sink = self.make(self.info(shape_yx, dtype))
        pixels = noisy_frame(shape_yx, dtype)
        block = frame_block(pixels)
        sink.append(self.header(0, Position(0), shape_yx, dtype), block)
        found = self.read(sink, Position(0))
        self.close(sink)
        assert found is not None
        assert found.dtype == pixels.dtype
        np.testing.assert_array_equal(found, pixels)
        assert bytes(block[: pixels.nbytes]) == pixels.tobytes()

    def test_the_block_is_free_after_append(self, sink: FrameSink) -> None:
        first, second = noisy_frame((16, 24), "uint16", 1), noisy_frame((16, 24), "uint16", 2)
        block = frame_block(first)
        sink.append(self.header(0, Position(0)), block)
        block[: second.nbytes] = second.tobytes()
        sink.append(self.header(1, Position(1)), block)
        np.testing.assert_array_equal(self.read(sink, Position(0)), first)
        np.testing.assert_array_equal(self.read(sink, Position(1)), second)

    def test_frames_may_come_in_any_order(self, sink: FrameSink) -> None:
        places = [
            Position(t, c, z, p) for t in (0, 3) for c in (0, 1) for z in (0, 2) for p in (0, 1)
        ]
        order = np.random.default_rng(3).permutation(len(places)).tolist()
        for index in order:
            pixels = noisy_frame((16, 24), "uint16", index)
            sink.append(self.header(index, places[index]), frame_block(pixels))
        for index, place in enumerate(places):
            expected = noisy_frame((16, 24), "uint16", index)
            np.testing.assert_array_equal(self.read(sink, place), expected)
        assert self.read(sink, Position(1)) is None

    def test_persisted_reaches_what_was_appended(self, sink: FrameSink) -> None:
        for sequence in range(5):
            pixels = noisy_frame((16, 24), "uint16", sequence)
            sink.append(self.header(sequence, Position(sequence)), frame_block(pixels))
        self.sync(sink)
        assert sink.persisted == 4

    def test_persisted_is_the_highest_even_if_lower_ones_come_later(self, sink: FrameSink) -> None:
        for sequence in (4, 1):
            pixels = noisy_frame((16, 24), "uint16", sequence)
            sink.append(self.header(sequence, Position(sequence)), frame_block(pixels))
        self.sync(sink)
        assert sink.persisted == 4

    @pytest.mark.parametrize(
        "position",
        [Position(0, 2), Position(0, 0, 3), Position(0, 0, 0, 2), Position(-1), Position(0, -1)],
    )
    def test_a_position_outside_is_refused(self, sink: FrameSink, position: Position) -> None:
        with pytest.raises(StoreError, match="frame 7"):
            sink.append(self.header(7, position), frame_block(noisy_frame((16, 24), "uint16")))

    @pytest.mark.parametrize(
        ("shape_yx", "dtype"), [((24, 16), "uint16"), ((16, 24), "uint8"), ((16, 24), "float32")]
    )
    def test_another_kind_of_frame_is_refused(
        self, sink: FrameSink, shape_yx: tuple[int, int], dtype: PixelType
    ) -> None:
        pixels = noisy_frame(shape_yx, dtype)
        with pytest.raises(StoreError, match="frame 7"):
            sink.append(self.header(7, Position(0), shape_yx, dtype), frame_block(pixels))
        assert self.read(sink, Position(0)) is None

    def test_a_frame_is_never_overwritten(self, sink: FrameSink) -> None:
        first = noisy_frame((16, 24), "uint16", 1)
        sink.append(self.header(0, Position(0)), frame_block(first))
        with pytest.raises(StoreError, match="frame 1"):
            sink.append(
                self.header(1, Position(0)), frame_block(noisy_frame((16, 24), "uint16", 2))
            )
        np.testing.assert_array_equal(self.read(sink, Position(0)), first)

    def test_memory_that_is_not_aligned_or_too_short_is_refused(self, sink: FrameSink) -> None:
        shifted = aligned_block(2 * PAGE_BYTES)[8:]
        for block in (shifted, aligned_block(PAGE_BYTES)[: 16 * 24 * 2]):
            with pytest.raises(StoreError, match="frame 3"):
                sink.append(self.header(3, Position(0)), block)
        assert self.read(sink, Position(0)) is None

    def test_provenance_must_be_json_and_leaves_no_trace_otherwise(self, sink: FrameSink) -> None:
        pixels = noisy_frame((16, 24), "uint16")
        with pytest.raises(StoreError, match="frame 0"):
            sink.append(self.header(0, Position(0)), frame_block(pixels), {"model": object()})
        assert self.read(sink, Position(0)) is None
        sink.append(self.header(0, Position(0)), frame_block(pixels), {"model": "a", "z": [1.5]})
        np.testing.assert_array_equal(self.read(sink, Position(0)), pixels)
