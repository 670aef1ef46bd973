"""What is known of how each channel is normalised: from reports, and from frames where one is lost.

A restorer may be killed between its first frame and the report of what it has locked; the next one
goes on with what the frame says.
"""

from livecare.frame import Restoration
from livecare.link import NormalisationLocked

Locks = tuple[NormalisationLocked, ...]
"""One for each channel at most, in their order."""


def with_lock(known: Locks, found: NormalisationLocked) -> Locks:
    """Return what is known with another lock in the place of that of its channel."""
    others = [each for each in known if each.channel != found.channel]
    return tuple(sorted([*others, found], key=lambda each: each.channel))


def with_frame(known: Locks, channel: int, restoration: Restoration, *, backfilled: bool) -> Locks:
    """Return what is known once a restored frame has come.

    A window that moves is known as it was for the latest live frame.

    Raises
    ------
    ValueError
        If the frame was normalised with nonsense.
    """
    before = next((each for each in known if each.channel == channel), None)
    kind = restoration.normalisation
    same = before is not None and before.kind == kind
    if same and (kind != "ema" or backfilled):
        return known
    origin = before.origin if before is not None and same else "the first restored frame"
    units = before.units if before is not None and same else ""
    found = NormalisationLocked(kind, restoration.normalised_with, origin, channel, units)
    return with_lock(known, found)
