"""The chain of pages of a TIFF, walked to its end: a broken one is never read as a short one."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import tifffile

from livecare.errors import UsageError

_TAGS_MAX: Final = 4096
"""Tags of a page, at most; more are no tags but pixels that are taken for some."""

_KINDS: Final = {256: "width", 257: "rows", 258: "bits", 277: "samples", 339: "format"}
"""The tags that make pages alike, and their names in `PageKind`."""

_NUMBERS: Final = {1: "B", 3: "H", 4: "I", 16: "Q"}
"""struct characters of the TIFF types that those tags have."""


_NEEDED: Final = {258, 270, 273, 279, 324, 325}
"""The tags without which a page cannot be read: bits, description, where its pixels are."""

_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 13: 4, 16: 8, 18: 8}
"""Bytes of the TIFF types that those have."""


@dataclass(frozen=True, slots=True)
class PageKind:
    """What the pages of one recording have in common.

    Attributes
    ----------
    width, rows : int
        Size, pixels.
    bits, samples, format : int
        Bits per sample (where that fits its tag), samples per pixel, sample format.
    """

    width: int = 0
    rows: int = 0
    bits: int = 0
    samples: int = 1
    format: int = 1

    def __str__(self) -> str:
        kinds = {1: "integers", 2: "signed integers", 3: "floats"}
        colours = f" × {self.samples} samples" if self.samples > 1 else ""
        sort = kinds.get(self.format, f"sample format {self.format}")
        return f"{self.rows} × {self.width} pixels of {self.bits}-bit {sort}{colours}"


def walk_pages(path: Path, tiff: tifffile.TiffFile) -> Iterator[PageKind]:
    """Yield the kind of every page in turn.

    Raises
    ------
    UsageError
        The chain of pages is broken, or what a page refers to lies beyond the end of the file;
        names the file and the page.
    """
    form, stream = tiff.tiff, tiff.filehandle
    stream.seek(_room(form))
    (offset,) = struct.unpack(form.offsetformat, stream.read(form.offsetsize))
    seen: set[int] = set()
    while offset:
        if offset in seen or offset >= stream.size:
            raise _broken(path, len(seen))
        seen.add(offset)
        stream.seek(offset)
        head = stream.read(form.tagnosize)
        count = struct.unpack(form.tagnoformat, head)[0] if len(head) == form.tagnosize else 0
        size = count * form.tagsize
        body = stream.read(size + form.offsetsize) if count <= _TAGS_MAX else b""
        tags = body[:size]
        if not count or len(body) < size + form.offsetsize or _end(form, tags) > stream.size:
            raise _broken(path, len(seen) - 1)
        yield _kind(form, tags)
        (offset,) = struct.unpack(form.offsetformat, body[size:])


def check_alike(path: Path, kinds: Iterator[PageKind]) -> int:
    """Return the number of pages, which must all be of one kind.

    Raises
    ------
    UsageError
        They are not; names the file, the page and what differs.
    """
    first, number = next(kinds, None), 1
    if first is None:
        raise UsageError(f"{path} has no page; record or export it again")
    for kind in kinds:
        number += 1
        if kind != first:
            raise UsageError(
                f"{path}: page {number} has {kind}, but page 1 has {first}; "
                "livecare restores recordings of equal frames: save each kind in a file of its own"
            )
    return number


def _kind(form: tifffile.TiffFormat, tags: bytes) -> PageKind:
    found: dict[str, int] = {}
    for start in range(0, len(tags), form.tagsize):
        code, sort = struct.unpack_from(form.byteorder + "HH", tags, start)
        if code in _KINDS and sort in _NUMBERS:
            at = start + form.tagsize - _room(form)
            (number,) = struct.unpack_from(form.byteorder + _NUMBERS[sort], tags, at)
            found[_KINDS[code]] = number
    if found.get("samples", 1) > 1:  # the bits of each sample stand elsewhere in the file
        found.pop("bits", None)
    return PageKind(**found)


def _end(form: tifffile.TiffFormat, tags: bytes) -> int:
    """Return where the last of the needed values ends that stand elsewhere in the file, bytes."""
    end, room = 0, _room(form)
    for start in range(0, len(tags), form.tagsize):
        code, sort = struct.unpack_from(form.byteorder + "HH", tags, start)
        if code not in _NEEDED:
            continue
        (count,) = struct.unpack_from(form.offsetformat, tags, start + 4)
        (offset,) = struct.unpack_from(form.offsetformat, tags, start + form.tagsize - room)
        size = count * _BYTES.get(sort, 1)
        end = max(end, offset + size if size > room else 0)
    return end


def _room(form: tifffile.TiffFormat) -> int:
    """Return the bytes of a value that stands in its tag, which is also where the first page is."""
    return 8 if form.offsetsize == 8 else 4  # noqa: PLR2004 BigTIFF


def _broken(path: Path, pages: int) -> UsageError:
    return UsageError(
        f"{path} is cut short or damaged: after {pages} pages the next one is not where the file "
        "says. Copy or export it again; Fiji may still open what is there"
    )
