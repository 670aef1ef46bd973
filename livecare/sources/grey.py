"""Knows which of a core's cameras are taken: single grey ones; and their pixel type."""

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


def check_single(camera: str, cameras: int) -> None:
    """Raise SourceError for a camera that joins several: their frames come in turn.

    Parameters
    ----------
    camera : str
        The source and its camera, for the error.
    cameras : int
        How many there are behind it.
    """
    if cameras > 1:
        raise SourceError(
            f"{camera} joins {cameras} cameras, whose frames would be mixed in one channel; "
            "choose one of them as the core's camera"
        )
