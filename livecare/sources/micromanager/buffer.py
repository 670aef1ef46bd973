"""Knows how to take frames out of a core's buffer, and how many it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from livecare.camera.core_series import CORE_ERRORS
from livecare.errors import SourceError
from livecare.frame import Pixels, StreamInfo
from livecare.sources.micromanager.core import Core
from livecare.sources.micromanager.tags import FrameTags, read_tags


@dataclass(frozen=True, slots=True)
class Taken:
    """A frame out of the buffer.

    Attributes
    ----------
    picture : array
        Its pixels; the next frame has an array of its own.
    tags : FrameTags
        What is written on it.
    """

    picture: Pixels
    tags: FrameTags

    def is_of(self, stream: StreamInfo) -> bool:
        """Tell whether the frame was taken, and read, in the stream's form."""
        read_so = self.picture.shape == stream.shape_yx and self.picture.dtype == stream.dtype
        return read_so and self.tags.shape_yx in (None, stream.shape_yx)


class Buffer:
    """A core's circular buffer. Only for a core whose camera has the form that it started with.

    Attributes
    ----------
    known : int
        Frames that were in it when it was last looked at: at least so many are lost where it is
        emptied.
    """

    def __init__(self, core: Core, metadata: Any) -> None:  # noqa: ANN401 pymmcore.Metadata, optional
        self._core = core
        self._metadata = metadata
        self.known = 0

    def pop(self, number: int) -> Taken | None:
        """Take the oldest frame out; None if there is none.

        Parameters
        ----------
        number : int
            livecare's number of the frame, for the error.

        Raises
        ------
        SourceError
            If the core fails.
        """
        held = self._core.getRemainingImageCount()
        if held == 0:
            return None
        taken = self._read(self._core.popNextImageMD, number)
        if taken is not None:
            self.known = held - 1
        return taken

    def peek(self, number: int) -> Taken | None:
        """Look at the newest frame; None if there is none. Parameter and error as for `pop`.

        MMCore promises nothing of a frame that is looked at while its buffer fills
        (micro-manager/mmCoreAndDevices#841): one with room for many frames leaves it alone long
        enough, one for a handful at a kilohertz may not.
        """
        return self._read(self._core.getLastImageMD, number)

    def _read(self, read: Callable[[Any], Pixels], number: int) -> Taken | None:
        try:
            picture = read(self._metadata)
        except IndexError:  # the buffer was emptied, by its owner or because it was full
            return None
        except CORE_ERRORS as error:
            raise SourceError(
                f"micromanager: frame {number} cannot be read: {error}; see the core's log"
            ) from error
        return Taken(picture, read_tags(self._metadata))
