"""Keras' weights files (.h5): how arrays lie in them, and what of them must not be trusted."""

import math
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.importers.extras import load_extra
from livecare.importers.keras_unet import Weights

MAX_BYTES: Final = 1 << 30
"""A gibibyte of weights: a hundred times a large U-Net. A compressed file may claim anything."""
MAX_LAYERS: Final = 10_000
"""A U-Net has dozens."""


def read_keras_h5(file: Path) -> Weights:
    """Return the arrays of a weights file, layer by layer.

    Raises
    ------
    ModelError
        If it is no such file, or holds links, code or more than a network can be.
    MissingExtraError
        If h5py is not installed.
    """
    h5py = load_extra("h5py")
    try:
        with h5py.File(file, "r") as opened:
            return _Reader(h5py, file).read(opened)
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        raise ModelError(
            f"{file} cannot be read as HDF5 ({error}): copy the model folder again"
        ) from error


class _Reader:
    """Collects the arrays of one file."""

    def __init__(self, h5py: Any, file: Path) -> None:  # noqa: ANN401 h5py brings no types
        self._h5py = h5py
        self._file = file
        self._bytes = 0
        self._found: dict[str, dict[str, NDArray[np.float32]]] = {}

    def read(self, opened: Any) -> Weights:  # noqa: ANN401 as above
        self._refuse_code(opened)
        root = opened
        if "model_weights" in opened:
            self._refuse_links(opened, "model_weights")
            root = opened["model_weights"]
        for layer in root:
            if len(self._found) > MAX_LAYERS:
                raise self._error(f"has more than {MAX_LAYERS} layers")
            self._refuse_links(root, layer)
            if isinstance(root[layer], self._h5py.Group):
                self._collect(layer, root[layer])
        return {layer: arrays for layer, arrays in self._found.items() if arrays}

    def _collect(self, layer: str, group: Any) -> None:  # noqa: ANN401 as above
        """Take the arrays below a layer's group; their last name says what they are."""
        for name in group:
            self._refuse_links(group, name)
            child = group[name]
            if isinstance(child, self._h5py.Group):
                self._collect(layer, child)
            else:
                self._take(layer, name.partition(":")[0], child)

    def _take(self, layer: str, name: str, dataset: Any) -> None:  # noqa: ANN401 as above
        if dataset.external or dataset.is_virtual:
            raise self._error(f"keeps '{layer}/{name}' in another file")
        if dataset.dtype.kind != "f":
            raise self._error(f"holds '{layer}/{name}' of the type {dataset.dtype}, not numbers")
        self._bytes += math.prod(dataset.shape) * dataset.dtype.itemsize
        if self._bytes > MAX_BYTES:
            raise self._error(f"claims more than {MAX_BYTES} bytes of weights")
        values = np.asarray(dataset[()], np.float32)
        if not np.isfinite(values).all():
            raise self._error(f"has values in '{layer}/{name}' that are not finite")
        self._found.setdefault(layer, {})[name] = values

    def _refuse_links(self, group: Any, name: str) -> None:  # noqa: ANN401 as above
        if not isinstance(group.get(name, getlink=True), self._h5py.HardLink):
            raise self._error(f"has a link '{name}' that leads elsewhere")

    def _refuse_code(self, opened: Any) -> None:  # noqa: ANN401 as above
        """Refuse pickled functions, which Keras would run; the arrays alone are not enough."""
        config = str(opened.attrs.get("model_config", ""))
        if '"Lambda"' in config or "pickle" in config:
            raise self._error("holds a Lambda layer, that is a program that livecare will not run")

    def _error(self, fault: str) -> ModelError:
        return ModelError(
            f"{self._file} {fault}: do not trust it. Save plain weights with Keras' "
            "save_weights() and import those"
        )
