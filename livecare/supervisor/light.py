"""Knows how the light of a part is added up: exposures, and what restoration saved."""

import math
from collections.abc import Mapping
from typing import Final

from livecare.frame import Ledger, StreamInfo
from livecare.link.tally import LightTally
from livecare.photons import PhotonLedger
from livecare.references import ReferenceStream
from livecare.supervisor.pipeline import Pipeline

MS_PER_S: Final = 1000


def tally_light(
    info: StreamInfo, exposures: int, photon_factors: Mapping[int, float]
) -> LightTally:
    """Add up the light of a part.

    Where channels differ, the least of their photon factors counts: what is saved is not made to
    look like more than it is.

    Parameters
    ----------
    info : StreamInfo
        What its frames were at the beginning; says the exposure.
    exposures : int
        Frames that the camera took, whether they arrived or not.
    photon_factors : mapping of int to float
        By channel, of which that is known.
    """
    exposure_ms = info.exposure_ms
    factors = {
        info.channels[channel] if channel < len(info.channels) else str(channel): factor
        for channel, factor in sorted(photon_factors.items())
    }
    least = min(factors.values(), default=math.nan)
    if exposure_ms is None:
        words = f"raw frames would need {least:.2g} times the light" if factors else ""
        return LightTally(exposures, None, factors, words=words)
    low, references, light = _sorted(info, exposures)
    ledger = PhotonLedger(low, exposure_ms, photon_factor=least)
    saved_ms = ledger.saved_ms if factors else None
    referring_ms = references * exposure_ms * light
    words = ledger.sentence if exposures else ""
    if references:
        words += f"; reference frames took {referring_ms / MS_PER_S:.3g} s besides"
    given_ms = ledger.given_ms + referring_ms
    return LightTally(exposures, exposure_ms, factors, given_ms, saved_ms, words)


def part_light(info: StreamInfo, ledger: Ledger, pipeline: Pipeline) -> LightTally:
    """Add up the light of a part so far: also of frames that were lost or passed over by a tap."""
    exposures = ledger.acquired + ledger.lost + pipeline.acquisition.passed_over
    return tally_light(info, exposures, pipeline.collection.findings.photon_factors)


def _sorted(info: StreamInfo, exposures: int) -> tuple[int, int, float]:
    """Return how many exposures were low and how many references, and the light of one of these."""
    stream = ReferenceStream.of(info)
    if stream is None:
        return exposures, 0, 0.0
    references = exposures // (stream.every + 1)
    return exposures - references, references, stream.light
