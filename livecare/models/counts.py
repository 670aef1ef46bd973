"""Knows what counts are like whatever the camera: rounded, and never above a full scale."""

from typing import Final

ROUNDING: Final = 1 / 12
"""Variance of rounding to whole counts, counts²."""
FULL_SCALES: Final = (255, 1023, 2047, 4095, 16383, 65472, 65504, 65520, 65532, 65535)
"""Highest counts of usual digitisers, 8 to 16 bits; 65472 to 65532 are those of 10, 11, 12 and 14
bits that drivers shift up to 16, with zeros below: such a camera never makes 65535."""
