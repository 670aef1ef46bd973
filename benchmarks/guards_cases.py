"""Cases that guards are judged by: streams with something wrong, and streams that only look so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import guards_damage as damage
from guards_damage import BEGIN, Play
from guards_streams import PHOTONS

from livecare.guards import Expectation, TrustStatistics


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table.

    Attributes
    ----------
    name : str
        For people.
    claimed : tuple of str
        Guards of which any alarm is a hit; empty where none may alarm.
    play : callable
        Makes the frames.
    speed_px : float or None
        Of the specimen, pixels per frame; None for its own.
    specimen : str or None
        Which; None for any.
    expectation : Expectation
        What the guards are told.
    unclaimed : bool
        Whether something is wrong that no guard claims to see.
    counters : bool
        Whether photon counters are among the cameras: whole photons cannot be smeared.
    photons : tuple of float
        Least and most photons of the bright structures.
    """

    name: str
    claimed: tuple[str, ...]
    play: Play
    speed_px: float | None = None
    specimen: str | None = None
    expectation: Expectation = field(default_factory=Expectation)
    unclaimed: bool = False
    counters: bool = True
    photons: tuple[float, float] = PHOTONS


_SPOTS: Final = ("erased", "invented")
CASES: Final[Mapping[str, Case]] = MappingProxyType(
    {
        each.name: each
        for each in (
            Case("right camera", (), damage.right),
            Case("moving, 3 px a frame", (), damage.right, speed_px=3.0),
            Case("gain believed × 1.5", ("noise",), damage.believing(1.5)),
            Case("gain believed ÷ 1.5", ("noise", "kept"), damage.believing(1 / 1.5)),
            Case(
                "pixel size × 2, known",
                ("mismatch",),
                damage.right,
                expectation=Expectation(
                    trust=TrustStatistics(pixel_size_um=(0.09, 0.11)), pixel_size_um=0.2
                ),
            ),
            Case(
                "correlated: dragged 25 %",
                ("correlated",),
                damage.raw_changed(damage.smeared),
                counters=False,
            ),
            Case(
                "correlated: resampled",
                ("correlated",),
                damage.raw_changed(damage.interpolated),
                counters=False,
            ),
            Case(
                "row noise, 0.3 of the noise",
                ("stripes",),
                damage.raw_changed(damage.striped),
                counters=False,
            ),
            *(
                Case(
                    f"out of focus: {specimen}",
                    ("blurred",),
                    damage.other_light(damage.out_of_focus, BEGIN),
                    specimen=specimen,
                    photons=(20.0, 250.0),
                )
                for specimen in ("cytoskeleton", "vesicles", "mixed", "tissue", "nuclei")
            ),
            Case("empty field", ("empty",), damage.other_light(damage.nothing)),
            Case(
                "counts too coarse",
                ("intensity",),
                damage.rounded,
                specimen="vesicles",
                photons=(4.0, 12.0),
            ),
            Case("saturated, 1 %", ("saturated",), damage.saturating),
            Case("bleaching to 0.5", ("drift",), damage.other_light(damage.bleaching, BEGIN)),
            Case("bright object entering", ("drift",), damage.other_light(damage.entering, BEGIN)),
            *(
                Case(
                    f"network {name} a spot of clarity {clarity}",
                    (claimed,),
                    damage.spot(clarity, erased=erased),
                )
                for clarity in (8, 12, 16)
                for name, claimed, erased in (
                    ("erases", "erased", True),
                    ("invents", "invented", False),
                )
            ),
            Case(
                "network smooths (5 px): lines",
                ("removed", *_SPOTS),
                damage.restored_changed(damage.oversmoothed),
                specimen="cytoskeleton",
            ),
            Case("network keeps half", ("kept",), damage.restored_changed(damage.half_kept)),
            Case(
                "network's checkerboard",
                ("checkerboard",),
                damage.restored_changed(damage.checkered),
            ),
            Case("restored 10 % dimmer", ("intensity",), damage.restored_changed(damage.dimmed)),
            Case(
                "restored flickers ± 5 %",
                ("flicker",),
                damage.restored_changed(damage.flickering, 1),
            ),
        )
    }
)
"""All that need no statistics of a training."""
