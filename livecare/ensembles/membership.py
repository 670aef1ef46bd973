"""Membership: which models can be one ensemble, and what follows from them for the whole."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from livecare.errors import ModelError
from livecare.models.package import Model

FEWEST: Final = 2
MOST: Final = 16
"""As many as `livecare train --ensemble` makes."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Models that see the same units and give the same channels.

    Attributes
    ----------
    members : tuple of Model
        Two or more.
    """

    members: tuple[Model, ...]

    @classmethod
    def of(cls, members: Sequence[Model]) -> Self:
        """Check that the models go together.

        Raises
        ------
        ModelError
            If they do not, or one of them is there twice; names both and what differs.
        """
        if not FEWEST <= len(members) <= MOST:
            raise ModelError(f"an ensemble of {len(members)}: give {FEWEST} to {MOST} models")
        first = members[0]
        for other in members[1:]:
            for what, ours, theirs in (
                ("axes", first.axes, other.axes),
                ("units", first.normalisation.units, other.normalisation.units),
                ("outputs", ", ".join(first.outputs), ", ".join(other.outputs)),
            ):
                if ours != theirs:
                    raise ModelError(
                        f"'{first.name}' has the {what} {ours} and '{other.name}' {theirs}: the "
                        "members of an ensemble must be trained for the same"
                    )
        if first.disagrees:
            raise ModelError(f"'{first.name}' is an ensemble itself: give its members")
        for number, model in enumerate(members):
            if model.sha256 in {other.sha256 for other in members[:number]}:
                raise ModelError(
                    f"'{model.name}' ({model.folder}) is there twice: members that are alike never "
                    "disagree; train them from different seeds"
                )
        return cls(tuple(members))

    @property
    def axes(self) -> str:
        """Spatial axes, "yx" or "zyx"."""
        return self.members[0].axes

    @property
    def scales(self) -> bool:
        """Whether the members predict scales."""
        return self.members[0].probabilistic

    @property
    def multiple_of(self) -> tuple[int, ...]:
        """What the length along each axis must be a multiple of, pixels."""
        strides = zip(*(model.multiple_of for model in self.members), strict=True)
        return tuple(math.lcm(*each) for each in strides)

    @property
    def halo_px(self) -> tuple[int, ...]:
        """How far one pixel reaches along each axis, pixels."""
        return tuple(max(each) for each in zip(*(m.halo_px for m in self.members), strict=True))
