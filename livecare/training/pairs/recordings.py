"""Which recordings there are to learn from: one per file and stage position, one channel each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from livecare.errors import UsageError
from livecare.frame import PixelType
from livecare.images import ImageFile, list_recordings, open_images


@dataclass(frozen=True, slots=True)
class Recording:
    """The frames of one channel at one stage position of a file.

    Attributes
    ----------
    path : Path
        The file or folder.
    name : str
        Its name, with the stage position where there are several.
    position, channel : int
        Which of the file's.
    size_t, size_z : int
        Time points and planes; frames are counted plane by plane, in the order of time.
    shape_yx : tuple of int
        Rows and columns, pixels.
    dtype : PixelType
        Type of the pixels.
    times : tuple of int or None
        Time points of the file that are used, `size_t` of them; None for all.
    """

    path: Path
    name: str
    position: int
    channel: int
    size_t: int
    size_z: int
    shape_yx: tuple[int, int]
    dtype: PixelType
    times: tuple[int, ...] | None = None

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return self.size_t * self.size_z

    def place(self, frame: int) -> tuple[int, int]:
        """Return time point and plane of a frame."""
        z, t = divmod(frame, self.size_t)
        return t if self.times is None else self.times[t], z

    def label(self, frame: int) -> str:
        """Name a frame for people."""
        t, z = self.place(frame)
        plane = f", plane {z}" if self.size_z > 1 else ""
        return f"{self.name}, frame {t}{plane}"


def find_recordings(
    paths: Iterable[Path], channel: int | str | None = None
) -> tuple[Recording, ...]:
    """List the recordings of files and folders, in natural order.

    Raises
    ------
    UsageError
        If there is none, or one has several channels and none was chosen; names it and the cure.
    """
    found: list[Recording] = []
    given = tuple(paths)
    for path in given:
        for each in list_recordings(path):
            with open_images(each) as images:
                found.extend(_of_file(images, channel))
    if not found:
        named = ", ".join(str(path) for path in given) or "no path"
        raise UsageError(f"{named}: there is no recording; give files or folders of images")
    return tuple(found)


def _of_file(images: ImageFile, channel: int | str | None) -> list[Recording]:
    index = _channel(images, channel)
    size_t, _, size_z, rows, columns = images.shape
    several = len(images.positions) > 1
    return [
        Recording(
            path=images.path,
            name=f"{images.name}, {position}" if several else images.name,
            position=at,
            channel=index,
            size_t=size_t,
            size_z=size_z,
            shape_yx=(rows, columns),
            dtype=images.dtype,
        )
        for at, position in enumerate(images.positions)
    ]


def _channel(images: ImageFile, wanted: int | str | None) -> int:
    names = images.channels
    listed = ", ".join(f"{index} ({name})" for index, name in enumerate(names))
    if wanted is None:
        if len(names) > 1:
            raise UsageError(
                f"{images.path} has {len(names)} channels; a network learns one at a time: "
                f"choose with --channel one of {listed}"
            )
        return 0
    if isinstance(wanted, str) and wanted in names:
        return names.index(wanted)
    if str(wanted).isdecimal() and int(wanted) < len(names):
        return int(wanted)
    raise UsageError(
        f"{images.path} has no channel {wanted}; choose with --channel one of {listed}"
    )


def check_types(recordings: Sequence[Recording]) -> None:
    """Refuse recordings of different pixel types: they are not of one camera.

    Raises
    ------
    UsageError
        Names two that differ.
    """
    first = recordings[0]
    for other in recordings[1:]:
        if other.dtype != first.dtype:
            raise UsageError(
                f"{first.name} holds {first.dtype} pixels and {other.name} {other.dtype}; "
                "convert them to one type, or train on recordings of one camera"
            )
