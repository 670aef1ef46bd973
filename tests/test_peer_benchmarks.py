"""What the comparison with peers reckons; what it times is never looked at."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
sys.path.append(str(BENCHMARKS))

import peer_environments
import peers
from peer_contenders import BASELINE, CONTENDERS, REFERENCE, Contender
from peer_environments import IMPORTED, REQUIREMENTS, python_of
from peer_rows import HEADINGS, as_cells, baseline_of, compare, result_file, row_of
from reference_network import NAME, WEIGHTS_FILE, reference
from sides import Taken

from livecare.models import IntensityWindow

OURS = next(each for each in CONTENDERS if each.name == REFERENCE)


def test_every_contender_has_a_side_and_an_environment() -> None:
    assert len({each.name for each in CONTENDERS}) == len(CONTENDERS)
    assert {BASELINE, REFERENCE} <= {each.name for each in CONTENDERS}
    for each in CONTENDERS:
        assert bool(each.script) == bool(each.environment)
        assert not each.script or (BENCHMARKS / each.script).is_file()
        assert not each.environment or each.environment in REQUIREMENTS
    assert set(IMPORTED) == set(REQUIREMENTS)


def test_a_row_compares_turns_of_the_same_round() -> None:
    taken = {
        BASELINE: [Taken((100.0,), 0.0), Taken((400.0,), 0.0), Taken((1.0,), 0.9)],
        REFERENCE: [Taken((10.0, 10.0), 0.0), Taken((20.0,), 0.0), Taken((9.0,), 0.0)],
    }

    row = row_of(OURS, taken, {REFERENCE: {"device": "cpu"}}, {REFERENCE: 0.0}, {})

    assert row["ratios"] == [10.0, 20.0]  # in the third round others used the machine
    assert row["times_as_fast"] == 15.0
    assert row["turns_kept"] == [2, 3]
    assert (row["p50_ms"], row["calls"], row["device"]) == (10.0, 3, "cpu")
    cells = as_cells(row)
    assert len(cells) == len(HEADINGS)
    assert "same weights" in cells[-1]


def test_who_refuses_says_why() -> None:
    row = row_of(OURS, {}, {}, {}, {REFERENCE: "it is not installed"})
    assert as_cells(row)[-1] == "it is not installed"
    assert baseline_of({"somebody": []}) == "somebody"
    assert baseline_of({"somebody": [], BASELINE: []}) == BASELINE


def test_differences_are_parts_of_what_the_network_changes(tmp_path: Path) -> None:
    frames = np.random.default_rng(0).normal(100, 10, (3, 16, 16)).astype(np.float32)
    window = IntensityWindow.from_frames(list(frames))
    width = window.high - window.low
    theirs = next(each for each in CONTENDERS if each.name == BASELINE)
    restored = frames[:1] + 5
    np.save(result_file(tmp_path, REFERENCE), restored)
    np.save(result_file(tmp_path, BASELINE), (restored[0] - window.low + 0.5) / width)

    found = dict(compare(tmp_path, [REFERENCE, theirs.name], frames))

    assert found[REFERENCE] == 0
    assert found[BASELINE] == pytest.approx(0.1, rel=1e-3)


@pytest.mark.parametrize(("name", "of"), [("csbdeep", "CARE"), ("careamics", "CAREamist")])
def test_what_a_peer_writes_lies_where_it_is_removed(
    name: str, of: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their sides are killed: they remove nothing themselves."""
    for module in (
        "tensorflow", "csbdeep", "csbdeep.data", "csbdeep.models", "torch", "careamics",
        "careamics.config", "careamics.config.factories",
        "careamics.config.factories.care_n2n_factory",
    ):  # fmt: skip
        monkeypatch.setitem(sys.modules, module, MagicMock(__version__="1"))
    monkeypatch.delitem(sys.modules, f"peer_{name}", raising=False)
    peer = import_module(f"peer_{name}")
    monkeypatch.delitem(sys.modules, f"peer_{name}")  # nobody else gets one of such parts
    monkeypatch.setattr(peer, "version", lambda _: "1", raising=False)
    np.save(tmp_path / "frames.npy", np.zeros((2, 8, 8), np.float32))
    np.savez(tmp_path / "weights.npz")

    side = getattr(peer, f"{name.capitalize()}Side")("bare")
    side.load(str(tmp_path), str(tmp_path / "frames.npy"), [0.0, 1.0], 1)

    (folder,) = (each for each in tmp_path.iterdir() if each.is_dir())
    (made,) = getattr(peer, of).call_args_list
    assert str(folder) in made.kwargs.values()


def test_files_of_contenders_do_not_collide(tmp_path: Path) -> None:
    assert len({result_file(tmp_path, each.name) for each in CONTENDERS}) == len(CONTENDERS)


def test_an_environment_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(command)
        python = tmp_path / "torch" / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(peer_environments.subprocess, "run", run)
    monkeypatch.setattr(peer_environments.sys, "platform", "linux")

    first = python_of(tmp_path, "torch")
    assert [command[1:3] for command in ran] == [["-m", "venv"], ["-m", "pip"]]
    assert ran[-1][-len(REQUIREMENTS["torch"]) :] == list(REQUIREMENTS["torch"])
    assert python_of(tmp_path, "torch") == first
    assert len(ran) == 3  # only tried


def test_a_contender_that_cannot_be_installed_is_a_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_index(folder: Path, name: str) -> Path:
        raise subprocess.CalledProcessError(1, [str(folder), "pip", name])

    (tmp_path / "reference").mkdir()
    monkeypatch.setattr(peers, "python_of", no_index)
    monkeypatch.setattr(peers, "reference", lambda _: type("Package", (), {"folder": tmp_path}))
    out = tmp_path / "peers.json"
    words = ["peers.py", "--quick", "--out", str(out), "--only", BASELINE]
    monkeypatch.setattr(sys, "argv", words)

    peers.main()

    assert "cannot be installed" in capsys.readouterr().out
    told = json.loads(out.read_text(encoding="utf-8"))
    assert told["rows"][0]["refused"].startswith("cannot be installed")
    assert told["requirements"]["csbdeep"]


def test_livecare_s_side_restores_in_a_process_of_its_own(tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    own = Contender("own", "", "", ("identity", ""), "default-fast")
    given = peers.read_arguments(["--quick"])
    frames = np.full((2, given.side, given.side), 100, np.float32)
    np.save(tmp_path / "frames.npy", frames)

    with peers.Side(own.name, peers.words_of(own, given), 1) as side:
        told = peers.load(side, own, tmp_path, tmp_path, frames, given)

    assert told["device"] == "cpu"
    np.testing.assert_array_equal(np.load(result_file(tmp_path, "own")), frames[:1])


@pytest.mark.slow
def test_the_reference_network_is_care_and_its_weights_are_keras_s(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="the extra 'train' is missing")
    pytest.importorskip("onnxscript", reason="the extra 'train' is missing")

    monkeypatch.setattr(import_module("reference_training"), "STEPS", 2)

    model = reference(tmp_path / NAME)

    assert model.outputs == ("estimate",)
    assert reference(tmp_path / NAME).sha256 == model.sha256  # is not made twice
    with np.load(model.folder / WEIGHTS_FILE) as stored:
        kernels = [stored[name].shape for name in stored.files if name.endswith("weight")]
    assert kernels == [  # as Keras lists CSBDeep's layers
        (3, 3, 1, 32), (3, 3, 32, 32), (3, 3, 32, 64), (3, 3, 64, 64),
        (3, 3, 64, 128), (3, 3, 128, 64),
        (3, 3, 128, 64), (3, 3, 64, 32), (3, 3, 64, 32), (3, 3, 32, 32), (1, 1, 32, 1),
    ]  # fmt: skip
