"""Which recordings there are to learn from: one per file and stage position, one channel each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
    times, planes : tuple of int or None
        Time points and planes of the file that are used, `size_t` and `size_z` of them; None for
        all.
    left_out : int
        Time points of the file that are not, since it lacks frames of them.
    planes_are_times : bool
        Whether the planes of one time point count as time points.
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
    planes: tuple[int, ...] | None = None
    left_out: int = 0
    planes_are_times: bool = False

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return self.size_t * self.size_z

    def place(self, frame: int) -> tuple[int, int]:
        """Return time point and plane of a frame."""
        z, t = divmod(frame, self.size_t)
        if self.planes_are_times:
            z, t = t, z
        return (
            t if self.times is None else self.times[t],
            z if self.planes is None else self.planes[z],
        )

    def label(self, frame: int) -> str:
        """Name a frame for people."""
        t, z = self.place(frame)
        plane = f", plane {z}" if self.size_z > 1 or self.planes_are_times else ""
        return f"{self.name}, frame {t}{plane}"

    def in_time(self) -> "Recording":
        """Return it with planes as time points where it has no others: many programs save so."""
        if self.size_t > 1 or self.size_z == 1:
            return self
        return replace(self, size_t=self.size_z, size_z=1, planes_are_times=True)

    @property
    def partial(self) -> bool:
        """Whether time points or planes of the file are left out."""
        return self.times is not None or self.planes is not None

    def common(self, other: "Recording") -> "Recording":
        """Return it with only the time points and planes that another has, too."""
        times = tuple(sorted(_used(self.times, self.size_t) & _used(other.times, other.size_t)))
        planes = tuple(sorted(_used(self.planes, self.size_z) & _used(other.planes, other.size_z)))
        left_out = self.left_out + self.size_t - len(times)
        return replace(
            self,
            size_t=len(times),
            size_z=len(planes),
            times=times,
            planes=planes,
            left_out=left_out,
        )


def _used(named: tuple[int, ...] | None, size: int) -> set[int]:
    return set(range(size)) if named is None else set(named)


def find_recordings(
    paths: Iterable[Path], channel: int | str | None = None
) -> tuple[Recording, ...]:
    """List the recordings of files and folders, in natural order.

    Time points that lack a frame are left out, as are stage positions that have no other.

    Raises
    ------
    UsageError
        If there is none, one has several channels and none was chosen, or one has no whole time
        point; names it and the cure.
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
    found = []
    for at, (times, planes) in _whole(images, index).items():
        position = images.positions[at]
        found.append(
            Recording(
                path=images.path,
                name=f"{images.name}, {position}" if several else images.name,
                position=at,
                channel=index,
                size_t=len(times),
                size_z=len(planes),
                shape_yx=(rows, columns),
                dtype=images.dtype,
                times=None if len(times) == size_t else times,
                planes=None if len(planes) == size_z else planes,
                left_out=size_t - len(times),
            )
        )
    if not found:
        raise UsageError(
            f"{images.path} lacks frames of channel {index} ({images.channels[index]}) at every "
            "time point; leave it out, or record it again"
        )
    return found


def _whole(images: ImageFile, channel: int) -> dict[int, tuple[tuple[int, ...], tuple[int, ...]]]:
    """Return by stage position the time points that have all of its planes, and these planes."""
    taken: dict[int, dict[int, set[int]]] = {}
    for at in images.order:
        if at.c == channel:
            taken.setdefault(at.p, {}).setdefault(at.t, set()).add(at.z)
    whole = {}
    for position, planes_at in sorted(taken.items()):
        planes = set().union(*planes_at.values())
        times = sorted(t for t, held in planes_at.items() if held == planes)
        if times:
            whole[position] = tuple(times), tuple(sorted(planes))
    return whole


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
