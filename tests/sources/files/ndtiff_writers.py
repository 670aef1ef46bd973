"""A writer of NDTiff data sets that does byte for byte what Micro-Manager's Java writer does."""

import json
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from livecare.frame import Pixels

INDEX_BYTES = 25 << 20
STACK_BYTES = 1 << 20
"""Length of an unfinished file; Java's is 4 GiB, which a test need not reserve."""

SUMMARY = {"PixelSize_um": 0.325, "z-step_um": 0.5, "Interval_ms": 250}
_TAGS = 13


class JavaWriter:
    """Index and files are full of zeros until `finish` cuts them where they end.

    A frame's page, pixels and text are written first, its entry in the index after that. Python's
    writer does not fill the index beforehand: `index_bytes=0`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        version: int = 3,
        file_frames: int | None = None,
        index_bytes: int = INDEX_BYTES,
        summary: Mapping[str, object] = SUMMARY,
    ) -> None:
        self.folder = folder / "Full resolution" if version == 2 else folder
        self.folder.mkdir(parents=True)
        self._version = version
        self._file_frames = file_frames
        self._summary = json.dumps(summary).encode()
        self._index = (self.folder / "NDTiff.index").open("wb", buffering=0)
        self._index.truncate(index_bytes)
        self._files = 0
        self._frames = 0
        self._new_file()

    def put(self, axes: Mapping[str, int | str], pixels: Pixels, **words: object) -> None:
        """Write a frame and its entry."""
        self._index.write(self.put_unlisted(axes, pixels, **words))

    def put_unlisted(self, axes: Mapping[str, int | str], pixels: Pixels, **words: object) -> bytes:
        """Write a frame; return its entry."""
        if self._file_frames is not None and self._frames == self._file_frames:
            self._finish_file()
            self._new_file()
        self._frames += 1
        page, entry = self.encode(axes, pixels, **words)
        self._stack.write(page)
        self._at += len(page)
        return entry

    def encode(
        self, axes: Mapping[str, int | str], pixels: Pixels, **words: object
    ) -> tuple[bytes, bytes]:
        """Return the bytes of a frame at the present place, and of its entry."""
        text = json.dumps({"PixelSizeUm": 0.325, **words}).encode()
        rows, width = pixels.shape
        odd = self._at % 2
        pixels_at = self._at + odd + 2 + _TAGS * 12 + 4 + 16
        text_at = pixels_at + pixels.nbytes
        end = text_at + len(text)
        bits = pixels.itemsize * 8
        tags = [
            (256, 4, 1, width), (257, 4, 1, rows), (258, 3, 1, bits), (259, 3, 1, 1),
            (262, 3, 1, 1), (273, 4, 1, pixels_at), (277, 3, 1, 1), (278, 3, 1, rows),
            (279, 4, 1, pixels.nbytes), (282, 5, 1, pixels_at - 16), (283, 5, 1, pixels_at - 8),
            (296, 3, 1, 3), (51123, 2, len(text), text_at),
        ]  # fmt: skip
        page = struct.pack("<H", _TAGS) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
        page = bytes(odd) + page + struct.pack("<I", end + end % 2) + struct.pack("<4I", 1, 1, 1, 1)
        page += pixels.astype(pixels.dtype.newbyteorder("<")).tobytes() + text
        sort = 0 if pixels.dtype == np.uint8 else 1
        names = json.dumps(dict(axes), separators=(",", ":")).encode()
        file = self.name.encode()
        entry = struct.pack("<I", len(names)) + names + struct.pack("<I", len(file)) + file
        entry += struct.pack("<8I", pixels_at, width, rows, sort, 0, text_at, len(text), 0)
        return page, entry

    def write_raw(self, *, stack: bytes = b"", index: bytes = b"") -> None:
        """Write parts of a frame or of an entry, as a writer that is interrupted does."""
        if stack:
            self._stack.write(stack)
        self._index.write(index)

    def finish(self) -> None:
        """Cut the files where they end."""
        self._finish_file()
        self._index.truncate(self._index.tell())
        self.die()

    def die(self) -> None:
        """Let the files be as they are; safe to call twice."""
        self._stack.close()
        self._index.close()

    def _new_file(self) -> None:
        self.name = f"test_NDTiffStack{f'_{self._files}' if self._files else ''}.tif"
        self._files += 1
        self._frames = 0
        self._stack = (self.folder / self.name).open("wb", buffering=0)
        self._stack.truncate(STACK_BYTES)
        version = (2,) if self._version == 2 else (3, 3)
        head_bytes = 24 + 4 * (len(version) - 1)
        first = head_bytes + len(self._summary)
        head = struct.pack("<2sHII", b"II", 42, first + first % 2, 483729)
        head += struct.pack(f"<{len(version)}I", *version)
        head += struct.pack("<II", 2355492, len(self._summary)) + self._summary
        self._stack.write(head)
        self._at = len(head)

    def _finish_file(self) -> None:
        self._stack.truncate(self._stack.tell())
        self._stack.close()


def frame(number: int, shape: tuple[int, int] = (24, 32), dtype: str = "uint16") -> Pixels:
    """Make a picture that no other number has."""
    rng = np.random.default_rng(number)
    return rng.integers(0, 250, shape).astype(dtype)
