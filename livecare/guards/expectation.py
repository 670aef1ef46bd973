"""Knows what a restoration is entitled to expect: its camera, and what its model was trained on."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.models.anscombe import CameraNoise

CURE: Final = "remove it from the model's description, or measure it anew (docs/trust.md)"
"""What to do about statistics that cannot be read."""

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class TrustStatistics:
    """What the frames of a model's training were like; `config: livecare: trust` of its package.

    Attributes
    ----------
    features : tuple of str
        Names of the statistics (`livecare.guards.features.FEATURES`); empty if none were measured.
    centre : tuple of float
        Mean of each over the training.
    whitening : tuple of tuple of float
        Matrix W, square: the distance of a frame with the statistics s is the root mean square of
        the elements of W (s - centre), which is |W (s - centre)| over the root of their number.
    distance : float
        Distance that 99.5 % of the training's frames stay below.
    pixel_size_um, exposure_ms : tuple of float or None
        Least and greatest of the training; None where the model is for any.
    binning : int or None
        Of the camera in the training; None where the model is for any.
    """

    features: tuple[str, ...] = ()
    centre: tuple[float, ...] = ()
    whitening: tuple[tuple[float, ...], ...] = ()
    distance: float = math.inf
    pixel_size_um: Range | None = None
    exposure_ms: Range | None = None
    binning: int | None = None

    @classmethod
    def read(cls, document: Mapping[str, Any], where: str = "trust") -> Self:
        """Read what `to_document` gave.

        Parameters
        ----------
        document : mapping
            The key's value.
        where : str
            File and key, for messages.

        Raises
        ------
        ModelError
            If a value is no number or the lengths differ; names the key.
        """
        try:
            found = cls(
                features=tuple(str(each) for each in document.get("features", ())),
                centre=tuple(float(each) for each in document.get("centre", ())),
                whitening=tuple(
                    tuple(float(each) for each in row) for row in document.get("whitening", ())
                ),
                distance=float(document.get("distance", math.inf)),
                pixel_size_um=_range(document.get("pixel_size_um")),
                exposure_ms=_range(document.get("exposure_ms")),
                binning=None if document.get("binning") is None else int(document["binning"]),
            )
        except (TypeError, ValueError) as error:
            raise ModelError(f"{where} is damaged ({error}): {CURE}") from error
        lengths = {len(found.features), len(found.centre), len(found.whitening)}
        lengths |= {len(row) for row in found.whitening}
        if len(lengths) > 1:
            raise ModelError(f"{where}: features, centre and whitening differ in length: {CURE}")
        if not found.distance > 0:
            raise ModelError(f"{where}: distance is {found.distance}; it must be above 0: {CURE}")
        return found

    def to_document(self) -> dict[str, Any]:
        """Return YAML values; what is not known is left out."""
        document: dict[str, Any] = {}
        if self.features:
            document = {
                "features": list(self.features),
                "centre": list(self.centre),
                "whitening": [list(row) for row in self.whitening],
                "distance": self.distance,
            }
        for name in ("pixel_size_um", "exposure_ms"):
            found = getattr(self, name)
            if found is not None:
                document[name] = list(found)
        if self.binning is not None:
            document["binning"] = self.binning
        return document

    def distance_of(self, statistics: NDArray[np.float64]) -> float:
        """Return how far a frame's statistics are from the training's, shape (features,)."""
        away = np.asarray(self.whitening) @ (statistics - np.asarray(self.centre))
        return float(np.sqrt(np.square(away).mean()))


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is known beforehand of the frames of one channel and place.

    Attributes
    ----------
    camera : CameraNoise or None
        The camera's values, for normalisations that have none; None where they are unknown.
    trust : TrustStatistics or None
        What the model was trained on; None where it does not say.
    pixel_size_um : float or None
        Of a camera pixel in the specimen, µm.
    binning : int or None
        Of the camera.
    exposure_ms : float or None
        Of a frame, ms.
    saturation_adu : float or None
        Counts from which a pixel is saturated; None for full scales of usual digitisers.
    """

    camera: CameraNoise | None = None
    trust: TrustStatistics | None = None
    pixel_size_um: float | None = None
    binning: int | None = None
    exposure_ms: float | None = None
    saturation_adu: float | None = None

    def mismatch(self) -> float | None:
        """Return by what factor a setting is outside the training's, 1 for none.

        None if nothing can be compared.
        """
        if self.trust is None:
            return None
        factors = [
            _outside(self.pixel_size_um, self.trust.pixel_size_um),
            _outside(self.exposure_ms, self.trust.exposure_ms),
        ]
        if self.binning and self.trust.binning:
            factors.append(_outside(self.binning, (self.trust.binning, self.trust.binning)))
        known = [each for each in factors if each is not None]
        return max(known) if known else None


def _outside(found: float | None, wanted: Range | None) -> float | None:
    if found is None or wanted is None or not found > 0:
        return None
    return max(1.0, found / wanted[1], wanted[0] / found)


def _range(value: object) -> Range | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        value = (value, value)
    low, high = (float(each) for each in value)
    if not 0 < low <= high:
        raise ValueError(f"{low} ... {high} is no range")
    return low, high
