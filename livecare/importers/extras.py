"""Optional packages of the importers, loaded when a model needs them."""

from importlib import import_module
from types import ModuleType
from typing import Final

from livecare.errors import MissingExtraError

PURPOSE: Final = "importing this model"
EXTRAS: Final = {"h5py": "import", "onnx": "import", "onnxruntime": "onnxruntime", "torch": "train"}
"""Packages and the extra of livecare that brings each."""


def load_extra(package: str) -> ModuleType:
    """Import an optional package.

    It is imported by name, so that the commands that import this module stay free of it.

    Raises
    ------
    MissingExtraError
        If it is not installed; says which extra brings it.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise
        raise MissingExtraError(package, EXTRAS[package], PURPOSE) from error
