"""How a model's int8 network is made: as many of its convolutions as cost no quality.

Each inner convolution is quantised alone and compared with fp32 on frames of every exposure; then
they are taken one after the other, those that cost least for the work that they are first, as long
as no exposure loses more than `MOST_LOSS_DB`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.engines.calibration import Exposure, calibration_exposures
from livecare.engines.int8_files import estimates, prepare, quantise_file
from livecare.engines.int8_layers import Layer, find_layers, names_of
from livecare.engines.int8_range import Int8Network, Limits
from livecare.engines.quantised import cache_key, check_axes, quantised_cache, read_own
from livecare.engines.scratch import scratch_folder
from livecare.errors import EngineError
from livecare.logs import logger
from livecare.models.package import Model

MOST_LOSS_DB: Final = 0.1
"""PSNR that int8 may cost at any exposure of the calibration, dB: on other frames it may cost 0.15,
which nobody sees."""
LEAST_WORK: Final = 0.005
"""Layers of a smaller part of the work stay fp32: changing to and fro costs more."""
THREADS: Final = 2
"""CPU threads that quantising takes."""

Losses = dict[str, float]


@dataclass(frozen=True, slots=True)
class Quantised:
    """An int8 network that was made.

    Attributes
    ----------
    network : Int8Network
        With QuantizeLinear and DequantizeLinear around what is int8.
    losses_db : dict
        PSNR lost against fp32 at each exposure, dB.
    work : float
        Part of the multiplications that is int8.
    """

    network: Int8Network
    losses_db: Losses
    work: float


def quantise_model(model: Model) -> None:
    """Make a model's int8 network and keep it in the cache, unless it is there or in the package.

    Raises
    ------
    EngineError
        If the model is one for stacks, cannot be quantised without loss, or the cache cannot be
        written.
    MissingExtraError
        If the package `onnx` is not installed.
    """
    check_axes(model)
    if read_own(model) is not None or quantised_cache().read(cache_key(model)) is not None:
        return
    made = quantise(model)
    logger().info(
        "model quantised",
        model=model.name,
        int8_part=round(made.work, 2),
        losses_db={label: round(loss, 3) for label, loss in made.losses_db.items()},
    )
    if not quantised_cache().write(cache_key(model), made.network.pack()):
        raise EngineError(
            f"int8: {quantised_cache().folder} cannot be written: make room or mend its permissions"
        )


def quantise(model: Model) -> Quantised:
    """Make a model's int8 network, without a look at the cache. Raises as `quantise_model`."""
    check_axes(model)
    with scratch_folder("livecare-int8-", "int8") as folder:
        return _Trials(model, folder).choose()


class _Trials:
    """Networks with other layers in int8 each time, and what they lose."""

    def __init__(self, model: Model, folder: Path) -> None:
        self._model = model
        self._prepared = folder / "prepared.onnx"
        self._made = folder / "int8.onnx"
        network = prepare(model.onnx_path, self._prepared)
        self._exposures = calibration_exposures(model)
        self._frames = [exposure.frame for exposure in self._exposures]
        self._layers = find_layers(network, self._frames[0])
        self._plain = estimates(str(self._prepared), self._frames, THREADS)

    def choose(self) -> Quantised:
        """Take layers as long as the loss allows it."""
        chosen: list[Layer] = []
        best: Quantised | None = None
        for layer in self._cheapest_first():
            made = self._quantise([*chosen, layer])
            if max(made.losses_db.values()) <= MOST_LOSS_DB:
                chosen.append(layer)
                best = made
        if best is None:
            raise EngineError(
                f"int8: no layer of the model '{self._model.name}' can be int8 for less than "
                f"{MOST_LOSS_DB} dB: choose another precision"
            )
        return best

    def _cheapest_first(self) -> list[Layer]:
        able = [layer for layer in self._layers if layer.inner and layer.work >= LEAST_WORK]
        costs = {
            layer: max(self._quantise([layer]).losses_db.values()) / layer.work for layer in able
        }
        return sorted(able, key=costs.__getitem__)

    def _quantise(self, layers: Sequence[Layer]) -> Quantised:
        left = names_of(layer for layer in self._layers if layer not in layers)
        quantise_file(self._prepared, self._made, self._frames, left)
        network = self._made.read_bytes()
        made = estimates(network, self._frames, THREADS)
        losses = compare(self._exposures, self._plain, made)
        limits = Limits.around(self._frames)
        return Quantised(Int8Network(network, limits), losses, sum(layer.work for layer in layers))


def compare(
    exposures: Sequence[Exposure],
    plain: Sequence[NDArray[np.float32]],
    made: Sequence[NDArray[np.float32]],
) -> Losses:
    """Return the PSNR that a network loses against fp32 at each exposure, dB.

    Parameters
    ----------
    exposures : sequence of Exposure
        What both saw. Where some of them come with truth, the others are left out.
    plain, made : sequence of array, each of shape (y, x)
        Estimates of fp32 and of the network.
    """
    known = any(exposure.truth is not None for exposure in exposures)
    sums: dict[str, list[float]] = {}
    for exposure, one, other in zip(exposures, plain, made, strict=True):
        if known and exposure.truth is None:
            continue
        errors = sums.setdefault(exposure.label, [0.0, 0.0])
        errors[0] += exposure.error_of(one)
        errors[1] += exposure.error_of_other(one, other)
    tiny = np.finfo(np.float64).tiny
    return {
        label: float(10 * np.log10(max(after, tiny) / max(before, tiny)))
        for label, (before, after) in sums.items()
    }
