"""Events that are marked: kept at once, by any thread, through crashes, and refused with reason."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from store_frames import content_of, make_info, record

from livecare.disk import PositionedFile
from livecare.errors import DiskFullError, StoreDamagedError, StoreError, UsageError
from livecare.frame import Ledger
from livecare.sinks.checked_line import seal
from livecare.sinks.layout import marks_path
from livecare.sinks.marks import MAX_TEXT, Mark
from livecare.sinks.options import StoreOptions
from livecare.sinks.reader import StoreReader
from livecare.sinks.recover import recover
from livecare.sinks.store import Store
from livecare.sinks.verify import verify

MARKER = """
import pathlib, sys
sys.path.insert(0, sys.argv[2])
from store_frames import make_info
from livecare.sinks.store import Store
store = Store.create(pathlib.Path(sys.argv[1]), make_info())
for number in range(5):
    store.mark(number, f"event {number}", number)
print("marked", flush=True)
input()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Give a recording with three marks, closed."""
    store = Store.create(tmp_path / "s", make_info())
    store.mark(0, "begin", 10)
    store.mark(7, "2 µM of 药 added", 20)
    store.mark(7, "", 30)
    store.finish(Ledger())
    return store.path


def test_marks_are_read_back_while_the_recording_goes_on(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", make_info()) as store:
        reader = StoreReader(store.path)
        assert (reader.marks(), store.marks) == ([], 0)
        assert not marks_path(store.path).exists()
        store.mark(3, "now", 123)
        assert (reader.marks(), store.marks) == ([Mark(3, "now", 123)], 1)
        store.mark(2, "later, of an earlier frame", 124)
        assert [each.sequence for each in reader.marks()] == [3, 2]


def test_they_are_in_a_sound_recording_and_counted(path: Path) -> None:
    assert StoreReader(path).marks() == [
        Mark(0, "begin", 10),
        Mark(7, "2 µM of 药 added", 20),
        Mark(7, "", 30),
    ]
    verification = verify(path)
    assert (verification.sound, verification.complete, verification.marks) == (True, True, 3)
    assert "marked events: 3" in str(verification).splitlines()[3]
    assert str(recover(path)).endswith("nothing to mend")


def test_a_recording_without_marks_has_no_file_of_them(tmp_path: Path) -> None:
    path = record(tmp_path / "s", make_info(), 2, restored=2)
    assert not marks_path(path).exists()
    assert verify(path).marks == 0
    assert "marked" not in str(verify(path))


@pytest.mark.parametrize("text", ["a" * MAX_TEXT, "µ" * MAX_TEXT, "\U0001f52c", 'a "b" \\ {c}'])
def test_texts_that_are_kept(tmp_path: Path, text: str) -> None:
    with Store.create(tmp_path / "s", make_info()) as store:
        store.mark(0, text, 1)
        assert StoreReader(store.path).marks() == [Mark(0, text, 1)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" * (MAX_TEXT + 1), "501 characters: 500 at most"),
        ("two\nlines", "control characters"),
        ("\x1b[31mred", "control characters"),
        ("a\0", "control characters"),
        ("half \ud83d", "control characters"),
        ("line\u2028separated", "control characters"),
    ],
)
def test_texts_that_are_refused(tmp_path: Path, text: str, words: str) -> None:
    with Store.create(tmp_path / "s", make_info()) as store:
        with pytest.raises(UsageError, match=words):
            store.mark(0, text, 1)
        assert not marks_path(store.path).exists()


def test_a_frame_before_the_first_is_refused(tmp_path: Path) -> None:
    with (
        Store.create(tmp_path / "s", make_info()) as store,
        pytest.raises(UsageError, match="no frame -1"),
    ):
        store.mark(-1, "too early", 1)


@pytest.mark.parametrize("finish", [True, False])
def test_nothing_is_marked_in_a_closed_recording(tmp_path: Path, *, finish: bool) -> None:
    store = Store.create(tmp_path / "s", make_info())
    if finish:
        store.finish(Ledger())
    else:
        store.close()
    before = content_of(store.path)
    with pytest.raises(StoreError, match="the recording is closed"):
        store.mark(0, "too late", 1)
    assert content_of(store.path) == before


def test_several_threads_may_mark(tmp_path: Path) -> None:
    with Store.create(tmp_path / "s", make_info()) as store:
        begin = threading.Barrier(4)

        def mark(thread: int) -> None:
            begin.wait()
            for i in range(10):
                store.mark(i, f"thread {thread}", i)

        threads = [threading.Thread(target=mark, args=(each,)) for each in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        marks = StoreReader(store.path).marks()
        assert store.marks == len(marks) == 40
        for each in range(4):
            mine = [mark.sequence for mark in marks if mark.text == f"thread {each}"]
            assert mine == list(range(10))


def test_a_full_disk_keeps_the_marks_before_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fill_up(file: PositionedFile, offset: int, content: bytes) -> None:
        with file.path.open("r+b") as other:
            other.seek(offset)
            other.write(content[:9])
        raise OSError(28, "No space left on device")

    with Store.create(tmp_path / "s", make_info()) as store:
        store.mark(0, "before", 1)
        with monkeypatch.context() as patched:
            patched.setattr(PositionedFile, "write_at", fill_up)
            with pytest.raises(DiskFullError, match="marking an event"):
                store.mark(1, "lost", 2)
        store.mark(2, "after", 3)
        assert [each.text for each in StoreReader(store.path).marks()] == ["before", "after"]
        assert store.marks == 2


def test_damage_is_named_by_its_line_and_never_mended_away(path: Path) -> None:
    file = marks_path(path)
    file.write_bytes(file.read_bytes().replace(b"begin", b"begun"))
    verification = verify(path)
    assert (verification.sound, verification.marks) == (False, 2)
    [problem] = verification.problems
    assert problem == "livecare/events.jsonl, line 1: the line does not match its checksum"
    with pytest.raises(StoreDamagedError, match="line 1: the line does not match"):
        StoreReader(path).marks()
    before = file.read_bytes()
    recover(path)
    assert file.read_bytes() == before


def test_lines_of_others_are_no_marks(path: Path) -> None:
    with marks_path(path).open("ab") as file:
        file.write(seal(b'{"sequence":"one"}'))
        file.write(b'{"sequence":1,"text":"by hand","wall_ns":1}\n')
    problems = verify(path).problems
    assert [problem.split(":")[0] for problem in problems] == [
        "livecare/events.jsonl, line 4",
        "livecare/events.jsonl, line 5",
    ]


@pytest.mark.parametrize("left", [1, 30])
def test_a_torn_mark_is_left_out_and_dropped_by_recover(path: Path, left: int) -> None:
    file = marks_path(path)
    whole = file.read_bytes()
    end = whole.rindex(b"{")
    file.write_bytes(whole[: end + left])
    assert len(StoreReader(path).marks()) == 2
    [problem] = verify(path).problems
    assert "livecare/events.jsonl, line 3: the line has no end; run 'livecare recover" in problem
    recovery = recover(path)
    assert recovery.mended == ("livecare/events.jsonl: a mark that was never finished is dropped",)
    assert file.read_bytes() == whole[:end]
    assert verify(path).complete, "a mark is no frame"
    assert recover(path).mended == ()


def test_an_overwritten_recording_has_none_of_the_marks_before(path: Path) -> None:
    with Store.create(path, make_info(), StoreOptions(overwrite=True)) as store:
        assert StoreReader(store.path).marks() == []
        assert store.marks == 0


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_what_was_marked_outlives_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "s"
    process = subprocess.Popen(
        [sys.executable, "-c", MARKER, str(path), str(Path(__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"marked\n"
        os.kill(process.pid, signal.SIGKILL)
    recover(path)
    assert [each.text for each in StoreReader(path).marks()] == [f"event {i}" for i in range(5)]
    assert verify(path).marks == 5
