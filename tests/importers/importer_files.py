"""Files that the importers' tests share."""

from pathlib import Path

GOLDEN = Path(__file__).parent / "golden"
"""Tiny models that TensorFlow wrote and ran; see its README.md."""
