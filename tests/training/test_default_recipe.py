"""A few steps of the default models' recipe, and what its pairs promise."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tifffile
from contracts.package import check_with_bioimageio

from livecare.models import Model
from livecare.models.anscombe import expected_photons
from livecare.training import default_score, exposures
from livecare.training.default_fields import COUNTS, STRUCTURED_LIGHT, VOLUME, DefaultPairs
from livecare.training.default_score import NOISE, Example, score_default
from livecare.training.exposures import expose_field, expose_recording, garble, snapped_read_noise

torch = pytest.importorskip("torch", reason="the extra 'train' is missing")
pytest.importorskip("onnxscript", reason="the extra 'train' is missing")
from livecare.training import default_model, default_package, default_training
from livecare.training.default_package import Calibrated
from livecare.training.default_training import (
    FINE_RATE,
    LAST_RATE,
    WARM_UP_STEPS,
    DefaultSettings,
    learning_rate,
    train_default,
)
from livecare.training.networks import flipped
from livecare.training.networks.flipped import FlippedMean
from livecare.training.networks.live import LiveNet

exporter_warns = pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning")  # torch 2.13's own

SMALL = {"WIDTHS": (8, 8), "DEPTHS": (1, 1)}
"""Of a network that trains and sees as the real one does, in a moment."""


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)  # more only wait for each other on a busy machine
    torch.manual_seed(7)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small recordings under the names that the recipe looks for."""
    folder, rng = tmp_path_factory.mktemp("recordings"), np.random.default_rng(1)
    counts = rng.poisson(np.linspace(0.5, 9, 96), (12, 80, 96)).astype(np.uint8)
    planes = rng.poisson(300, (72, 320, 256)).astype(np.uint16)
    planes[:, 100:200, 60:160] += 900
    frames = rng.poisson(np.linspace(20, 400, 90), (3, 80, 90)).astype(np.uint16)
    named = {COUNTS.replace("*", "1"): counts, VOLUME: planes, STRUCTURED_LIGHT: frames}
    for name, pixels in named.items():
        (folder / name).parent.mkdir()
        tifffile.imwrite(folder / name, pixels, photometric="minisblack")
    return folder


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the recipe small; what it does stays."""
    for module in (default_training, default_package, default_model):
        for name, value in SMALL.items():
            monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(default_training, "DefaultPairs", partial(DefaultPairs, pool_fields=3))
    monkeypatch.setattr(default_training, "STEPS_PER_CHECKPOINT", 3)
    monkeypatch.setattr(default_package, "SCORED_PHOTONS", (10.0, 100.0))
    monkeypatch.setattr(default_package, "SCORED_FRAMES", 1)
    monkeypatch.setattr(default_package, "CALIBRATION_FRAMES", 1)
    monkeypatch.setattr(flipped, "MIRRORS", ((3,),))  # each look is exported, which takes its time


def settings_for(steps: int) -> DefaultSettings:
    return DefaultSettings(steps=steps, seed=3, batch_pairs=2, patch_side=64)


@pytest.mark.usefixtures("quick")
def test_training_goes_on_from_its_checkpoint(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train_default(settings_for(3), recordings, tmp_path) == []
    assert capsys.readouterr().out.startswith("step 3, loss ")
    early = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert train_default(settings_for(6), recordings, tmp_path) == [3]
    assert capsys.readouterr().out.startswith("step 6, loss "), "the first three are not repeated"
    kept = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert kept["step"] == 6
    late = torch.load(tmp_path / "weights.pt", weights_only=True)
    assert all(torch.equal(late[key], kept["average"][key]) for key in late)
    assert any(not torch.equal(late[key], early[key]) for key in late)
    assert train_default(settings_for(6), recordings, tmp_path) == [3, 6]
    assert capsys.readouterr().out == "", "nothing is left to do"


@pytest.mark.usefixtures("quick")
def test_the_last_steps_see_finer_textures_at_a_falling_rate(
    recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watched(data: Path, seed: int, *, fine: bool) -> DefaultPairs:
        seen.append(fine)
        return DefaultPairs(data, seed, pool_fields=3, fine=fine)

    monkeypatch.setattr(default_training, "DefaultPairs", watched)
    settings = replace(settings_for(3), fine_steps=3)
    train_default(settings, recordings, tmp_path)
    assert seen == [False, True]
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 6
    train_default(replace(settings, fine_steps=4), recordings, tmp_path)
    assert seen == [False, True, True], "what goes on after the stop is the second stage"
    long = DefaultSettings(steps=100, seed=1, fine_steps=50)
    rates = [learning_rate(long, step) / long.learning_rate for step in range(100, 150)]
    assert rates[0] == FINE_RATE
    assert np.all(np.diff(rates) < 0)


@pytest.mark.slow
@exporter_warns
@pytest.mark.timeout(400)  # torch's exporter takes most of it, twice
@pytest.mark.usefixtures("quick")
def test_weights_become_two_packages(
    recordings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_for(6)
    stops = train_default(settings, recordings, tmp_path)
    default_model._write_provenance(settings, stops, tmp_path)
    default_model.main(["--data", str(recordings), "--out", str(tmp_path), "--export-only"])
    assert capsys.readouterr().out.count("wrote ") == 2
    network = LiveNet(*SMALL.values())
    network.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    ways = {"default": FlippedMean(network), "default-gpu": FlippedMean(network, transposed=True)}
    for name, looks in ways.items():
        model = Model.load(tmp_path / name)
        assert (model.normalisation.kind, model.outputs) == ("anscombe", ("estimate", "scale"))
        assert model.provenance["settings"]["seed"] == 3
        assert model.provenance["stopped_and_went_on_after_steps"] == []
        assert [row["peak_photons"] for row in model.provenance["validation"]] == [10.0, 100.0]
        calibrated = Calibrated(looks, model.provenance["interval_factor"]).eval()
        check_tensors(model, calibrated)
    check_with_bioimageio(tmp_path / "default")


def check_tensors(model: Model, network: torch.nn.Module) -> None:
    """Compare torch, ONNX and what the package says that comes out."""
    onnxruntime = pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    noisy, expected = (np.load(model.folder / f"test_{which}.npy") for which in ("input", "output"))
    with torch.no_grad():
        np.testing.assert_allclose(network(torch.from_numpy(noisy)), expected, atol=1e-5)
    session = onnxruntime.InferenceSession(str(model.onnx_path), providers=["CPUExecutionProvider"])
    (made,) = session.run(None, {"raw": noisy})
    np.testing.assert_allclose(made, expected, atol=1e-4)


def test_the_learning_rate_rises_stays_and_falls() -> None:
    settings = DefaultSettings(steps=10_000, seed=1)
    rates = [learning_rate(settings, step) / settings.learning_rate for step in range(10_001)]
    assert rates[0] == pytest.approx(1 / WARM_UP_STEPS)
    assert np.all(np.diff(rates[:WARM_UP_STEPS]) > 0)
    assert set(rates[WARM_UP_STEPS:7001]) == {1.0}
    assert np.all(np.diff(rates[7000:]) <= 0)
    assert rates[7750] == pytest.approx(0.5), "1 - √(a quarter)"
    assert rates[-1] == pytest.approx(LAST_RATE)


@pytest.fixture
def plain_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera that does only what it says, and whose gain is known."""
    for name in ("MISJUDGED_GAIN", "HOT_SHARE", "STRIPED_SHARE", "CLIPPED_SHARE", "COARSE_SHARE"):
        monkeypatch.setattr(exposures, name, 0.0)


@pytest.mark.usefixtures("plain_camera")
@pytest.mark.parametrize("read_noise", [0.0, 1.5, 8.0])
@pytest.mark.parametrize("photons", [8.0, 30.0, 300.0])
def test_noise_has_the_variance_one_and_the_truth_is_its_mean(
    photons: float, read_noise: float
) -> None:
    rng = np.random.default_rng(5)
    light = np.full((300, 300), photons, np.float32)
    pair = garble(
        light, lambda each: rng.poisson(each).astype(np.float32), snap(read_noise), None, rng
    )
    assert pair.noisy.std() == pytest.approx(1.0, abs=0.03)
    assert pair.truth.std() == pytest.approx(0.0, abs=1e-4)
    assert pair.noisy.mean() == pytest.approx(pair.truth.mean(), abs=4 / 300)


@pytest.mark.usefixtures("plain_camera")
@pytest.mark.parametrize("photons", [0.3, 2.0])
def test_the_truth_is_the_mean_of_few_photons_too(photons: float) -> None:
    rng = np.random.default_rng(6)
    light = np.full((300, 300), photons, np.float32)
    pair = garble(light, lambda each: rng.poisson(each).astype(np.float32), 0.0, None, rng)
    assert pair.noisy.mean() == pytest.approx(pair.truth.mean(), abs=4 / 300)
    assert expected_photons(pair.truth, 0.0).mean() == pytest.approx(photons, rel=0.01)


def snap(read_noise: float) -> float:
    """Take a read noise that is one of the tabulated values, so that the belief is exact."""
    snapped = snapped_read_noise(read_noise)
    assert snapped == pytest.approx(read_noise, rel=0.1)
    return snapped


@pytest.mark.usefixtures("plain_camera")
def test_real_counts_get_the_truth_of_what_was_left_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exposures, "COUNTER_SHARE", 1.0)
    frames = np.random.default_rng(2).poisson(12.0, (50, 64, 64)).astype(np.uint8)
    rng = np.random.default_rng(3)
    pairs = [expose_recording(frames, rng) for _ in range(60)]
    levels = [float(pair.truth.mean()) for pair in pairs]
    assert max(levels) > 2 * min(levels), "shorter and longer exposures"
    assert np.mean([pair.noisy.mean() - pair.truth.mean() for pair in pairs]) == pytest.approx(
        0.0, abs=0.02
    )


def test_a_smear_keeps_the_light_and_correlates_the_noise() -> None:
    rng = np.random.default_rng(4)
    electrons = rng.poisson(50.0, (200, 200)).astype(np.float32)
    for _ in range(10):
        kernel = exposures._draw_smear(rng)
        assert kernel.sum() == pytest.approx(1.0, abs=1e-5)
        smeared = exposures._filter(electrons, kernel)
        assert smeared.mean() == pytest.approx(electrons.mean(), rel=2e-3)
        left = smeared.var() / electrons.var()
        assert left == pytest.approx(np.square(kernel).sum(), rel=0.05)
        assert left < 1


def test_fields_are_exposed_from_a_few_photons_to_hundreds() -> None:
    rng = np.random.default_rng(8)
    light = np.full((32, 32), 1.0, np.float32)
    pairs = [expose_field(light, rng) for _ in range(100)]
    assert all(np.isfinite(pair.noisy).all() for pair in pairs)
    levels = [float(pair.truth.mean()) for pair in pairs]
    assert min(levels) < 4
    assert max(levels) > 25


def test_the_same_seed_draws_the_same_pairs(recordings: Path) -> None:
    drawn = [DefaultPairs(recordings, seed, pool_fields=2).draw(6, 64) for seed in (1, 1, 2)]
    for first, again, other in zip(*drawn, strict=True):
        np.testing.assert_array_equal(first.noisy, again.noisy)
        np.testing.assert_array_equal(first.truth, again.truth)
        assert not np.array_equal(first.noisy, other.noisy)


def test_four_looks_are_averaged() -> None:
    network = LiveNet(*SMALL.values()).eval()
    frames = torch.rand(2, 1, 32, 48) * 20
    with torch.no_grad():
        every = ((), (2,), (3,), (2, 3))
        together = torch.stack([network(frames.flip(axes)).flip(axes) for axes in every])
        found = FlippedMean(network)(frames)
    estimates, scales = together[:, :, :1], together[:, :, 1:]
    torch.testing.assert_close(found[:, :1], estimates.mean(dim=0))
    variance = 2 * scales.square().mean(dim=0) + estimates.var(dim=0, correction=0)
    torch.testing.assert_close(2 * found[:, 1:].square(), variance)
    assert estimates.var(dim=0).max() > 0, "the looks differ"


def test_a_score_of_the_truth_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A restoration that knows the answer has its intensity and holds all its intervals."""
    seen: list[Example] = []
    expose = default_score.expose_example

    def keep(peak_photons: float, rng: np.random.Generator) -> Example:
        seen.append(expose(peak_photons, rng))
        return seen[-1]

    def know(noisy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        truth = default_package.expected_transform(seen[-1].photons, NOISE.read_noise_e)
        return truth, np.full_like(noisy, 0.1)

    monkeypatch.setattr(default_score, "expose_example", keep)
    score = score_default(know, 20.0, frames=2, seed=1)
    assert (score.frames, score.coverage) == (2, 1.0)
    assert score.intensity_ratio == pytest.approx(1.0, abs=1e-3)
    assert score.restored_db > 60
    assert 5 < score.raw_db < 25
