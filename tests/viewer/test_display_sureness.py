"""How far the truth may be from a restored pixel: the model's own table, read for one pixel."""

import math

import numpy as np
import pytest

from livecare.link import SpreadMeasured
from livecare.models.uncertainty.spread_table import SpreadTable
from livecare.viewer.display.sureness import SCALES, sureness_words, tables_of, truth_within

TABLE = SpreadTable((50.0,), ((2.0,), (5.0,)), ((1.0, 3.0), (4.0, 9.0)))


def test_it_is_what_the_table_says_of_the_pixel_s_class() -> None:
    frame = np.full((6, 7), 10, np.uint16)
    frame[:, 4:] = 100
    for y, x, scale in ((0, 0, 1.0), (3, 3, 3.0), (3, 4, 9.0), (5, 6, 4.0)):
        assert truth_within(frame, y, x, TABLE) == pytest.approx(math.log(10) * scale)
    overlay = TABLE.over(frame.astype(np.float32))
    for y in range(6):
        for x in range(7):
            assert truth_within(frame, y, x, TABLE) == pytest.approx(SCALES * float(overlay[y, x]))


def test_outside_and_beside_nothing_is_known() -> None:
    frame = np.full((4, 4), 10.0, np.float32)
    frame[0, 0] = np.nan
    assert truth_within(frame, 4, 0, TABLE) is None
    assert truth_within(frame, 0, -1, TABLE) is None
    assert truth_within(frame, 1, 1, TABLE) is None
    assert truth_within(frame, 3, 3, TABLE) is not None


def test_a_run_s_tables_and_their_words() -> None:
    told = [SpreadMeasured(c, TABLE.levels, TABLE.slopes, TABLE.spreads) for c in (2, 0)]
    assert tables_of(told) == {0: TABLE, 2: TABLE}
    words = sureness_words(tables_of(told))
    assert "± 4.61 counts of dark pixels and ± 15 of bright ones in channel 0" in words
    assert "in channel 2" in words
    assert sureness_words({}) == ""


def test_a_table_that_does_not_fit_is_no_report() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        SpreadMeasured(0, (1.0,), ((1.0,),), ((1.0, 2.0), (1.0, 2.0)))
