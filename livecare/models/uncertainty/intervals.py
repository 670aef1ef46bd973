"""Intervals: what a model's scales are multiplied by, so that they hold what they promise.

The keys under `config: livecare: intervals` of a package::

    intervals:
      scales: [0.11, 0.35]     # network units, ascending; one of them where there is one factor
      factors: [0.8, 1.2]      # what a scale of that size is multiplied by
      provenance: {...}        # on what they were found, and how much they hold there
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
import yaml
from numpy.typing import NDArray

from livecare.errors import ConfigError
from livecare.models.description import Description

KEYS: Final = ("config", "livecare", "intervals")
"""Where they stand in the description."""
ROUNDING: Final = 1e-9
"""What a scale may fall by, in parts: products are rounded."""
YAML_WIDTH: Final = 100
"""Columns of a line, as of every package that livecare writes."""

Scales = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Intervals:
    """A monotone map from the scales that a network predicts to scales that hold.

    Between two of the knots the new scale is interpolated; beyond them the factor stays.

    Attributes
    ----------
    scales : tuple of float
        Predicted Laplace scales, network units: above 0 and ascending.
    factors : tuple of float
        What each is multiplied by, above 0; no smaller scale may become a larger one.
    provenance : mapping
        Where they come from; YAML values only.

    Raises
    ------
    ConfigError
        If they are none of this.
    """

    scales: tuple[float, ...]
    factors: tuple[float, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.scales or len(self.scales) != len(self.factors):
            raise ConfigError(
                f"intervals: {len(self.scales)} scales and {len(self.factors)} factors: give a "
                "factor for each of one or more scales"
            )
        numbers = np.array([*self.scales, *self.factors])
        rising = all(low < high for low, high in pairwise(self.scales))
        made = [scale * factor for scale, factor in zip(self.scales, self.factors, strict=True)]
        ordered = all(low <= high * (1 + ROUNDING) for low, high in pairwise(made))
        if not (np.isfinite(numbers).all() and numbers.min() > 0 and rising and ordered):
            raise ConfigError(
                f"intervals: the scales {self.scales} with the factors {self.factors} are no rising"
                " map: give ascending scales above 0, and factors that keep their order"
            )

    @classmethod
    def read(cls, description: Description) -> Self | None:
        """Read the keys of a package; None where it has none.

        Raises
        ------
        ModelError
            If they are there and wrong; names the file and the key.
        """
        if KEYS[-1] not in description.get(dict, *KEYS[:-1]):
            return None
        scales, factors = (description.get(list, *KEYS, name) for name in ("scales", "factors"))
        if not all(type(each) in (int, float) for each in (*scales, *factors)):
            raise description.error("holds scales or factors that are no numbers", *KEYS)
        told = "provenance" in description.get(dict, *KEYS)
        provenance = description.get(dict, *KEYS, "provenance") if told else {}
        try:
            return cls(tuple(map(float, scales)), tuple(map(float, factors)), provenance)
        except (ConfigError, OverflowError) as error:
            raise description.error(f"is no map ({error})", *KEYS) from error

    def write(self, folder: Path) -> None:
        """Put the map into a package's description, in place of any other.

        A crash leaves the old description or the new one.

        Raises
        ------
        ModelError
            If there is no description of a model of livecare's.
        """
        description = Description.read(folder)
        added = description.get(dict, *KEYS[:-1])
        added[KEYS[-1]] = self.as_yaml()
        draft = description.file.with_name(f".{description.file.name}.part")
        text = yaml.safe_dump(
            dict(description.content), sort_keys=False, allow_unicode=True, width=YAML_WIDTH
        )
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(description.file)

    @property
    def words(self) -> str:
        """What was done to the scales, for people."""
        factors = f"scales times {min(self.factors):.2f} to {max(self.factors):.2f}"
        held, frames = (self.provenance.get(key) for key in ("coverage_after", "frames"))
        if not isinstance(held, float):
            return f"recalibrated: {factors}"
        return f"recalibrated on {frames} frames: {factors}; hold {held:.1%} of frames left out"

    def as_yaml(self) -> dict[str, Any]:
        """Return the keys and values that a description holds."""
        return {
            "scales": list(self.scales),
            "factors": list(self.factors),
            "provenance": dict(self.provenance),
        }

    def apply(self, scales: Scales) -> None:
        """Multiply predicted scales by their factors, in place.

        Parameters
        ----------
        scales : array, float32
            Laplace scales, network units; of any shape.
        """
        if len(self.scales) == 1:
            scales *= np.float32(self.factors[0])
            return
        scales *= self.factors_for(scales)

    def factors_for(self, scales: Scales) -> Scales:
        """Return the factor of each scale, float32, shape of `scales`."""
        knots = np.array(self.scales)
        within = np.clip(scales, knots[0], knots[-1])
        made = np.interp(within, knots, knots * np.array(self.factors))
        return np.asarray(made / within, np.float32)
