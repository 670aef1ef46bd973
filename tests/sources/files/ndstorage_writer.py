"""Writes a data set with ndstorage, the Python writer of pycromanager, in a process of its own.

Usage: python ndstorage_writer.py FOLDER FRAMES_PER_FILE ENDING, where ENDING is "finish", or "die"
to be killed in the middle of a frame, or "stepwise" to wait for a line of input after each frame.
"""

import os
import sys
from itertools import product

import ndstorage.ndtiff_file as files
from ndstorage import NDTiffDataset
from ndtiff_writers import frame

SHAPE = (64, 48)
ORDER = list(product(range(20), ("DAPI", "FITC"), range(5)))
"""Time, channel, z of each frame, in their order."""

_MARGIN_BYTES = 5_000_000
"""What ndstorage leaves free at the end of each file."""


def main(folder: str, frames_per_file: int, ending: str) -> None:
    # Not 4 GiB, which Windows would really reserve.
    files.MAX_FILE_SIZE = _MARGIN_BYTES + frames_per_file * (SHAPE[0] * SHAPE[1] * 2 + 400)
    data_set = NDTiffDataset(folder, name="run", summary_metadata={}, writable=True)
    data_set.initialize({"PixelSize_um": 0.65, "z-step_um": 1.5, "ChNames": ["DAPI", "FITC"]})
    for number, (t, c, z) in enumerate(ORDER):
        axes = {"time": t, "channel": c, "z": z}
        words = {"Axes": axes, "ElapsedTime-ms": 20.5 * number}
        if ending == "die" and number == 30:
            data_set.current_writer.file.write(b"\x0d\0" + bytes(1000))
            data_set.current_writer.file.flush()
            os._exit(9)
        data_set.put_image(axes, frame(number, SHAPE), words)
        if ending == "stepwise":
            sys.stdin.readline()
    data_set.finish()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
