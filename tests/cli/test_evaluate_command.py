"""`livecare evaluate`: its words, its files and its exit codes."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from livecare.cli import main
from livecare.errors import EngineLostError
from livecare.models import load_bundled

Call = Callable[..., tuple[int, str, str]]
TIME = {"axes": "TYX"}


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command in this process; returns its exit code, output and error output."""

    def run(*arguments: str | Path | float) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["livecare", "evaluate", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Raw frames of gain 2 and offset 100, and their truth."""
    y, x = np.mgrid[:64, :64]
    photons = 2 + 20 * np.exp(-((y - 30) ** 2 + (x - 34) ** 2) / 200)
    rng = np.random.default_rng(0)
    raw = np.rint(100 + 2 * (rng.poisson(photons, (6, 64, 64)) + rng.normal(0, 1, (6, 64, 64))))
    tifffile.imwrite(tmp_path / "raw.tif", raw.astype(np.uint16), imagej=True, metadata=TIME)
    tifffile.imwrite(tmp_path / "truth.tif", (100 + 2 * photons).astype(np.float32))
    return tmp_path / "raw.tif", tmp_path / "truth.tif"


CAMERA = ("--gain", 2, "--offset", 100, "--read-noise", 1)
CHEAP = ("--baselines", "gaussian", "--threads", 1)
ONE_MODEL = ("--model", "default-fast")
"""Each model that is not named is loaded, tried on several engines and compared."""


def test_with_a_truth(call: Call, files: tuple[Path, Path], tmp_path: Path) -> None:
    raw, truth = files
    out = tmp_path / "out"
    code, said, _ = call(
        raw, "--truth", truth, *CAMERA, *ONE_MODEL, "--out", out, "--frames", 2, "--threads", 1,
        "--baselines", "gaussian,wiener",
    )  # fmt: skip
    assert code == 0
    for words in ("best Gaussian", "PSNR", "photon factor", "not applicable", "report.html"):
        assert words in said
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    by_name = {each["kind"]: each for each in scores["sets"][0]["outcomes"]}
    assert by_name["model"]["scores"]["psnr_db"] > by_name["raw"]["scores"]["psnr_db"] + 3
    assert by_name["raw"]["scores"]["photon_factor"] == pytest.approx(1, abs=0.1)
    assert by_name["model"]["frames"] == 2
    assert "<svg" in (out / "report.html").read_text(encoding="utf-8")


def test_repeats_and_what_is_resumed(call: Call, files: tuple[Path, Path], tmp_path: Path) -> None:
    for _ in range(2):
        code, said, _ = call(files[0], "--repeats", "--out", tmp_path / "out", *CHEAP)
        assert code == 0
        assert "dB to best Gaussian" in said
    kept = sorted(file.stem for file in (tmp_path / "out" / "outcomes" / "own").glob("*.json"))
    models = [
        f"model-{name}-{load_bundled(name).sha256[:8]}" for name in ("default", "default-fast")
    ]
    assert kept == sorted(["gaussian", "raw", *models]), "both models, unless others are named"


def test_without_a_truth(call: Call, files: tuple[Path, Path], tmp_path: Path) -> None:
    named = files[0].rename(tmp_path / "[gfp] a.tif")
    code, said, err = call(named, "--out", tmp_path / "out", *CHEAP, *ONE_MODEL)
    assert code == 0
    assert "flicker" in said
    assert named.stem in said
    assert named.stem in err
    assert "photon factor" not in said


def test_deconvolution_with_a_psf(call: Call, files: tuple[Path, Path], tmp_path: Path) -> None:
    line = np.exp(-np.square(np.arange(-6, 7)) / 3)
    tifffile.imwrite(tmp_path / "psf.tif", np.outer(line, line).astype(np.float32))
    code, said, _ = call(
        files[0], "--truth", files[1], "--psf", tmp_path / "psf.tif", "--out", tmp_path / "out",
        "--baselines", "wiener,richardson-lucy", "--frames", 1, "--threads", 1, *ONE_MODEL,
    )  # fmt: skip
    assert code == 0
    assert "iterations" in said
    assert "noise/signal" in said


def test_models_that_all_fail_are_a_failure(
    call: Call, files: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> None:
        raise EngineLostError("the GPU fell off the bus")

    monkeypatch.setattr("livecare.evaluation.contestants.Network.candidates", lost)
    code, said, _ = call(files[0], "--out", tmp_path / "out", *CHEAP, *ONE_MODEL)
    assert code == 1
    assert "fell off the bus" in said
    assert "report.html" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "o"], "either IN or --suite"),
        (["raw.tif", "--suite", "--out", "o"], "either IN or --suite"),
        (
            ["raw.tif", "--out", "o", "--only", "fmd", "--quick"],
            "IN does not go with --only, --quick",
        ),
        (["raw.tif", "--out", "o", "--data", "d"], "give --suite instead of IN"),
        (
            ["--suite", "--out", "o", "--repeats", "--truth", "t", "--affine", "--gain", "2"],
            "--suite does not go with --truth, --repeats, --affine, --gain",
        ),
        (
            ["--suite", "--out", "o", "--frames", "8", "--truth-frames", "2", "--offset", "0"],
            "--suite does not go with --truth-frames, --frames, --offset",
        ),
        (["raw.tif", "--out", "o", "--offset", "5"], "--gain, --read-noise is not given"),
        (["raw.tif", "--out", "o", "--gain", "2"], "--offset, --read-noise is not given"),
        (["raw.tif", "--out", "o", *CAMERA, "--gain", "-1"], "gain is -1"),
        (["raw.tif", "--out", "o", "--repeats", "--truth-frames", "4"], "--truth-frames does not"),
        (["raw.tif", "--out", "o", "--baselines", "bilateral"], "no 'bilateral'"),
        (["raw.tif", "--out", "o", "--model", "nobody"], "no model 'nobody'"),
        (["raw.tif", "--out", "o", "--engine", "abacus"], "no 'abacus'"),
        (["raw.tif", "--out", "o", "--truth", "raw.tif", "--repeats"], "--truth or --repeats"),
        (["nowhere.tif", "--out", "o"], "nowhere.tif"),
        (["raw.tif", "--out", "raw.tif"], "cannot make the folder"),
        (["--suite", "--data", "nowhere", "--out", "o"], "nowhere"),
        (["--suite", "--out", "o"], "LIVECARE_DATA"),
    ],
)
def test_wrong_use(
    call: Call,
    files: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(files[0].parent)
    monkeypatch.delenv("LIVECARE_DATA", raising=False)
    code, _, err = call(*arguments)
    assert code == 2
    assert words in " ".join(err.replace("│", " ").split())
    assert "Traceback" not in err
