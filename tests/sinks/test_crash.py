"""A recorder that is killed at any moment loses nothing that it had appended."""

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorstore
import zarr
from store_frames import content_of, make_pixels, restored_pixels

from livecare.frame import Pixels, Position
from livecare.sinks.layout import LANES, LaneName, array_name
from livecare.sinks.reader import StoreReader
from livecare.sinks.recover import recover
from livecare.sinks.verify import verify

WRITER = Path(__file__).with_name("crash_writer.py")


def record_until_killed(path: Path, how: str, lines: int) -> dict[str, set[int]]:
    """Kill the writer after so many lines of its output; return the frames that it had told of."""
    command = [sys.executable, str(WRITER), str(path), how]
    told: dict[str, set[int]] = {"raw": set(), "restored": set(), "persisted": set()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise AssertionError
        for _ in range(lines):
            lane, sequence = process.stdout.readline().split()
            told[lane].add(int(sequence))
        process.kill()
        for line in process.stdout.read().splitlines():  # what it said before the signal came
            lane, sequence = line.split()
            told[lane].add(int(sequence))
    return told


def expected_pixels(lane: LaneName, sequence: int) -> Pixels:
    raw = make_pixels(sequence, (96, 130), "uint16")
    return raw if lane == "raw" else restored_pixels(raw, "uint16")


def check_frames(path: Path, told: dict[str, set[int]], *, recovered: bool) -> None:
    """Every frame with a line is bit-identical in two libraries, after recovery the others black.

    Before it, the very last frame may be there without its line.
    """
    store = StoreReader(path)
    for lane in LANES:
        lines = {line.position: line.sequence for line in store.lines(lane)}
        assert set(lines.values()) >= told[lane]
        for p in range(2):
            folder = path / array_name(lane, p, store.info)
            spec = {"driver": "zarr3", "kvstore": {"driver": "file", "path": str(folder)}}
            by_zarr = np.asarray(zarr.open_array(folder, mode="r")[...])
            by_tensorstore = tensorstore.open(spec).result().read().result()
            np.testing.assert_array_equal(by_zarr, by_tensorstore)
            for t, c, z in np.ndindex(*by_zarr.shape[:3]):
                sequence = lines.get(Position(t, c, z, p))
                if sequence is None:
                    assert not (recovered and by_zarr[t, c, z].any())
                else:
                    np.testing.assert_array_equal(by_zarr[t, c, z], expected_pixels(lane, sequence))


@pytest.mark.parametrize("run", range(2))
@pytest.mark.parametrize("how", ["cached", "direct", "zstd"])
def test_a_killed_recording_is_recovered(tmp_path: Path, how: str, run: int) -> None:
    del run  # each is killed at another moment
    lines = random.randrange(1, 700)
    path = tmp_path / "killed.ome.zarr"
    told = record_until_killed(path, how, lines)
    check_frames(path, told, recovered=False)
    assert not verify(path).ok
    recovery = recover(path)
    check_frames(path, told, recovered=True)
    verification = verify(path)
    assert verification.sound, (lines, str(verification), str(recovery))
    assert verification.state == "incomplete"
    assert not verification.complete
    assert not verification.raw_holes
    assert verification.raw_frames > max(told["persisted"])
    before = content_of(path)
    assert recover(path).mended == ()
    assert content_of(path) == before
