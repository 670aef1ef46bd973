"""Knows from which value each guard alarms, and on how many clean frames that was found."""

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

FILE: Final = Path(__file__).with_name("thresholds.json")
"""Written by benchmarks/guards_thresholds.py."""


@lru_cache(maxsize=1)
def thresholds() -> Mapping[str, float]:
    """Return the thresholds by the guards' names."""
    document = json.loads(FILE.read_text(encoding="utf-8"))
    return MappingProxyType(
        {name: float(entry["threshold"]) for name, entry in document["guards"].items()}
    )
