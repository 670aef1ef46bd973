"""Models: packages, their normalisation and their tiles. No network runs here."""

from livecare.models.normalise import IntensityWindow, Normalisation, Normaliser
from livecare.models.package import Model, bundled_names, find_model, load_bundled

__all__ = [
    "IntensityWindow",
    "Model",
    "Normalisation",
    "Normaliser",
    "bundled_names",
    "find_model",
    "load_bundled",
]
