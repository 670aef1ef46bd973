"""How much light a run spends on its specimen, and how much restoration saves."""

from livecare.photons.photon_ledger import (
    PairError,
    PhotonLedger,
    StreamLight,
    pair_error,
    photon_factor_of,
    share_moved,
)

__all__ = [
    "PairError",
    "PhotonLedger",
    "StreamLight",
    "pair_error",
    "photon_factor_of",
    "share_moved",
]
