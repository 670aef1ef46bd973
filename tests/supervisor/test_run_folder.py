"""The folders of dead runs are cleared away; those of living ones, and strangers', never."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import pytest

from livecare import disk, run_place
from livecare.errors import RingError
from livecare.process_mark import ProcessMark
from livecare.supervisor import run_folder
from livecare.supervisor.run_folder import RunFolder


def forge(parent: Path, name: str, owner: object) -> Path:
    folder = parent / f"livecare-{name}"
    folder.mkdir(parents=True)
    (folder / "raw.ring").write_bytes(bytes(100))
    if owner is not None:
        text = owner if isinstance(owner, str) else json.dumps(owner)
        (folder / "owner.json").write_text(text, encoding="utf-8")
    return folder


def mark(pid: int, **more: object) -> dict[str, object]:
    return asdict(ProcessMark.of(pid)) | more


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    folder = RunFolder.make("one", tmp_path / "new" / "rings", 1000)
    assert folder.path == tmp_path / "new" / "rings" / "livecare-one"
    if sys.platform != "win32":
        assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "raw.ring").touch()
    folder.remove()
    folder.remove()
    assert not folder.path.exists()


def test_the_living_are_left_alone(tmp_path: Path) -> None:
    first = RunFolder.make("one", tmp_path, 1000)
    stepped = forge(tmp_path, "of another name", mark(os.getpid()))
    second = RunFolder.make("two", tmp_path, 1000)
    assert first.path.exists()
    assert stepped.exists()
    assert second.path.exists()


def test_the_dead_are_cleared_away(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    gone = forge(tmp_path, "gone", mark(dead.pid))
    reused = forge(tmp_path, "number used again", mark(os.getpid(), born=1.0))
    RunFolder.make("before", tmp_path, 1000)
    assert gone.exists()
    assert not reused.exists()
    dead.communicate(b"\n")
    RunFolder.make("after", tmp_path, 1000)
    assert not gone.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zombies")
def test_a_zombie_is_dead(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    gone = forge(tmp_path, "gone", mark(dead.pid))
    dead.kill()
    os.waitid(os.P_PID, dead.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and nobody has seen it
    RunFolder.make("after", tmp_path, 1000)
    assert not gone.exists()
    dead.communicate()


@pytest.mark.parametrize(
    "owner",
    [
        *(None, "", "{}", "[]", '{"pid": "x"}', '{"pid": 1}', {"pid": 2**40, "born": 1.0}),
        {"pid": -1, "born": 1.0, "host": platform.node()},
        {"pid": 2**70, "host": platform.node()},
    ],
)
def test_strangers_are_left_alone(tmp_path: Path, owner: object) -> None:
    folder = forge(tmp_path, "strange", owner)
    other = tmp_path / "livecare-notes.txt"
    other.touch()
    RunFolder.make("one", tmp_path, 1000)
    assert folder.exists()
    assert other.exists()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root has folders of others"
)
def test_of_other_users_nothing_is_even_read(tmp_path: Path) -> None:
    """A pipe that nobody writes to would hold up every run of this machine."""
    folder = forge(tmp_path, "of somebody else", None)
    os.mkfifo(folder / "owner.json")
    os.chown(folder, 12345, 12345)
    RunFolder.make("one", tmp_path, 1000)
    assert folder.exists()


def test_a_folder_that_cannot_be_signed_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an owner no later run would dare to clear it away."""

    def fail(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_folder, "sign", fail)
    with pytest.raises(RingError, match="No space left"):
        RunFolder.make("one", tmp_path, 1000)
    assert not list(tmp_path.iterdir())


def test_another_machines_are_left_alone(tmp_path: Path) -> None:
    """Containers share memory and not process numbers; a network disk has many machines."""
    owner = {"pid": 2**22 + 1, "born": 1.0, "host": "elsewhere"}
    folder = forge(tmp_path, "elsewhere", owner)
    RunFolder.make("one", tmp_path, 1000)
    assert folder.exists()


def test_a_directory_that_cannot_be(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(RingError, match=r"set ring\.directory"):
        RunFolder.make("one", file, 1000)


def test_a_directory_without_room(tmp_path: Path) -> None:
    with pytest.raises(RingError, match=r"MB are free.*set ring\.slots"):
        RunFolder.make("one", tmp_path, 1 << 60)
    assert not list(tmp_path.iterdir())


def test_memory_if_it_has_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory = tmp_path / "memory"
    memory.mkdir()
    monkeypatch.setattr(run_place, "MEMORY_FOLDER", memory)
    assert RunFolder.make("one", None, 1000).path.parent == memory
    monkeypatch.setattr(disk, "free_bytes", lambda path: 10 if path == memory else 1 << 50)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    assert RunFolder.make("two", None, 1000).path.parent == tmp_path
