"""A model's sample: the test input of its package, and the same as frames of a camera."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.frame import Pixels, PixelType
from livecare.models.anscombe import CameraNoise
from livecare.models.description import Description
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalisation import Normalisation
from livecare.models.package import Model
from livecare.models.stored_array import inside, read_array
from livecare.models.window import IntensityWindow

CAMERA: Final = CameraNoise(20.0, 100.0)
"""Counts per electron and offset of the camera that samples in noise units are turned into: so many
counts per electron that rounding to them is nothing beside the noise."""
COUNTS: Final = IntensityWindow(2_000.0, 22_000.0)
"""Counts that samples in window units are turned into: room below and above."""
COUNTS_8: Final = IntensityWindow(20.0, 180.0)
CAMERA_8: Final = CameraNoise(1.0, 2.0)
"""The same for frames of eight bits."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A raw frame to try a model on.

    Attributes
    ----------
    frame : array, shape (y, x) or (z, y, x)
        Camera counts.
    normalisation : Normalisation
        What it goes through.
    """

    frame: Pixels
    normalisation: Normalisation


def read_test_input(model: Model) -> NDArray[np.float32]:
    """Return the package's test input: shape (n, 1, [z,] y, x), float32.

    Raises
    ------
    ModelError
        If the package has none that can be read; names the file and the key.
    """
    description = Description.read(model.folder)
    named = description.get(list, "inputs")
    try:
        source = str(named[0]["test_tensor"]["source"])
    except (IndexError, KeyError, TypeError) as error:
        raise description.error("names no test tensor", "inputs") from error
    file = inside(model.folder, source)
    values = read_array(file)
    if values.ndim != 2 + len(model.axes) or 0 in values.shape or not np.isfinite(values).all():
        raise ModelError(
            f"{file} holds no frame (n, 1, {', '.join(model.axes)}) but {values.shape}, or values "
            "that are not finite: get the package again"
        )
    return values


def sample_of(model: Model, dtype: PixelType, shape: tuple[int, ...] | None = None) -> Sample:
    """Return the test input as a camera of this pixel type would have taken it.

    Parameters
    ----------
    model : Model
        Whose.
    dtype : PixelType
        Of the frame.
    shape : tuple of int or None
        Lengths along its axes, pixels: the sample is repeated, mirrored, or cut off. None for as
        long as it is.

    Raises
    ------
    ModelError
        If the package has no test input, or frames of this shape are none of the model's.
    """
    if shape is not None and (len(shape) != len(model.axes) or min(shape) < 1):
        raise ModelError(
            f"'{model.name}' restores frames ({', '.join(model.axes)}), and none of {shape}: use "
            "another model, or other lengths"
        )
    values = read_test_input(model)[0, 0]
    if shape is not None:
        values = _resized(values, shape)
    normalisation = _normalisation(model, dtype)
    if isinstance(normalisation, IntensityWindow):
        recipe = model.normalisation
        seen = IntensityWindow.from_frames([values], recipe.low_percentile, recipe.high_percentile)
        window = recipe.window or seen
        values = (values - np.float32(window.low)) / np.float32(window.high - window.low)
    frame: Pixels = np.empty(values.shape, dtype)
    normalisation.denormalise(np.array(values, np.float32, order="C"), frame)
    return Sample(frame, normalisation)


def _normalisation(model: Model, dtype: PixelType) -> NoiseUnits | IntensityWindow:
    if model.normalisation.kind == "anscombe":
        return NoiseUnits(CAMERA_8 if dtype == "uint8" else CAMERA)
    return COUNTS_8 if dtype == "uint8" else COUNTS


def _resized(values: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    missing = [(0, max(0, wanted - have)) for wanted, have in zip(shape, values.shape, strict=True)]
    longer = np.pad(values, missing, mode="symmetric")
    return np.ascontiguousarray(longer[tuple(slice(0, length) for length in shape)])
