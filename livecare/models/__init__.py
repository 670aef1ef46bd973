"""Models: packages, their normalisation and their tiles. No network runs here."""

from livecare.models.normalise import IntensityWindow
from livecare.models.package import Model, Normalisation, bundled_names, find_model, load_bundled

__all__ = [
    "IntensityWindow",
    "Model",
    "Normalisation",
    "bundled_names",
    "find_model",
    "load_bundled",
]
