"""What children are given at their start: surroundings, and a log that does not grow for ever."""

import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from nursery import OBEDIENT, Nursery

from livecare.supervisor import children

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the made-up children are shell scripts"
)


def test_libraries_below_numpy_have_one_thread_whatever_the_user_has_set(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "64")
    monkeypatch.setenv("LIVECARE_TESTED", "kept")
    child = nursery.make(
        'echo "$OPENBLAS_NUM_THREADS $MKL_NUM_THREADS $LIVECARE_TESTED" >&2; exit 7'
    )
    child.start()
    nursery.until(child, lambda: child.given_up)
    assert child.last_words() == "1 1 kept"


def test_its_log_does_not_grow_for_ever(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(children, "LOG_BYTES", 100)
    child = nursery.make(f'echo "{"x" * 60}" >&2; exit 1')
    child.start()
    sizes = []

    def note() -> bool:
        sizes.append((tmp_path / "log").stat().st_size)
        return child.given_up

    nursery.until(child, note)
    assert max(sizes) <= 2 * 61
    assert "x" * 60 in child.last_words()


def test_a_log_that_begins_anew_is_written_from_its_beginning(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where files have no append mode, a child writes on from where its handle stands."""
    monkeypatch.setattr(children, "LOG_BYTES", 100)
    (tmp_path / "log").write_bytes(bytes(101))
    child, begun = nursery.make(OBEDIENT), subprocess.Popen
    at: list[int] = []

    def note(*arguments: Any, stderr: BinaryIO, **named: Any) -> Any:  # noqa: ANN401
        at.append(stderr.tell())
        return begun(*arguments, stderr=stderr, **named)

    monkeypatch.setattr(subprocess, "Popen", note)
    child.start()
    assert (at, (tmp_path / "log").stat().st_size) == ([0], 0)
