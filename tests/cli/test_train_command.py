"""`livecare train`: from files to a model that restores, and what is refused before training."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import structlog
import tifffile
import yaml

pytest.importorskip("torch", reason="the extra 'train' is missing")

from livecare.cli import main
from livecare.cli.training_choices import MethodChoice
from livecare.cli.training_options import TrainOptions
from livecare.cli.training_session import make_session
from livecare.engines import make_engine
from livecare.models import Model
from livecare.training.checkpoint import save_checkpoint
from livecare.training.networks.care import CareNet, CareShape
from livecare.training.networks.catalogue import NETWORKS
from livecare.training.pairs.recordings import find_recordings

exporter_warns = pytest.mark.filterwarnings("ignore")
"""torch's exporter warns of what it does itself."""
EXPORT_TIMEOUT_S = 400
"""Loading torch's exporter and tracing a network take half a minute of a free machine."""

Call = Callable[..., tuple[int, str, str]]
SIDE = 176
SHORT = ("--epochs", "1", "--steps", "2", "--batch", "1", "--patch", "32", "--threads", "1")
CAMERA = ("--gain", "2", "--offset", "100", "--read-noise", "1.5")
ONE_LOOK = ("--looks", "1")
"""Each package takes seconds to export."""


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["livecare", "train", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    yield run
    structlog.reset_defaults()


def photons(seed: int) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return 20 + 15 * np.sin(rows / (5 + seed)) * np.cos(columns / 7)


def write_recording(path: Path, frames: int = 6, seed: int = 0) -> Path:
    rng = np.random.default_rng(seed)
    counts = 100 + 2 * rng.poisson(photons(seed), (frames, SIDE, SIDE))
    tifffile.imwrite(path, counts.astype(np.uint16), metadata={"axes": "TYX"})
    return path


@pytest.fixture
def small_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `care-k3` be small: it is exported in half the time."""

    def build(probabilistic: bool) -> CareNet:  # noqa: FBT001 as the table has it
        return CareNet(CareShape(kernel=3, depth=1, filters=2, probabilistic=probabilistic))

    monkeypatch.setitem(NETWORKS, "care-k3", build)


@pytest.mark.timeout(EXPORT_TIMEOUT_S)
@exporter_warns
@pytest.mark.usefixtures("small_network")
@pytest.mark.parametrize(
    ("method", "more", "outputs"),
    [
        (
            "n2n",
            ("--network", "care-k3", "--probabilistic", "--moving", *ONE_LOOK),
            ("estimate", "scale"),
        ),
        pytest.param("pn2v", ONE_LOOK, ("estimate",), marks=pytest.mark.slow),
    ],
)
def test_a_recording_becomes_a_model_that_restores(
    call: Call, tmp_path: Path, method: str, more: tuple[str, ...], outputs: tuple[str, ...]
) -> None:
    recordings = [write_recording(tmp_path / f"cell{seed}.tif", seed=seed) for seed in range(2)]
    out = tmp_path / "out"
    code, printed, said = call("--method", method, "--out", out, *SHORT, *more, *recordings)
    assert code == 0, said
    assert str(out / "model") in printed
    exporting, _, gained = said.rpartition("measuring, exporting and checking the model")
    assert exporting
    assert ": validation got " in gained
    model = Model.load(out / "model")
    assert model.outputs == outputs
    assert (out / "model-fast").exists() == (more[-2:] != ONE_LOOK)
    if more[-2:] != ONE_LOOK:
        fast = Model.load(out / "model-fast")
        assert (fast.outputs, fast.sha256 != model.sha256) == (outputs, True)
    told = yaml.safe_load((out / "model" / "bioimageio.yaml").read_text(encoding="utf-8"))
    provenance = told["config"]["livecare"]["provenance"]
    assert provenance["order"]["method"] == method
    assert set(provenance["files_sha256"]) == {"cell0.tif", "cell1.tif"}
    assert json.loads((out / "training.json").read_text(encoding="utf-8"))["trainings"]
    assert (out / "loss.csv").read_text(encoding="utf-8").startswith("step,seconds,")
    frames = tifffile.imread(recordings[0])[:1]
    engine = make_engine("onnxruntime")
    engine.load(model, threads=1)
    restored = np.empty(frames.shape, np.float32)
    engine.infer(frames, restored, [model.lock(list(frames)).of(frames[0])])
    engine.close()
    assert np.isfinite(restored).all()


@pytest.mark.slow
@pytest.mark.timeout(EXPORT_TIMEOUT_S)
@exporter_warns
def test_pairs_become_an_ensemble_that_says_how_sure_it_is(call: Call, tmp_path: Path) -> None:
    for side in ("low", "high"):
        (tmp_path / side).mkdir()
    rng = np.random.default_rng(0)
    for seed in range(4):
        light = photons(seed)
        noisy = (100 + 2 * rng.poisson(light)).astype(np.uint16)
        tifffile.imwrite(tmp_path / "low" / f"{seed}.tif", noisy)
        tifffile.imwrite(tmp_path / "high" / f"{seed}.tif", (100 + 2 * light).astype(np.float32))
    out = tmp_path / "out"
    sides = ("--low", tmp_path / "low", "--high", tmp_path / "high")
    code, _, said = call(
        "--method", "care", "--ensemble", "2", "--out", out, *SHORT, *ONE_LOOK, *sides
    )
    assert code == 0, said
    assert Model.load(out / "model").outputs == ("estimate", "scale")
    assert not (out / "model-fast").exists()
    assert (out / "member-1" / "loss.csv").exists()
    assert (out / "member-2" / "loss.csv").exists()


@pytest.mark.slow
@pytest.mark.timeout(EXPORT_TIMEOUT_S)
@exporter_warns
def test_a_camera_is_enough_for_simulated_pairs(call: Call, tmp_path: Path) -> None:
    code, _, said = call("--synthetic", "--out", tmp_path / "out", *SHORT, *ONE_LOOK, *CAMERA)
    assert code == 0, said
    assert Model.load(tmp_path / "out" / "model").normalisation.kind == "anscombe"


@pytest.fixture
def known_halo(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the measuring of what a network looks at: it takes seconds."""
    monkeypatch.setattr("livecare.cli.training_session.measure_halo", lambda _: 16)


@pytest.mark.usefixtures("known_halo")
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ((), "--method METHOD, or --synthetic"),
        (("--method", "n2n", "--synthetic"), "not both"),
        (("--method", "care"), "--low and --high"),
        (("--method", "n2v"), "give recordings"),
        (("--synthetic",), "--gain"),
        (("--method", "n2v", "--offset", "3", "FILE"), "--gain, --read-noise is not given"),
        (("--method", "n2v", "--gain", "2", "FILE"), "--offset, --read-noise is not given"),
        (("--synthetic", "--gain", "2"), "--offset, --read-noise is not given"),
        (("--method", "n2v", "--minutes", "0", "FILE"), "--minutes is 0"),
        (("--method", "n2v", "--loss", "laplace", "FILE"), "--probabilistic"),
        (("--method", "n2v", "--hidden-percent", "50", "FILE"), "50 %"),
        (("--method", "n2n", "--hidden-percent", "1", "FILE"), "hides no pixels"),
        (("--method", "n2v", "--hidden-percent", "0", "FILE"), "give more than 0"),
        (("--method", "n2v", "--static", "FILE"), "no use for --static"),
        (("--method", "n2n", "--moving", "--pairs", "FILE", "FILE"), "--moving with --pairs"),
        (("--method", "n2n", "--align", "FILE"), "--align would do nothing without --low"),
        (("--method", "n2v2", "--direction", "rows", "FILE"), "--direction is for structn2v"),
        (("--method", "n2v", "--photons", "3", "9", "FILE"), "--photons would do nothing"),
        (("--method", "n2v", "--psf-sigma", "2", "FILE"), "--psf-sigma would do nothing"),
        (("--synthetic", *CAMERA, "--channel", "1"), "--channel would do nothing with --synth"),
        (("--synthetic", *CAMERA, "--validation", "0.2"), "--validation would do nothing"),
        (("--method", "n2v", "--patch", "100", "FILE"), "takes multiples of 16; give 96"),
        (("--method", "n2v", "--patch", "30", "--network", "care", "FILE"), "multiples of 4"),
        (("--method", "pn2v", "--ensemble", "2", "FILE"), "single teacher"),
        (("--method", "pn2v", "--probabilistic", "FILE"), "--probabilistic does not go with pn2v"),
        (("--method", "pn2v", "--start", "default", "FILE"), "--start does not go with pn2v"),
        (("--method", "pn2v", "--normalisation", "fixed", "FILE"), "anscombe"),
        (
            ("--method", "n2v", "--probabilistic", "--normalisation", "fixed", "FILE"),
            "unknown noise",
        ),
        (("--method", "n2v", "--probabilistic", "--loss", "mae", "FILE"), "Give --loss mse"),
        (("--method", "n2v", "NOWHERE"), "nowhere.tif"),
    ],
)
def test_what_cannot_be_trained_is_refused_before_training(
    call: Call, tmp_path: Path, options: tuple[str, ...], says: str
) -> None:
    paths = {
        "FILE": str(write_recording(tmp_path / "cell.tif")),
        "NOWHERE": str(tmp_path / "nowhere.tif"),
    }
    given = [paths.get(each, each) for each in options]
    code, _, said = call("--out", tmp_path / "out", *SHORT, *given)
    assert code == 2
    assert says in said
    assert not list(tmp_path.glob("out/**/checkpoint.pt"))


@pytest.mark.usefixtures("known_halo")
@pytest.mark.parametrize(
    ("names", "chosen", "index"),
    [(["405", "488"], "488", 1), (["1", "2", "3"], "1", 0), (["405", "488"], "0", 0)],
)
def test_a_channel_is_a_name_before_it_is_a_number(
    tmp_path: Path, names: list[str], chosen: str, index: int
) -> None:
    path = tmp_path / "cell.ome.tif"
    frames = np.zeros((2, len(names), 8, 8), np.uint16)
    tifffile.imwrite(path, frames, metadata={"axes": "TCYX", "Channel": {"Name": names}}, ome=True)
    options = TrainOptions(
        inputs=[path], out=tmp_path, method=MethodChoice.N2V, channel=chosen, patch=16
    )
    [recording] = find_recordings([path], make_session(options).pairs.channel)
    assert recording.channel == index


@pytest.mark.usefixtures("known_halo")
def test_other_settings_in_the_same_folder_are_refused(call: Call, tmp_path: Path) -> None:
    recording = write_recording(tmp_path / "cell.tif")
    out = tmp_path / "out"
    out.mkdir()
    save_checkpoint(out, {"method": "n2n"}, {})
    code, _, said = call("--method", "n2v", "--out", out, *SHORT, recording)
    assert code == 2
    assert "method was 'n2n', not 'n2v'" in said
    assert "--restart" in said
