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
    info: StreamInfo, exposures: int, photon_factors: Mapping[int, float], references: int = 0
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
    references : int
        Reference frames that came: a source may go on without them.
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
    stream = ReferenceStream.of(info)
    light = 0.0 if stream is None else stream.light
    ledger = PhotonLedger(exposures - references, exposure_ms, photon_factor=least)
    saved_ms = ledger.saved_ms if factors else None
    referring_ms = references * exposure_ms * light
    words = ledger.sentence if exposures else ""
    if references:
        words += f"; reference frames took {referring_ms / MS_PER_S:.3g} s besides"
    given_ms = ledger.given_ms + referring_ms
    return LightTally(exposures, exposure_ms, factors, given_ms, saved_ms, words)


def part_light(info: StreamInfo, ledger: Ledger, pipeline: Pipeline) -> LightTally:
    """Add up the light of a part so far: also of frames that were lost or passed over by a tap."""
    acquisition = pipeline.acquisition
    exposures = ledger.acquired + ledger.lost + acquisition.passed_over
    factors = pipeline.collection.findings.photon_factors
    return tally_light(info, exposures, factors, acquisition.references)
