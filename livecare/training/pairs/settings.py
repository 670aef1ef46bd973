"""What a user may choose about the patches that a network learns from."""

from dataclasses import dataclass
from typing import Final

from livecare.errors import ConfigError
from livecare.models.anscombe import CameraNoise
from livecare.models.normalise import HIGH_PERCENTILE, LOW_PERCENTILE
from livecare.training.pairs.orientation import NoiseAxis
from livecare.training.pairs.protocol import Units, UnitsKind

CACHE_BYTES: Final = 2 * 2**30
"""Frames kept in memory: a third of what a small workstation has."""
HIGHEST_PERCENTILE: Final = 100.0
"""Percent of all pixels."""
VALIDATION_PART: Final = 0.1
"""Part of the recordings (or frames, or rows) that is kept apart."""


@dataclass(frozen=True, slots=True)
class PairSettings:
    """How recordings become patches.

    Attributes
    ----------
    patch_px : int
        Rows and columns of the patches, pixels: frames must be at least so large.
    receptive_px : int
        One-sided receptive field of the network, pixels; frames must hold one output pixel's.
    kind : {"fixed", "per-frame", "anscombe"}
        What network units are.
    low_percentile, high_percentile : float
        Percentiles that become 0 and 1.
    noise : CameraNoise or None
        The camera; None where unknown. In noise units it is then estimated for each recording.
    channel : int, str or None
        Number or name of the channel to use; None where recordings have only one.
    align : bool
        Whether to undo shifts between the pictures of a pair instead of refusing them.
    along : {"x", "y"} or None
        Axis that noise runs along, if it does: patches are then mirrored but not turned.
    validation_part : float
        Between 0 and 0.5.
    cache_bytes : int
        Frames kept in memory.
    augment : bool
        Whether patches are mirrored, turned, dimmed and brightened.
    seed : int
        Chooses the recordings kept apart and the validation patches.

    Raises
    ------
    ConfigError
        If a value is out of its range; names it.
    """

    patch_px: int = 64
    receptive_px: int = 0
    kind: UnitsKind = "fixed"
    low_percentile: float = LOW_PERCENTILE
    high_percentile: float = HIGH_PERCENTILE
    noise: CameraNoise | None = None
    channel: int | str | None = None
    align: bool = False
    along: NoiseAxis | None = None
    validation_part: float = VALIDATION_PART
    cache_bytes: int = CACHE_BYTES
    augment: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        if self.patch_px < 1 or self.receptive_px < 0 or self.cache_bytes < 1:
            raise ConfigError(
                f"pairs: patch_px {self.patch_px}, receptive_px {self.receptive_px} and "
                f"cache_bytes {self.cache_bytes}: give patches and a cache above 0"
            )
        if not 0 < self.validation_part <= 1 / 2:
            raise ConfigError(
                f"pairs: validation_part is {self.validation_part}; give a part up to 0.5"
            )
        low, high = self.low_percentile, self.high_percentile
        if not 0 <= low < high <= HIGHEST_PERCENTILE:  # false for NaN, too
            raise ConfigError(
                f"pairs: percentiles are {low} and {high}; give two of 0 ... 100, the lower first"
            )

    @property
    def least_px(self) -> int:
        """Rows and columns that a frame needs at least."""
        return max(self.patch_px, 2 * self.receptive_px + 1)

    @property
    def units(self) -> Units:
        """What a model's package has to say of network units."""
        noise = self.noise if self.kind == "anscombe" else None
        return Units(self.kind, self.low_percentile, self.high_percentile, noise)
