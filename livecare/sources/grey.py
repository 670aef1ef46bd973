"""Knows which pixel type a core's grey camera has, from the bytes of a pixel."""

from typing import Final

from livecare.errors import SourceError
from livecare.frame import PixelType

PIXEL_TYPES_BY_BYTES: Final[dict[int, PixelType]] = {1: "uint8", 2: "uint16"}
"""Pixel type by the bytes of a grey pixel; 4 would be uint32, which no part of livecare takes."""


def grey_pixel_type(camera: str, components: int, pixel_bytes: int, cure: str) -> PixelType:
    """Return the pixel type.

    Parameters
    ----------
    camera : str
        The source and its camera, for the error.
    components, pixel_bytes : int
        Components of a pixel, 1 for grey, and bytes of all of them.
    cure : str
        What to do about colour, for the error.

    Raises
    ------
    SourceError
        The camera is in colour, or its pixels are of another size.
    """
    if components != 1 or pixel_bytes not in PIXEL_TYPES_BY_BYTES:
        raise SourceError(
            f"{camera} sends pixels of {components} components and {pixel_bytes} bytes; {cure}"
        )
    return PIXEL_TYPES_BY_BYTES[pixel_bytes]
