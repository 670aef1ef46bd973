"""A few seconds of training, and the way from the network to a package that runs."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from livecare.models import IntensityWindow, Model

torch = pytest.importorskip("torch", reason="the extra 'train' is missing")
pytest.importorskip("onnxscript", reason="the extra 'train' is missing")
from contracts.package import check_with_bioimageio  # noqa: E402 as below

from livecare.training import first_model  # noqa: E402 they import the extra
from livecare.training.first_model import (  # noqa: E402
    VALIDATION_SEED,
    main,
    pack_first,
    train_first,
)
from livecare.training.network import RestorationNet, measure_halo  # noqa: E402
from livecare.training.onnx_file import write_onnx  # noqa: E402
from livecare.training.synthesis import PairSource  # noqa: E402
from livecare.training.train import (  # noqa: E402
    Progress,
    TrainingSettings,
    decibel_error,
    relative_learning_rate,
    train,
)

exporter_warns = pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")  # torch 2.13's own


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)  # more only wait for each other on a busy machine
    torch.manual_seed(7)


def test_the_loss_falls() -> None:
    losses: list[float] = []
    settings = TrainingSettings(seconds=5.0, seed=7, batch_pairs=4, patch_side=32)

    def note(progress: Progress, _: object) -> None:
        losses.append(progress.loss)

    train(RestorationNet(), settings, PairSource(7, pool_fields=8), note)
    assert len(losses) >= 20
    assert np.mean(losses[-5:]) < np.mean(losses[:5]) - 3.0


def test_the_loss_of_a_known_error() -> None:
    truth = torch.zeros(2, 1, 100, 100)
    noise = torch.randn(truth.shape)
    noise -= noise.mean(dim=(1, 2, 3), keepdim=True)
    noise /= noise.square().mean().sqrt()
    assert decibel_error(truth + 0.1 * noise, truth).item() == pytest.approx(-20.0, abs=0.1)
    common = decibel_error(truth + 0.1, truth).item()
    assert common == pytest.approx(-20.0 + 10 * np.log10(11), abs=0.1)


def test_the_learning_rate_rises_and_falls() -> None:
    rates = [relative_learning_rate(elapsed) for elapsed in (0.0, 0.01, 0.02, 0.5, 1.0, 1.1)]
    assert rates == pytest.approx([0.01, 0.5, 1.0, 0.517, 0.01, 0.01], abs=0.01)


def test_the_halo_is_the_reach() -> None:
    network = RestorationNet().eval()
    halo_px = measure_halo(network)
    frame = torch.rand(1, 1, 256, 256)
    for distance, touched in ((halo_px, True), (halo_px + 1, False)):
        reached = False
        for row in range(128, 136):
            changed = frame.clone()
            changed[0, 0, row] = torch.nan
            with torch.no_grad():
                output = torch.isnan(network(changed))[0, 0]
            reached |= bool(output[row - distance].any() or output[row + distance].any())
        assert reached == touched


@exporter_warns
def test_onnx_equals_torch(tmp_path: Path) -> None:
    onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    network = RestorationNet().eval()
    write_onnx(network, 8, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(
        str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"]
    )
    assert session.get_inputs()[0].shape == ["n", 1, "y", "x"]
    for shape in ((1, 1, 8, 8), (3, 1, 72, 136)):
        frames = torch.rand(shape)
        with torch.no_grad():
            expected = network(frames).numpy()
        (found,) = session.run(None, {"raw": frames.numpy()})
        np.testing.assert_allclose(found, expected, atol=1e-4)


@exporter_warns
def test_training_ends_in_a_package(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_model, "VALIDATION_FRAMES", 1)
    monkeypatch.setattr(first_model, "REPORTS", 2)
    monkeypatch.setattr(first_model, "PairSource", partial(PairSource, pool_fields=4))
    train_first(TrainingSettings(seconds=2.0, seed=3, batch_pairs=1, patch_side=32), tmp_path)
    assert "gain at" in capsys.readouterr().out
    model = pack_first(tmp_path, final_frames=2)
    assert model == Model.load(tmp_path / "package")
    check_with_bioimageio(model.folder)
    assert model.provenance["settings"]["seed"] == 3
    assert json.loads((tmp_path / "training.json").read_text())["steps"] > 0
    raw = np.load(model.folder / "test_input.npy")
    window = IntensityWindow.from_frames([raw[0, 0]])
    normalised = np.empty(raw.shape[2:], np.float32)
    window.normalise(raw[0, 0], normalised)
    network = RestorationNet().eval()
    network.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    with torch.no_grad():
        expected = network(torch.from_numpy(normalised)[None, None]).numpy()
    np.testing.assert_allclose(np.load(model.folder / "test_output.npy"), expected, atol=1e-5)


def test_seeds_of_the_validation_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["--seed", str(VALIDATION_SEED), "--out", str(tmp_path)])
    assert "choose another" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
