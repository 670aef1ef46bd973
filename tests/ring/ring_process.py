"""The other process in the tests with real processes: `python ring_process.py ROLE PATH`.

It says on stdout how far it is, a JSON line each, and goes on when a line comes on stdin, so that
its parent can kill or stop it at an exact step. Frames are of `LARGE_YX`, so that a copy is long.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
from ring_frames import is_whole, message_for, paint, publish

from livecare.frame import Pixels
from livecare.ring import GatingReader, OverrunnableReader, Phase, RingWriter, readers

LARGE_YX = (1024, 1024)
FLOOD_S = 2.0
FLOOD_PATIENCE_S = 20.0
"""A flood lasts `FLOOD_S`, and until a torn read was seen, but no longer than this."""


def say(**words: object) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def wait_for_parent() -> None:
    sys.stdin.readline()


def copy_in_halves(target: Pixels, source: Pixels) -> None:
    """Stand in for `np.copyto`: stop in the middle until the parent says so."""
    half = len(source) // 2
    target[:half] = source[:half]
    say(copied="half")
    wait_for_parent()
    target[half:] = source[half:]


def read_slowly(path: Path) -> None:
    """Stop in the middle of the first frame's copy, then read all that waits."""
    pixels = np.zeros(LARGE_YX, np.uint16)
    with OverrunnableReader(path) as reader:
        opened_at = reader.cursor
        say(opened=opened_at)
        wait_for_parent()
        copy_at_once, readers.np.copyto = np.copyto, copy_in_halves
        first = reader.read_into(pixels)
        readers.np.copyto = copy_at_once
        torn = not (pixels == pixels[0, 0]).all()
        read = [] if first is None else [first.header.sequence]
        missed, corrupt = int(first is None), 0
        while reader.waiting:
            message = reader.read_into(pixels)
            if message is None:
                missed += 1
            else:
                read.append(message.header.sequence)
                corrupt += not is_whole(message, pixels)
        say(
            read=read,
            missed=missed,
            corrupt=corrupt,
            torn=torn,
            first_returned=first is not None,
            accounted=reader.cursor - opened_at,
        )


def verify_flood(path: Path) -> None:
    """Read as fast as possible, and check every pixel of what comes back."""
    pixels = np.zeros(LARGE_YX, np.uint16)
    read = missed = skipped = corrupt = copies = 0

    def counting(target: Pixels, source: Pixels) -> None:
        nonlocal copies
        copies += 1
        copy_at_once(target, source)

    with OverrunnableReader(path) as reader:
        opened_at = reader.cursor
        copy_at_once, readers.np.copyto = np.copyto, counting
        say(opened=opened_at)
        began = time.monotonic()
        while True:
            elapsed_s = time.monotonic() - began
            enough = read > 0 and copies > read
            if elapsed_s > FLOOD_PATIENCE_S or (elapsed_s > FLOOD_S and enough):
                break
            skipped += reader.skip_to_newest(1)
            if reader.waiting == 0:
                continue
            message = reader.read_into(pixels)
            if message is None:
                missed += 1
            else:
                read += 1
                corrupt += not is_whole(message, pixels)
        say(
            read=read,
            missed=missed,
            skipped=skipped,
            corrupt=corrupt,
            torn=copies - read,
            accounted=reader.cursor - opened_at,
        )


def write_half(path: Path) -> None:
    """Publish one frame, then stop in the middle of the next one's pixels."""
    with RingWriter(path) as writer:
        publish(writer, 0, LARGE_YX)
        slot = writer.claim()
        half = slot.pixels(LARGE_YX, "uint16")[: LARGE_YX[0] // 2]
        half[:] = 60_000
        say(ticket=slot.ticket, written="half")
        wait_for_parent()


def write_unpublished(path: Path) -> None:
    """Write a frame, header and lock word too, and stop before it is published."""
    with RingWriter(path) as writer:

        def stop(*_: object) -> None:
            say(written="all but the counter")
            wait_for_parent()

        slot = writer.claim()
        paint(slot, 60_000, LARGE_YX)
        writer._file.set_word = stop
        writer.publish(slot, message_for(60_000, LARGE_YX))


def write_forever(path: Path) -> None:
    """Publish numbered frames as long as there is room, until killed."""
    with RingWriter(path) as writer:
        say(opened=writer.published)
        while writer.phase is not Phase.CLOSED:
            publish(writer, writer.published, LARGE_YX)


def gate_and_hold(path: Path) -> None:
    """Release two frames, then hold the third."""
    with GatingReader(path) as gate:
        for _ in range(2):
            _, message = gate.peek()
            say(released=message.header.sequence)
            gate.release()
        slot, message = gate.peek()
        say(holding=message.header.sequence)
        wait_for_parent()
        del slot


ROLES = {
    role.__name__: role
    for role in (
        read_slowly,
        verify_flood,
        write_half,
        write_unpublished,
        write_forever,
        gate_and_hold,
    )
}

if __name__ == "__main__":
    ROLES[sys.argv[1]](Path(sys.argv[2]))
