"""The final ledger of a part: what became of every frame, once nothing more becomes of any."""

from livecare.frame import Ledger
from livecare.supervisor.children import Child


def count_failed_restores(counted: Ledger, restorer: Child | None, *, backfill: bool) -> int:
    """Count the recorded frames that should have been restored and were not.

    Parameters
    ----------
    counted : Ledger
        The last count, in which frames that still waited count nowhere; those that failed may have
        been of frames that were not recorded, either.
    restorer : Child or None
        What restored them; None where nothing was to be restored.
    backfill : bool
        Whether every frame was to be restored in the end, or would have been but for a failure.
    """
    wanted = restorer is not None and (restorer.given_up or backfill)
    unrestored = counted.recorded - counted.restored
    return unrestored if wanted else min(counted.failed, unrestored)


def close_ledger(counted: Ledger, failed_restores: int) -> Ledger:
    """Account for the frames that still waited at the last count: skipped, or failed."""
    unrecorded = counted.acquired - counted.recorded
    unrestored = counted.recorded - counted.restored
    return Ledger(
        acquired=counted.acquired,
        recorded=counted.recorded,
        restored=counted.restored,
        skipped=unrestored - failed_restores,
        failed=unrecorded + failed_restores,
        lost=counted.lost,
    )
