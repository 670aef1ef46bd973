"""Image formation on numpy alone: specimens, optics, cameras, and scenes to render again."""

from livecare.simulation.bank import FrameBank
from livecare.simulation.camera import Camera
from livecare.simulation.catalogue import SPECIMENS, specimen_by_name
from livecare.simulation.diversity import (
    random_field,
    random_movie,
    random_optics,
    random_specimen,
)
from livecare.simulation.optics import Optics
from livecare.simulation.scene import SceneSettings, SimulatedScene
from livecare.simulation.specimen import Specimen, SpecimenSettings

__all__ = [
    "SPECIMENS",
    "Camera",
    "FrameBank",
    "Optics",
    "SceneSettings",
    "SimulatedScene",
    "Specimen",
    "SpecimenSettings",
    "random_field",
    "random_movie",
    "random_optics",
    "random_specimen",
    "specimen_by_name",
]
