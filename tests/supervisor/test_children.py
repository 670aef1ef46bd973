"""Children that die: restarted with growing waits, given up at last, ended in order."""

import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from nursery import OBEDIENT, PATIENCE_S, SLEEPY, Nursery

from livecare.supervisor import children, log_relay
from livecare.supervisor.log_relay import LogRelay

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the made-up children are shell scripts"
)

AGAIN = "it is tried again every 60 s"
DEADLY = 'echo "started" >&2; echo "out of luck" >&2; exit 7'


def test_one_that_is_killed_is_restarted_at_once(nursery: Nursery) -> None:
    child = nursery.make(SLEEPY)
    assert not child.alive
    assert child.pid is None
    child.start()
    assert child.alive
    assert child.tend() is False
    first = child.pid
    assert first is not None
    psutil.Process(first).kill()
    assert nursery.until(child, lambda: child.restarts == 1) == 1
    assert child.alive
    assert child.pid != first
    assert not child.given_up


def test_one_that_keeps_dying_is_given_up(nursery: Nursery) -> None:
    child = nursery.make(DEADLY)
    child.start()
    deaths = nursery.until(child, lambda: child.given_up)
    assert child.restarts == 3
    assert deaths == 4
    assert child.last_words() == "started | out of luck", "said once, whatever the number of deaths"
    assert child.tend() is False
    assert not child.alive


def test_one_that_lived_well_has_earned_its_restarts_anew(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "HEALTHY_S", -1.0)
    child = nursery.make(DEADLY)
    child.start()
    nursery.until(child, lambda: child.restarts == 8)
    assert not child.given_up


def test_the_wait_grows(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "BACK_OFF_S", (0.0, 1000.0))
    child = nursery.make(DEADLY)
    child.start()
    assert nursery.until(child, lambda: child.restarts == 1 and not child.alive) >= 1
    nursery.until(child, lambda: child._restart_at is not None)
    for _ in range(3):
        assert child.tend() is False
    assert child.restarts == 1


def test_one_that_hangs_is_replaced_until_it_is_given_up(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "HEALTHY_S", 0.02)
    child = nursery.make(SLEEPY)
    child.replace("nobody is there")
    child.start()

    begun = [0.0]

    def is_over() -> bool:
        if child.restarts + 1 != len(begun):
            begun.append(time.monotonic())
        if child.alive and time.monotonic() - begun[-1] > 2 * children.HEALTHY_S:
            child.replace("hung: it only slept")
        return child.given_up

    nursery.until(child, is_over)
    assert child.restarts == 3, "however long it lived, it has earned nothing"
    assert child.trouble == f"the restorer hung: it only slept; {AGAIN}"


def test_an_orderly_end(nursery: Nursery) -> None:
    child = nursery.make("exit 0")
    child.start()
    child.end(PATIENCE_S)
    assert not child.alive
    assert child.tend() is False
    assert child.restarts == 0
    assert not child.given_up


def test_one_that_does_not_end_is_killed(nursery: Nursery) -> None:
    child = nursery.make(SLEEPY)
    child.start()
    child.end(0.05)
    assert not child.alive
    assert child.tend() is False


def test_an_end_with_an_error_is_told(nursery: Nursery, capsys: pytest.CaptureFixture[str]) -> None:
    child = nursery.make(DEADLY)
    child.start()
    child.end(PATIENCE_S)
    said = capsys.readouterr()
    assert "out of luck" in said.out + said.err


def test_its_input_ends_when_it_is_forgotten(nursery: Nursery) -> None:
    """What a child of a killed recorder goes by."""
    child = nursery.make(OBEDIENT)
    child.start()
    assert child._process is not None
    assert child._process.stdin is not None
    child._process.stdin.close()
    child.end(PATIENCE_S)
    assert child._process.returncode == 0


def test_ends_before_it_was_started(nursery: Nursery) -> None:
    child = nursery.make(SLEEPY)
    child.end(0)
    child.kill()
    child.abort()
    assert child.tend() is False


def test_why_it_died_is_said_until_it_works_again(nursery: Nursery) -> None:
    works = threading.Event()
    child = nursery.make(DEADLY, works.is_set)
    child.start()
    assert child.trouble == ""
    nursery.until(child, lambda: child.trouble != "")
    last = "its last words: started | out of luck"
    assert child.trouble == f"the restorer ended with exit code 7; {last}; it starts again"
    nursery.write(SLEEPY)
    nursery.until(child, lambda: child.alive)
    assert child.trouble != "", "it lives, but does not work yet"
    works.set()
    nursery.until(child, lambda: child.trouble == "")


def test_one_that_was_given_up_is_tried_again_for_as_long_as_it_takes(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children, "RETRY_S", 0.05)
    monkeypatch.setattr(children, "HEALTHY_S", 0.05)
    works = threading.Event()
    child = nursery.make(DEADLY, works.is_set)
    child.start()
    nursery.until(child, lambda: child.restarts == 8)
    assert child.given_up
    nursery.until(child, lambda: child.lost)
    assert "it is tried again every 0 s" in child.trouble
    nursery.write(SLEEPY)
    nursery.until(child, lambda: child.alive)
    assert child.given_up, "it has not shown yet that it works"
    assert not child.lost, "but something may come of it"
    works.set()
    nursery.until(child, lambda: not child.given_up)
    assert child.trouble == ""
    assert child.pid is not None
    restarts = child.restarts
    psutil.Process(child.pid).kill()
    nursery.until(child, lambda: child.restarts == restarts + 1)
    assert not child.given_up, "it has its quick restarts again"


def test_one_that_lives_without_working_earns_nothing(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that takes longer to fail than a healthy child is old would be loaded for ever."""
    monkeypatch.setattr(children, "HEALTHY_S", 0.02)
    child = nursery.make("sleep 0.1; exit 1", lambda: False)
    child.start()
    nursery.until(child, lambda: child.given_up)
    assert child.restarts == 3


def test_a_last_try_is_made_at_once(nursery: Nursery) -> None:
    child = nursery.make(DEADLY)
    child.start()
    nursery.until(child, lambda: child.lost)
    nursery.write(SLEEPY)
    child.try_now()
    assert child.alive
    assert not child.lost
    assert child.restarts == 4


def test_one_that_cannot_even_be_started_is_tried_again(nursery: Nursery, tmp_path: Path) -> None:
    """The run's folder may be gone, or there is no memory for another process."""
    folder = tmp_path / "gone"
    folder.mkdir()
    child = nursery.make(DEADLY)
    child._log = folder / "log"
    child.start()
    nursery.until(child, lambda: not child.alive)
    (folder / "log").unlink()
    folder.rmdir()
    nursery.until(child, lambda: child.given_up)
    assert "cannot be started" in child.trouble
    folder.mkdir()
    nursery.write(SLEEPY)
    child.try_now()
    assert child.alive


def test_a_process_that_nothing_ends_does_not_hold_up_the_run(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As one whose graphics driver waits for a card that is gone."""
    monkeypatch.setattr(children, "KILL_S", 0.05)
    child = nursery.make(SLEEPY)
    child.start()
    with monkeypatch.context() as patch:
        patch.setattr(child._process, "kill", lambda: None)
        child.kill()
    said = capsys.readouterr()
    assert "cannot be killed" in said.out + said.err


def test_the_log_of_one_that_talks_much_stays_short(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It lies in the rings' memory, and a run goes on for months."""
    monkeypatch.setattr(children, "LOG_BYTES", 100)
    script = 'while read line; do echo "guard: $line" >&2; done'
    child = nursery.make(script)
    relayed: list[str] = []

    def said() -> list[str]:
        return "\n".join(relayed).splitlines()

    warned = SimpleNamespace(warning=lambda *_, words, **__: relayed.append(words))
    monkeypatch.setattr(log_relay, "logger", lambda: warned)
    child._relay = LogRelay("restorer", tmp_path / "log")
    child.start()
    assert child._process is not None
    assert child._process.stdin is not None
    for number in range(1, 21):
        child._process.stdin.write(f"alarm {number}\n".encode())
        child._process.stdin.flush()
        nursery.until(child, lambda size=number: len(said()) == size)  # type: ignore[misc]
        assert (tmp_path / "log").stat().st_size <= 100
    assert said() == [f"guard: alarm {number}" for number in range(1, 21)]


def test_nothing_of_a_log_is_cut_that_was_not_passed_on(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One that says more than is passed on at a time, as a library that tells what it builds."""
    monkeypatch.setattr(children, "LOG_BYTES", 100)
    monkeypatch.setattr(log_relay, "MOST_BYTES", 64)
    child = nursery.make('for i in $(seq 100 199); do echo "layer $i" >&2; done; exec sleep 1000')
    relayed: list[str] = []
    warned = SimpleNamespace(warning=lambda *_, words, **__: relayed.append(words))
    monkeypatch.setattr(log_relay, "logger", lambda: warned)
    child._relay = LogRelay("restorer", tmp_path / "log")
    child.start()
    nursery.until(child, lambda: "layer 199" in "\n".join(relayed))
    said = "\n".join(relayed).splitlines()
    assert said == [f"layer {number}" for number in range(100, 200)]
