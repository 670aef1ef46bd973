"""A chunk whose checksum is right and whose pixels are not those of a frame."""

import pytest

from livecare.errors import StoreDamagedError
from livecare.sinks.checksum import sealed
from livecare.sinks.chunk import ChunkCodec


@pytest.mark.parametrize("length", [0, 5, 7])
def test_too_few_or_too_many_pixels_are_damage(length: int) -> None:
    codec = ChunkCodec((2, 3), "uint8")
    assert codec.decode(sealed(b"123456")).shape == (2, 3)
    with pytest.raises(StoreDamagedError, match=f"has {length} bytes of pixels instead of 6"):
        codec.decode(sealed(b"x" * length))
