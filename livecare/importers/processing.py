"""What BioImage.IO packages do to a frame before and after the network, and how livecare says it.

livecare normalises with a window: two camera values become 0 and 1, and back. What a source does
per frame becomes a window that is locked to a run's first frames, so that brightness cannot
flicker; what it does with fixed numbers becomes a fixed window.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError

Values = NDArray[np.float32]

EPSILON: Final = 1e-6
"""Added by BioImage.IO's own tools where they divide by a spread."""


@dataclass(frozen=True, slots=True)
class Affine:
    """value * gain + offset, with fixed numbers."""

    gain: float
    offset: float

    def apply(self, values: Values) -> Values:
        """Return the changed values."""
        exact = values.astype(np.float64) * self.gain + self.offset
        return exact.astype(np.float32)


@dataclass(frozen=True, slots=True)
class Sigmoid:
    """1 / (1 + exp(-value))."""

    def apply(self, values: Values) -> Values:
        """Return the changed values."""
        return np.asarray(0.5 + 0.5 * np.tanh(values / 2), np.float32)


@dataclass(frozen=True, slots=True)
class Clip:
    """Values below `least` and above `most` are cut off."""

    least: float
    most: float

    def apply(self, values: Values) -> Values:
        """Return the changed values."""
        return np.clip(values, np.float32(self.least), np.float32(self.most))


@dataclass(frozen=True, slots=True)
class Standardise:
    """Mean 0 and standard deviation 1, of each frame."""

    epsilon: float = EPSILON

    def apply(self, values: Values) -> Values:
        """Return the changed values."""
        exact = values.astype(np.float64)
        return np.asarray((exact - exact.mean()) / (exact.std() + self.epsilon), np.float32)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Two percentiles of each frame become 0 and 1."""

    low: float
    high: float
    epsilon: float = EPSILON

    def apply(self, values: Values) -> Values:
        """Return the changed values."""
        low, high = np.percentile(values.astype(np.float64), (self.low, self.high))
        return np.asarray((values - low) / (high - low + self.epsilon), np.float32)


Step = Affine | Sigmoid | Clip | Standardise | Stretch


def parse_steps(listed: Sequence[Mapping[str, Any]], axes: str) -> list[Step]:
    """Read the pre- or postprocessing of a description, of BioImage.IO 0.4 or 0.5.

    Parameters
    ----------
    listed : sequence of mapping
        As they stand there: `name` (0.4) or `id` (0.5), and `kwargs`.
    axes : str
        "yx" or "zyx".

    Raises
    ------
    ModelError
        If a step is unknown, or works on a part of the axes only.
    """
    steps = []
    for each in listed:
        name = str(each.get("id", each.get("name")))
        keys = dict(each.get("kwargs") or {})
        try:
            step = _parse_step(name, keys, axes)
        except (TypeError, ValueError, KeyError, IndexError) as error:
            raise ModelError(f"the processing step '{name}' has odd values: {error}") from error
        if step is not None:
            steps.append(step)
    return steps


def apply_steps(steps: Sequence[Step], values: Values) -> Values:
    """Return the values after all steps."""
    for step in steps:
        values = step.apply(values)
    return values


def _parse_step(name: str, keys: Mapping[str, Any], axes: str) -> Step | None:
    if name in ("ensure_dtype", "sigmoid"):
        return Sigmoid() if name == "sigmoid" else None
    if name == "clip":
        return Clip(float(keys.get("min", -math.inf)), float(keys.get("max", math.inf)))
    fixed = _parse_fixed(name, keys)
    return _parse_per_frame(name, keys, axes) if fixed is None else fixed


def _parse_fixed(name: str, keys: Mapping[str, Any]) -> Affine | None:
    """Return a step with fixed numbers, or None if it is not one."""
    fixed = keys.get("mode") == "fixed"
    if name == "scale_linear":
        return Affine(_single(keys.get("gain", 1.0)), _single(keys.get("offset", 0.0)))
    if name == "fixed_zero_mean_unit_variance" or (name == "zero_mean_unit_variance" and fixed):
        spread = _single(keys["std"]) + float(keys.get("eps", EPSILON))
        return Affine(1 / spread, -_single(keys["mean"]) / spread)
    return None


def _parse_per_frame(name: str, keys: Mapping[str, Any], axes: str) -> Step:
    """Return a step with statistics of each frame."""
    if name in ("zero_mean_unit_variance", "scale_range"):
        _check_axes(name, keys, axes)
    if name == "zero_mean_unit_variance":
        return Standardise(float(keys.get("eps", EPSILON)))
    if name == "scale_range" and "reference_tensor" not in keys:
        low, high = keys.get("min_percentile", 0.0), keys.get("max_percentile", 100.0)
        return Stretch(float(low), float(high), float(keys.get("eps", EPSILON)))
    raise ModelError(
        f"the processing step '{name}' depends on more than livecare's windows can say: export the "
        "model with fixed or percentile normalisation"
    )


def _check_axes(name: str, keys: Mapping[str, Any], axes: str) -> None:
    """Refuse statistics of rows, columns or planes, and of whole data sets."""
    named = keys.get("axes")
    over = set(axes) if named is None else {str(each) for each in named} & set("zyx")
    if over != set(axes) or keys.get("mode", "per_sample") not in ("per_sample", "fixed"):
        raise ModelError(
            f"the processing step '{name}' takes its statistics over {named}, mode "
            f"{keys.get('mode')}: livecare takes them of whole frames"
        )


def _single(value: Any) -> float:  # noqa: ANN401 it is whatever the file says
    """Return a number, or the only one of a list."""
    if isinstance(value, list | tuple):
        if len(value) != 1:
            raise ModelError(f"a processing step has {len(value)} values for one channel")
        value = value[0]
    return float(value)
