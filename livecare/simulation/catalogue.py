"""Knows a few specimens by name."""

from types import MappingProxyType
from typing import Final

from livecare.errors import ConfigError
from livecare.simulation.cells import CellSettings
from livecare.simulation.filaments import FilamentSettings
from livecare.simulation.nuclei import NucleusSettings
from livecare.simulation.puncta import PunctaSettings
from livecare.simulation.specimen import SpecimenSettings

SPECIMENS: Final = MappingProxyType(
    {
        "mixed": SpecimenSettings(
            filaments=FilamentSettings(density=2.0, brightness=0.7),
            nuclei=NucleusSettings(coverage=0.08, radius_px=26.0, brightness=0.6),
            puncta=PunctaSettings(density=6.0),
        ),
        "cytoskeleton": SpecimenSettings(
            filaments=FilamentSettings(density=4.0, length_px=200.0, persistence_px=120.0),
            haze=0.4,
        ),
        "nuclei": SpecimenSettings(
            nuclei=NucleusSettings(coverage=0.25, radius_px=22.0, texture=0.4),
            haze=0.3,
        ),
        "vesicles": SpecimenSettings(
            puncta=PunctaSettings(density=25.0, spread=0.6),
            speed_px=1.0,
        ),
        "tissue": SpecimenSettings(
            nuclei=NucleusSettings(coverage=0.1, radius_px=16.0, brightness=0.8),
            cells=CellSettings(size_px=90.0, cytoplasm=0.3, outline=0.7, outline_px=1.5),
            haze=0.5,
        ),
    }
)
"""What `specimen_by_name` knows."""


def specimen_by_name(name: str) -> SpecimenSettings:
    """Look a specimen up. Raises ConfigError, naming those that exist."""
    if name not in SPECIMENS:
        raise ConfigError(f"specimen: {name!r} is unknown; choose one of {', '.join(SPECIMENS)}")
    return SPECIMENS[name]
