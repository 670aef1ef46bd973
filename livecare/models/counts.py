"""Knows what counts are like whatever the camera: rounded, and never above a full scale."""

from typing import Final

ROUNDING: Final = 1 / 12
"""Variance of rounding to whole counts, counts²."""
FULL_SCALES: Final = (255, 1023, 2047, 4095, 16383, 65535)
"""Highest counts of usual digitisers, 8 to 16 bits."""
