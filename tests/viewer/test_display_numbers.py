import math
from collections.abc import Callable

import pytest

from livecare.viewer.display import numbers as read

Reads = Callable[[float | None], str]


CASES = [
    (read.count_text, 0, "0"),
    (read.count_text, 1234, "1,234"),
    (read.rate_text, 0.0, "0 fps"),
    (read.rate_text, 0.25, "0.25 fps"),
    (read.rate_text, 9.999, "10.0 fps"),
    (read.rate_text, 12.34, "12.3 fps"),
    (read.rate_text, 99.97, "100 fps"),
    (read.rate_text, 1234.5, "1,234 fps"),
    (read.percent_text, 36.6, "37 %"),
    (read.duration_text, 0, "0 s"),
    (read.duration_text, -3, "0 s"),
    (read.duration_text, 45.4, "45 s"),
    (read.duration_text, 59.7, "1 min"),
    (read.duration_text, 185, "3 min 5 s"),
    (read.duration_text, 3599.6, "1 h"),
    (read.duration_text, 12000, "3 h 20 min"),
    (read.duration_text, 86390, "1 d"),
    (read.duration_text, 86400 * 2 + 3600 * 4 + 59, "2 d 4 h"),
    (read.minutes_text, 200, "3 h 20 min"),
    (read.minutes_text, 0.75, "45 s"),
    (read.age_text, 0.84, "0.8 ms"),
    (read.age_text, 38.4, "38 ms"),
    (read.age_text, 999.6, "1.00 s"),
    (read.age_text, 12340, "12.3 s"),
    (read.age_text, 125000, "2 min 5 s"),
    (read.bytes_text, 0, "0 bytes"),
    (read.bytes_text, 512, "512 bytes"),
    (read.bytes_text, 999.7, "1.00 kB"),
    (read.bytes_text, 1.234e9, "1.23 GB"),
    (read.bytes_text, 345.4e6, "345 MB"),
    (read.bytes_text, 5e16, "50,000 TB"),
    (read.value_text, 1234, "1234"),
    (read.value_text, 65535.0, "65535"),
    (read.value_text, 1234.56, "1234.56"),
    (read.value_text, 0.012345678, "0.0123457"),
    (read.value_text, math.nan, "nan"),
]


@pytest.mark.parametrize(("reads", "number", "text"), CASES)
def test_numbers_read_well(reads: Reads, number: float, text: str) -> None:
    assert reads(number) == text


@pytest.mark.parametrize(
    "reads", sorted({case[0] for case in CASES}, key=lambda each: each.__name__)
)
def test_what_is_unknown_says_so(reads: Reads) -> None:
    assert reads(None) == read.UNKNOWN


@pytest.mark.parametrize(
    "reads", [read.count_text, read.rate_text, read.duration_text, read.age_text, read.bytes_text]
)
def test_what_is_no_number_is_unknown(reads: Reads) -> None:
    assert reads(math.nan) == reads(math.inf) == read.UNKNOWN
