"""What the ledger of a recovered recording says: every count, losses included."""

from dataclasses import replace
from pathlib import Path

from store_frames import append, block_of, header_of, make_info, make_pixels

from livecare.frame import Ledger, Position
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

INFO = make_info()
PIXELS = make_pixels(0, INFO.shape_yx, INFO.dtype)


def test_every_count_is_found_again(tmp_path: Path) -> None:
    """Frame 2 was acquired and not recorded; the camera lost 3 frames before 1 and 4 before 3."""
    with Store.create(tmp_path / "s", INFO) as store:
        for sequence, lost_before in ((0, 0), (1, 3), (3, 4), (4, 0)):
            header = header_of(sequence, Position(sequence), PIXELS)
            store.raw.append(replace(header, lost_before=lost_before), block_of(PIXELS))
        append(store.restored, 1, Position(1), PIXELS)
    expected = Ledger(acquired=5, recorded=4, restored=1, skipped=3, failed=1, lost=7)
    assert recover(tmp_path / "s").ledger == expected
    verification = verify(tmp_path / "s")
    assert verification.sound, str(verification)
    assert verification.ledger == expected
    assert [hole.first for hole in verification.raw_holes] == [2]


def test_what_the_ledger_had_counted_before_is_kept(tmp_path: Path) -> None:
    """Of frames that never reached the disk only the first ledger knows."""
    with Store.create(tmp_path / "s", INFO) as store:
        append(store.raw, 0, Position(0), PIXELS)
        store.finish(Ledger(acquired=9, recorded=1, restored=0, skipped=1, failed=8, lost=6))
    shard = next((tmp_path / "s").glob("raw/0/c/*/*/*/0/0"))
    with shard.open("ab") as file:
        file.write(bytes(4096))
    recovered = recover(tmp_path / "s").ledger
    assert recovered == Ledger(acquired=9, recorded=1, skipped=1, failed=8, lost=6)
    assert verify(tmp_path / "s").sound
