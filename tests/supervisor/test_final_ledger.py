"""What becomes of frames that still waited at the last count: each is counted once."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livecare.frame import Ledger
from livecare.supervisor.children import Child
from livecare.supervisor.final_ledger import close_ledger, count_failed_restores

COUNTED = Ledger(acquired=10, recorded=8, restored=5, failed=1, lost=2)
"""Of 10 frames 2 were not recorded; of the 8 others 1 failed, and 2 still waited."""


def restorer(*, given_up: bool) -> Child:
    child = Child("restorer", Path, Path("restorer.log"), lambda: None)
    child.given_up = given_up
    return child


@pytest.mark.parametrize(
    ("given_up", "backfill", "failed"),
    [(False, False, 1), (False, True, 3), (True, False, 3), (True, True, 3)],
)
def test_what_was_to_be_restored_and_was_not_has_failed(
    failed: int, *, given_up: bool, backfill: bool
) -> None:
    child = restorer(given_up=given_up)
    assert count_failed_restores(COUNTED, child, backfill=backfill) == failed


@pytest.mark.parametrize("backfill", [False, True])
def test_without_a_restorer_no_restore_fails(*, backfill: bool) -> None:
    recorded_only = Ledger(acquired=10, recorded=8)
    assert count_failed_restores(recorded_only, None, backfill=backfill) == 0


def test_frames_that_waited_are_skipped_or_have_failed() -> None:
    skipped = Ledger(acquired=10, recorded=8, restored=5, skipped=2, failed=3, lost=2)
    failed = Ledger(acquired=10, recorded=8, restored=5, skipped=0, failed=5, lost=2)
    assert close_ledger(COUNTED, failed_restores=1) == skipped
    assert close_ledger(COUNTED, failed_restores=3) == failed


def test_frames_that_failed_and_were_not_recorded_either_are_counted_once() -> None:
    """Every frame fails, and the disk is full from the sixth on."""
    counted = Ledger(acquired=10, recorded=6, failed=10)
    failed = count_failed_restores(counted, restorer(given_up=False), backfill=False)
    assert close_ledger(counted, failed) == Ledger(acquired=10, recorded=6, skipped=0, failed=10)


@given(st.tuples(*[st.integers(0, 2**40)] * 6), st.booleans())
def test_every_frame_is_restored_skipped_or_failed(parts: tuple[int, ...], backfill: bool) -> None:  # noqa: FBT001
    restored, failed_recorded, waiting, unrecorded, failed_unrecorded, lost = parts
    recorded, failed = restored + failed_recorded + waiting, failed_recorded + failed_unrecorded
    counted = Ledger(recorded + unrecorded, recorded, restored, 0, failed, lost)
    failed_restores = count_failed_restores(counted, restorer(given_up=False), backfill=backfill)
    final = close_ledger(counted, failed_restores)
    assert final.restored + final.skipped + final.failed == final.acquired
    assert final.acquired - final.recorded == final.failed - failed_restores == unrecorded
    assert min(final.skipped, final.failed, failed_restores) >= 0
    assert final.lost == lost
    assert final.complete == (unrecorded == failed_restores == lost == 0)
