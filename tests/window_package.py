"""A package for intensity windows: small, restores simulated specimens, comes with no livecare."""

from pathlib import Path

from livecare.models import Model

WINDOW_PACKAGE = Path(__file__).parent / "packages" / "first"
"""Its normalisation is "fixed"; yx, sides multiples of 8, one output."""


def load_window_model() -> Model:
    return Model.load(WINDOW_PACKAGE)
