"""How much light a run spends on its specimen, and how much restoration saves."""

from livecare.photons.pair_error import PairError, pair_error, photon_factor_of
from livecare.photons.photon_ledger import PhotonLedger
from livecare.photons.stream_light import StreamLight

__all__ = [
    "PairError",
    "PhotonLedger",
    "StreamLight",
    "pair_error",
    "photon_factor_of",
]
