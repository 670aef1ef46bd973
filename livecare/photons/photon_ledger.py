"""Knows how much light a run has spent on the specimen, and how much restoration has saved."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhotonLedger:
    """The light of a run.

    Attributes
    ----------
    frames : int
        Exposures so far.
    exposure_ms : float
        Of each, ms.
    light : float
        Relative strength of the illumination; 1 where it is not known.
    photon_factor : float
        Of the restored stream; NaN where it is not known.
    """

    frames: int
    exposure_ms: float
    light: float = 1.0
    photon_factor: float = math.nan

    @property
    def given_ms(self) -> float:
        """Light given, ms at full strength."""
        return self.frames * self.exposure_ms * self.light

    @property
    def saved_ms(self) -> float:
        """Light that raw frames of the restored frames' error would have taken besides.

        0 where nothing is known to be saved.
        """
        if not self.photon_factor > 1:
            return 0.0
        return self.given_ms * (self.photon_factor - 1)

    @property
    def sentence(self) -> str:
        """The ledger for people."""
        given = f"light given: {self.given_ms / 1000:.3g} s"
        if math.isnan(self.photon_factor):
            return f"{given}; what restoration saved is not known"
        return (
            f"{given}; saved: {self.saved_ms / 1000:.3g} s (raw frames of the same error would "
            f"need {self.photon_factor:.2g} times the exposure)"
        )
