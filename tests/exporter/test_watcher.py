"""What an exporter knows of its run, and the file that it keeps."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
import structlog

pytest.importorskip("prometheus_client", reason="the extra 'metrics' is missing")

from exported import PATIENCE_S, SPEC, telemetry, until, value, values

from livecare.exporter.textfile import INTERVAL_S, Textfile
from livecare.exporter.view import Watcher
from livecare.link import write_spec
from livecare.link.last_snapshot import read_snapshot, write_snapshot


class Clock:
    """Time that passes when it is told to."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_it_sees_what_is_newest_and_how_old_that_is(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "snapshot"
    watcher = Watcher(file, clock)
    watcher.look()
    clock.now_s += 3.0
    assert (watcher.view.telemetry, watcher.view.age_s, watcher.view.silent) == (None, 3.0, True)
    write_snapshot(file, telemetry(marks=1))
    watcher.look()
    clock.now_s += 2.0
    watcher.look()
    assert watcher.view.telemetry == telemetry(marks=1)
    assert (watcher.view.age_s, watcher.view.fate, watcher.view.silent) == (2.0, "on", False)
    write_snapshot(file, telemetry(marks=2))
    watcher.look()
    assert watcher.view.age_s == 0.0
    clock.now_s += 11.0
    file.unlink()  # somebody has tidied up
    watcher.look()
    assert (watcher.view.fate, watcher.view.silent) == ("on", True)


def test_the_last_word_is_never_missed(tmp_path: Path) -> None:
    """The run's process is gone before the exporter has looked again."""
    file = tmp_path / "snapshot"
    watcher = Watcher(file)
    write_snapshot(file, telemetry())
    watcher.look()
    write_snapshot(file, telemetry(stage="ended", marks=9))
    watcher.note_death()
    assert watcher.view.fate == "ended"
    assert watcher.view.telemetry == telemetry(stage="ended", marks=9)


def test_a_death_without_a_word(tmp_path: Path) -> None:
    file = tmp_path / "snapshot"
    watcher = Watcher(file)
    write_snapshot(file, telemetry())
    watcher.note_death()
    assert (watcher.view.fate, watcher.view.telemetry) == ("died", telemetry())


@pytest.mark.parametrize("content", [b"", b"\xc1", b"\x91" * 5000, b"x" * (2 << 20)])
def test_what_is_no_snapshot_is_passed_over(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "snapshot"
    file.write_bytes(content)
    assert read_snapshot(file) is None
    watcher = Watcher(file)
    watcher.look()
    assert watcher.view.telemetry is None


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_signals_that_ask_for_an_end_are_left_to_the_run(tmp_path: Path) -> None:
    """A service manager stops all processes of a service, a terminal's end hits them all."""
    file, textfile, orders = (tmp_path / name for name in ("snapshot", "a.prom", "orders.json"))
    write_snapshot(file, telemetry())
    spec = msgspec.structs.replace(SPEC, snapshot_file=str(file), textfile=str(textfile))
    write_spec(orders, spec)
    command = [sys.executable, "-m", "livecare", "exporter", str(orders)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as exporter:
        until(lambda: textfile.exists() or exporter.poll() is not None)
        for name in ("SIGHUP", "SIGTERM", "SIGINT"):
            exporter.send_signal(getattr(signal, name))
        write_snapshot(file, telemetry(stage="ended"))
        assert exporter.wait(PATIENCE_S) == 0
    assert value(values(textfile.read_text(encoding="utf-8")), "livecare_stage", stage="ended") == 1


def test_the_textfile_is_whole_readable_and_not_written_all_the_time(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "livecare.prom"
    contents = iter([b"one\n", b"two\n", b"last\n"])
    before = os.umask(0o077)
    try:
        textfile = Textfile(file, lambda: next(contents), clock)
        textfile.update()
        textfile.update()
        assert file.read_bytes() == b"one\n"
        clock.now_s += INTERVAL_S
        textfile.update()
        assert file.read_bytes() == b"two\n"
        textfile.write()
    finally:
        os.umask(before)
    assert file.read_bytes() == b"last\n"
    assert [each.name for each in tmp_path.iterdir()] == ["livecare.prom"]
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_a_textfile_that_cannot_be_written_is_said_once_and_tried_again(tmp_path: Path) -> None:
    clock, folder = Clock(), tmp_path / "later"
    textfile = Textfile(folder / "livecare.prom", lambda: b"x\n", clock)
    with structlog.testing.capture_logs() as logged:
        for _ in range(3):
            textfile.write()
        folder.mkdir()
        textfile.write()
    assert (folder / "livecare.prom").read_bytes() == b"x\n"
    said = [line["event"] for line in logged]
    assert said == ["metrics are not written", "metrics are written again"]
