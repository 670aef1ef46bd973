"""How the end of a child reads."""

import signal
from pathlib import Path

import pytest

from livecare.supervisor import obituary as module
from livecare.supervisor.children import Child
from livecare.supervisor.obituary import count_memory_kills, obituary


@pytest.mark.parametrize(
    ("exit_code", "kills", "last_words", "expected"),
    [
        (1, 0, "", "ended with exit code 1"),
        (2, 3, "no model", "ended with exit code 2; its last words: no model"),
        (0, 0, "", "ended with exit code 0"),
        (-11, 0, "", "was killed by SIGSEGV"),
        (-11, 2, "", "was killed by SIGSEGV"),
        (-9, 0, "busy", "was killed by SIGKILL; its last words: busy"),
        (-200, 0, "", "was killed by signal 200"),
        (0xC0000005, 0, "", "crashed with 0xc0000005"),
    ],
)
def test_ends(exit_code: int, kills: int, last_words: str, expected: str) -> None:
    if exit_code in (-11, -9) and not hasattr(signal, "SIGKILL"):
        pytest.skip("Windows has no such signals")
    assert obituary(exit_code, kills, last_words) == expected


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no such signal")
def test_the_kernel_that_wants_memory_is_named_with_the_cure() -> None:
    words = obituary(-9, 1, "")
    assert words.startswith("was killed by SIGKILL, as the kernel does where no memory is left")
    assert "more memory" in words


def test_kills_are_counted_where_the_kernel_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = tmp_path / "vmstat"
    monkeypatch.setattr(module, "KERNEL_COUNTS", counts)
    assert count_memory_kills() == 0
    counts.write_text("pgfault 7\noom_kill 12\noom_kill_other 99\n", encoding="ascii")
    assert count_memory_kills() == 12
    counts.write_text("pgfault 7\n", encoding="ascii")
    assert count_memory_kills() == 0


def test_last_words_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    """The run's folder may be deleted in that very moment."""
    child = Child("restorer", lambda: tmp_path, tmp_path, lambda: None)
    assert child.last_words() == "", "a folder is no log"
