"""Restores recordings from files: the live restorer's engine and normalisation, frame by frame."""

from livecare.restore_files.options import OutputType, RestoreOptions, camera_noise
from livecare.restore_files.restoring import RestoredFile
from livecare.restore_files.run import Outcome, restore_path

__all__ = [
    "Outcome",
    "OutputType",
    "RestoreOptions",
    "RestoredFile",
    "camera_noise",
    "restore_path",
]
