"""`livecare simulate`: what it refuses, and that it writes nothing then."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from livecare.cli import main, simulate
from livecare.simulated_bridge.server import SimulatedBridge

Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run `livecare simulate` in this process; returns its exit code and error output."""

    def run(*arguments: str | Path | int) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["livecare", "simulate", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        return int(end.value.code or 0), capsys.readouterr().err

    return run


@pytest.mark.parametrize(
    ("truth", "words"),
    [
        ("taken.tif", "taken.tif exists already"),
        ("s.tif", "--truth s.tif is the file of the noisy frames"),
        ("folder/../s.tif", "is the file of the noisy frames"),
        ("nowhere/t.tif", "cannot write nowhere/t.tif: there is no folder"),
    ],
)
def test_a_specimen_whose_truth_cannot_be_written(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, truth: str, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "taken.tif").write_bytes(b"mine")
    code, said = call("specimen", "s.tif", "--truth", truth, "--frames", 2, "--size", 32, 48)
    assert code == 2
    assert words in said.replace("\\", "/")
    assert not (tmp_path / "s.tif").exists(), "nothing is begun"
    assert (tmp_path / "taken.tif").read_bytes() == b"mine"


def test_bits_of_a_camera(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[SimulatedBridge] = []

    def serve_nobody(bridge: SimulatedBridge) -> None:
        served.append(bridge)
        bridge.start()
        bridge.stop()

    monkeypatch.setattr(simulate, "_serve", serve_nobody)
    for bits in (7, 12, 17):
        code, said = call("mm-bridge", "--bits", bits, "--size", 32, 48)
        assert code == 2
        assert f"{bits}: a pixel has 8 or 16 bits" in said
    assert not served
    for bits in (8, 16):
        assert call("mm-bridge", "--bits", bits, "--size", 32, 48, "--port", 0)[0] == 0
    assert len(served) == 2
