"""Knows how the light of a part is added up: exposures, and what restoration saved."""

import math

from livecare.frame import StreamInfo
from livecare.link.tally import LightTally
from livecare.photons import PhotonLedger
from livecare.recorder import Collection
from livecare.supervisor.plan import positive_number


def tally_light(info: StreamInfo, exposures: int, collection: Collection) -> LightTally:
    """Add up the light of a part.

    Where channels differ, the least of their photon factors counts: what is saved is not made to
    look like more than it is.

    Parameters
    ----------
    info : StreamInfo
        What its frames were at the beginning; says the exposure.
    exposures : int
        Frames that the camera took, whether they arrived or not.
    collection : Collection
        Knows the photon factors.
    """
    exposure_ms = positive_number(info.detail.get("exposure_ms"))
    factors = {
        info.channels[channel] if channel < len(info.channels) else str(channel): factor
        for channel, factor in sorted(collection.photon_factors.items())
    }
    least = min(factors.values(), default=math.nan)
    if exposure_ms is None:
        words = f"raw frames would need {least:.2g} times the light" if factors else ""
        return LightTally(exposures, None, factors, words=words)
    ledger = PhotonLedger(exposures, exposure_ms, photon_factor=least)
    saved_ms = ledger.saved_ms if factors else None
    words = ledger.sentence if exposures else ""
    return LightTally(exposures, exposure_ms, factors, ledger.given_ms, saved_ms, words)
