"""`livecare restore`: its words, and the exit code that each outcome has."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from livecare.cli import main
from livecare.cli.file_progress import FileProgress
from livecare.config import RestorerSection
from livecare.models import load_bundled

Call = Callable[..., tuple[int, str, str]]

COMMON = ("--engine", "identity")


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run `livecare restore` in this process; returns its exit code, output and error output."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["livecare", "restore", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


def write(path: Path, frames: int = 3, side: int = 64) -> Path:
    pixels = np.random.default_rng(1).poisson(50, (frames, side, side)).astype("uint16")
    tifffile.imwrite(path, pixels, photometric="minisblack", metadata={"axes": "TYX"})
    return path


def test_a_file(call: Call, tmp_path: Path) -> None:
    source, out = write(tmp_path / "a.tif"), tmp_path / "b.tif"
    code, said, _ = call(source, out, *COMMON)
    assert code == 0
    for words in (f"{source} -> {out}: 3 frames", "channel 0, position 0: ", "3 frames"):
        assert words in said
    np.testing.assert_array_equal(tifffile.imread(out), tifffile.imread(source))
    code, _, err = call(source, out, *COMMON)
    assert code == 2
    assert "--overwrite" in err
    assert call(source, out, *COMMON, "--overwrite")[0] == 0


def test_files_take_the_slower_model_and_live_runs_the_faster(call: Call, tmp_path: Path) -> None:
    source, out = write(tmp_path / "a.tif"), tmp_path / "b.ome.tif"
    for options, name in (((), "default"), (("--model", "default-fast"), "default-fast")):
        assert call(source, out, *COMMON, "--overwrite", *options)[0] == 0
        with tifffile.TiffFile(out) as file:
            assert load_bundled(name).sha256 in str(file.ome_metadata)
    assert RestorerSection().model == "default-fast"


def test_a_folder(call: Call, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.tif", "b.tif"):
        write(tmp_path / "in" / name)
    code, said, _ = call(tmp_path / "in", tmp_path / "out", *COMMON)
    assert code == 0
    assert said.count(": 3 frames") == 2
    code, said, _ = call(tmp_path / "in", tmp_path / "out", *COMMON)
    assert code == 0
    assert "2 recordings were restored before" in said


def test_a_folder_with_a_bad_file(call: Call, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "a.tif")
    (tmp_path / "in" / "bad.tif").write_bytes(b"nothing")
    code, said, err = call(tmp_path / "in", tmp_path / "out", *COMMON)
    assert code == 3
    assert "a.tif" in said
    assert "bad.tif failed" in err
    assert "1 recordings failed, 1 are restored" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.tif", "b.tif"], ["nowhere.tif does not exist"]),
        (["a.tif", "taken.tif"], ["taken.tif exists", "--overwrite"]),
        (["in", "in/out"], ["in/out lies inside in"]),
        (["in", "a.tif/out"], ["cannot make the folder", "choose another"]),
        (["a.tif", "b.tif", "--model", "oracle"], ["no model 'oracle'"]),
        (["a.tif", "b.tif", "--engine", "abacus"], ["no 'abacus'"]),
        (["a.tif", "b.tif", "--gain", "2"], ["--offset, --read-noise is not given"]),
        (
            ["a.tif", "b.tif", "--gain", "-1", "--offset", "0", "--read-noise", "0"],
            ["gain is -1.0", "above 0"],
        ),
        (["a.tif", "b.tif", "--dtype", "uint7"], ["uint7"]),
        (["a.tif", "b.tif", "--normalisation", "sideways"], ["sideways"]),
        (["a.tif", "b.tif", "--threads", "0"], ["threads"]),
        (["nan.tif", "b.tif"], ["nan.tif, frame t=1", "NaN"]),
        (["bad.tif", "b.tif"], ["bad.tif"]),
        (["a.tif"], ["OUT"]),
    ],
)
def test_wrong_use(
    call: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for name in ("a.tif", "taken.tif", "in/a.tif"):
        write(tmp_path / name)
    broken = np.ones((3, 64, 64), "float32")
    broken[1, 2, 3] = np.nan
    tifffile.imwrite("nan.tif", broken, photometric="minisblack", metadata={"axes": "TYX"})
    (tmp_path / "bad.tif").write_bytes(b"nothing")
    before = sorted(path.name for path in tmp_path.rglob("*"))
    code, _, err = call(*arguments, *(() if "--engine" in arguments else COMMON))
    assert code == 2
    for word in words:
        assert word in err
    assert "Traceback" not in err
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


LISTENING = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from livecare.cli import main
main()
"""
"""livecare as a terminal starts it; what a shell starts in the background ignores ^C."""


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C of another process needs a console")
def test_ctrl_c_leaves_no_half_file(tmp_path: Path) -> None:
    source = write(tmp_path / "a.tif", frames=4000, side=64)
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-c", LISTENING, "restore", str(source), str(tmp_path / "out")]
    with subprocess.Popen([*command, *COMMON], stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not list((tmp_path / "out").iterdir()) and time.monotonic() < deadline:
            assert process.poll() is None, "it ended before it began"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, "as shells count an interruption"
    assert "Traceback" not in err
    assert list((tmp_path / "out").iterdir()) == []


def test_progress_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    now = iter(range(0, 300, 3))
    monkeypatch.setattr("livecare.cli.file_progress.time.monotonic", lambda: next(now))
    with FileProgress() as progress:
        for done in range(8):
            progress.show(tmp_path / "a.tif", done + 1, 8)
    said = capsys.readouterr()
    assert said.out == ""
    lines = said.err.splitlines()
    assert 2 <= len(lines) <= 4
    assert lines[0].startswith("a.tif: ")
    assert lines[0].endswith(" of 8 frames")
