"""The frames that a page shows: which, at which contrast, and which part of them."""

import base64
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from read_pages import page_of
from told_runs import append, header, info_of, positions, record

from livecare.frame import Ledger
from livecare.run_page.examples import PART_PX, WORST, make_examples
from livecare.run_page.story import read_story
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store


def decode(picture: str) -> NDArray[np.uint8]:
    png = base64.b64decode(picture)
    columns, rows = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    begin = png.index(b"IDAT") + 4
    size = int.from_bytes(png[begin - 8 : begin - 4], "big")
    lines = np.frombuffer(zlib.decompress(png[begin : begin + size]), np.uint8)
    return lines.reshape(rows, columns + 1)[:, 1:]


def test_examples_are_first_middle_last_and_worst_at_one_contrast(tmp_path: Path) -> None:
    store = record(tmp_path / "s", frames=31)
    [shown], damage = make_examples(read_story(store))
    assert damage == []
    found = {each.name: each.line.sequence for each in shown.parts}
    assert found == {"first": 0, "middle": 15, "last": 30, WORST: 6}
    assert shown.whole is None
    for each in shown.parts:
        for lane in ("raw", "restored"):
            pixels = StoreReader(store).read(lane, each.line.position)
            assert pixels is not None
            scaled = (pixels.astype(float) - shown.black) / (shown.white - shown.black)
            expected = np.rint(np.clip(scaled, 0, 1) * 255)
            np.testing.assert_array_equal(decode(each.pictures[lane]), expected)


def test_of_a_large_frame_the_liveliest_part_is_shown_and_the_whole_smaller(
    tmp_path: Path,
) -> None:
    info = info_of((700, 500))
    with Store.create(tmp_path / "s", info) as store:
        pixels = np.full(info.shape_yx, 100, np.uint16)
        pixels[600:640, 300:340] = 900
        for sequence, at in zip(range(2), positions(info), strict=False):
            append(store.raw, header(sequence, at, info), pixels)
        store.finish(Ledger(2, 2, 0, 2))
    [shown], _ = make_examples(read_story(tmp_path / "s"))
    assert (shown.rows, shown.columns, shown.reduction) == (PART_PX, PART_PX, 2)
    assert shown.row <= 600 <= shown.row + PART_PX - 40
    assert shown.column <= 300 <= shown.column + PART_PX - 40
    assert (decode(shown.parts[0].pictures["raw"]) == 255).sum() == 40 * 40
    assert shown.whole is not None
    assert decode(shown.whole.pictures["raw"]).shape == (350, 250)
    assert "no restored frame" in page_of(tmp_path / "s").words
