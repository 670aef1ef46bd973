"""What a careful reader should know: warnings about data and about restorations."""

from collections.abc import Sequence
from typing import Final

from livecare.evaluation.camera import Characterised
from livecare.evaluation.results import Outcome

INTENSITY_TOLERANCE: Final = 0.02
"""Light may change by so much, part of the whole."""
COVERAGE_BAND: Final = (0.85, 0.95)
"""Where the measured chance of a 90 % interval should lie."""
CORRELATION_LIMIT: Final = 0.1
"""Autocorrelation of the residual beyond which it holds structure."""
FLICKER_LIMIT: Final = 1.2
"""Ratio from which restored frames flicker visibly more than raw ones."""
RAW_FACTOR_BAND: Final = (0.7, 1.4)
"""The raw frame's photon factor is 1 if the camera's values are right."""


def data_warnings(cameras: Sequence[Characterised], outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Return what is odd about a set's frames."""
    found = []
    violations = [each.violation for each in cameras if each.violation]
    if violations:
        several = len(cameras) > 1
        where = f" in {len(violations)} of {len(cameras)} recordings, first:" if several else ":"
        name, _, reason = violations[0].partition(" (")
        found.append(f"{name}{where if several else ''} ({reason}")
    raw = next((each for each in outcomes if each.kind == "raw"), None)
    factor = raw.scores.photon_factor if raw else None
    if factor is not None and not RAW_FACTOR_BAND[0] <= factor <= RAW_FACTOR_BAND[1]:
        found.append(
            f"the camera values do not explain the raw frames' error (photon factor {factor:.2f} "
            "instead of 1): read other photon factors relative to this one"
        )
    return tuple(found)


def outcome_warnings(outcome: Outcome) -> tuple[str, ...]:
    """Return what is odd about a restoration's scores."""
    if outcome.kind == "raw":
        return ()
    scores = outcome.scores
    found = []
    ratio = scores.intensity_ratio
    if ratio is not None and abs(ratio - 1) > INTENSITY_TOLERANCE:
        found.append(f"changes the light by {100 * (ratio - 1):+.1f} %")
    inside = scores.coverage_90
    if inside is not None and not COVERAGE_BAND[0] <= inside <= COVERAGE_BAND[1]:
        found.append(f"90 % intervals hold the truth in {100 * inside:.0f} % of the pixels")
    largest = scores.residual_correlation
    if largest is not None and abs(largest) > CORRELATION_LIMIT:
        found.append(
            f"what it took away is no white noise (autocorrelation {largest:+.2f}): it took signal "
            "as well, or left noise that is correlated"
        )
    flicker = scores.flicker_ratio
    if flicker is not None and flicker > FLICKER_LIMIT:
        found.append(f"static regions flicker {flicker:.1f} times as much as in the reference")
    return tuple(found)
