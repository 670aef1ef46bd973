"""Knows what a data set says of its frames, and what of that the recorder is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, get_args

from livecare.errors import SourceError
from livecare.frame import PixelType, StreamInfo
from livecare.images.ndtiff_index import STORED, Entry
from livecare.images.ndtiff_words import channel_name, read_summary, spacing

_KEPT: Final = ("Camera", "Exposure", "Binning", "BitDepth", "ROI", "PixelType", "Time")
"""Keys of a frame's text that go into the stream's detail."""


class DataSetWords:
    """The texts of a data set.

    Parameters
    ----------
    index : Path
        Its NDTiff.index.
    run_id : str
        Of the run that it is followed in.
    """

    def __init__(self, index: Path, run_id: str) -> None:
        self.folder = index.parent
        self._run_id = run_id
        self._summary: Mapping[str, Any] | None = None

    def describe(self, entry: Entry, text: Mapping[str, Any]) -> StreamInfo:
        """Describe a stream of frames like one of them; its axes are still empty."""
        said = spacing(self._read_summary(entry), text)
        name = self.folder.parent.name if self.folder.name == "Full resolution" else ""
        return StreamInfo(
            run_id=self._run_id,
            source=f"ndtiff-follow: {name or self.folder.name}",
            shape_yx=(entry.rows, entry.width),
            dtype=_pixel_type(entry),
            channels=(),
            size_z=1,
            positions=(),
            pixel_size_um=said.pixel_size_um,
            z_step_um=said.z_step_um,
            interval_s=said.interval_s,
            grows=True,
            detail={
                "folder": str(self.folder),
                "first_frame": {key: text[key] for key in _KEPT if key in text},
            },
        )

    def channel(self, entry: Entry, text: Mapping[str, Any]) -> str:
        """Name the channel of a frame."""
        names = spacing(self._read_summary(entry), {}).channels
        return channel_name(entry, text, names)

    def differs(self, entry: Entry, stream: StreamInfo) -> bool:
        """Tell whether a frame is of another shape or type than the stream."""
        return ((entry.rows, entry.width), _pixel_type(entry)) != (stream.shape_yx, stream.dtype)

    def _read_summary(self, entry: Entry) -> Mapping[str, Any]:
        if self._summary is None:
            try:
                self._summary = read_summary(self.folder / entry.file)
            except OSError as error:
                raise SourceError(
                    f"ndtiff-follow: {self.folder / entry.file} cannot be read ({error}); check "
                    "the disk or the network drive"
                ) from error
        return self._summary


def _pixel_type(entry: Entry) -> PixelType:
    found: PixelType = next(each for each in get_args(PixelType) if each == STORED[entry.sort])
    return found
