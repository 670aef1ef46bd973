"""What is measured along a line, of frames as the camera gave them and of reduced ones."""

import csv
from pathlib import Path

import numpy as np
import pytest
from picture_stage import raw_frame, view_of

from livecare.viewer.measures import Measures
from livecare.viewer.picture.hover import value_at
from livecare.viewer.seen import ChannelView

LINE = ((3, 5), (17, 36))


@pytest.mark.parametrize(
    ("reduction", "first", "last", "along_px"),
    [(1, (3, 5), (17, 36), np.hypot(14, 31)), (4, (0, 4), (16, 36), np.hypot(16, 32))],
    ids=["whole", "reduced"],
)
def test_places_and_distances_along_a_line_are_camera_pixels(
    tmp_path: Path, reduction: int, first: tuple[int, int], last: tuple[int, int], along_px: float
) -> None:
    shape_yx = (48 // reduction, 64 // reduction)
    pixels = np.arange(np.prod(shape_yx), dtype=np.uint16).reshape(shape_yx)
    frame = raw_frame(pixels, reduction=reduction, shape_yx=(48, 64))
    view = view_of(ChannelView(frame))
    measures = Measures(lambda _: [])
    measures.line = LINE
    found, _ = measures.profiles(view)
    assert found is not None
    places = list(zip(found.rows.tolist(), found.columns.tolist(), strict=True))
    assert (places[0], places[-1]) == (first, last)
    assert [value_at(frame, *place) for place in places] == found.values.tolist()
    assert (found.distances_px[0], found.distances_px[-1]) == (0, along_px)
    saved = measures.save_profile(tmp_path, "line", view)
    assert saved.name == "line.csv"
    with saved.open(encoding="utf-8", newline="") as text:
        *_, row = csv.DictReader(text)
    assert (int(row["y_px"]), int(row["x_px"])) == last
    assert float(row["distance_px"]) == pytest.approx(along_px, rel=1e-5)
    before = saved.read_bytes()
    measures.line = (LINE[0], LINE[0])
    assert measures.save_profile(tmp_path, "line", view).name == "line-2.csv"
    assert saved.read_bytes() == before, "no table is overwritten"
