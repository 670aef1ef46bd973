"""Probabilistic Noise2Void: noise models in noise units, and what prior and reading tell."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

import torch

from livecare.errors import UsageError
from livecare.models.anscombe import CameraNoise, expected_transform, transform_electrons
from livecare.training.distill import TaughtPatches
from livecare.training.masking import BlindSpots
from livecare.training.pairs.noise_mixture import MixtureNoise
from livecare.training.pairs.protocol import Patches
from livecare.training.prior import PriorNet, PriorObjective
from livecare.training.standard_patches import Standard, StandardPatches
from livecare.training.tabulated_noise import TabulatedNoise, UnitNoise, camera_of

CAMERA = CameraNoise(gain_adu_per_e=2.0, offset_adu=100.0, read_noise_e=1.5)


def exposed(pixels: int = 400_000) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    photons = rng.uniform(0, 60, pixels)
    electrons = rng.poisson(photons) + 1.5 * rng.standard_normal(pixels)
    return (100 + 2 * electrons).astype(np.float32), (100 + 2 * photons).astype(np.float32)


@pytest.mark.parametrize("offset", [None, 100.0])
def test_a_calibration_tells_the_camera(offset: float | None) -> None:
    found = camera_of(*exposed(), offset)
    assert found.gain_adu_per_e == pytest.approx(2.0, rel=0.03)
    if offset is not None:
        assert found.read_noise_e == pytest.approx(1.5, rel=0.1)
    else:
        assert found.offset_adu == pytest.approx(100 - 2 * 1.5**2, abs=1.5)


def test_a_calibration_without_a_camera_in_it_is_refused() -> None:
    observed, signal = exposed(4000)
    with pytest.raises(UsageError, match="not noisier"):
        camera_of(-observed, -signal)


def tabulated() -> TabulatedNoise:
    """Fit to readings of the camera, and make the table up to their brightest signal."""
    return TabulatedNoise.of(MixtureNoise.fit(*exposed()), CAMERA, 220.0)


def test_the_table_peaks_at_the_signal_and_can_be_followed() -> None:
    noise = tabulated()
    signal_e = np.array([30.0], np.float32)
    observed = torch.from_numpy(transform_electrons(signal_e, 1.5))
    tried = torch.linspace(5.0, 16.0, 441, requires_grad=True)
    log_chance = noise.log_likelihood(observed, tried)
    best = tried[int(log_chance.argmax())].item()
    assert best == pytest.approx(float(expected_transform(signal_e, 1.5)[0]), abs=0.2)
    log_chance.sum().backward()
    assert tried.grad is not None
    assert tried.grad[tried < best - 1].min() > 0
    assert tried.grad[tried > best + 1].max() < 0


def test_beyond_the_table_chances_fall() -> None:
    noise = tabulated()
    far = torch.tensor([noise.high, noise.high + 5, noise.high + 50])
    values = noise.log_likelihood(torch.tensor([10.0]), far)
    assert torch.isfinite(values).all()
    assert (values.diff() < 0).all()


class Answers(torch.nn.Module):
    """Says that every pixel is 0 or 4, equally likely."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = torch.nn.Parameter(torch.zeros(1))

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        both = torch.tensor([0.0, 4.0]).reshape(1, 2, 1, 1) + self.nothing
        return both.expand(len(frames), 2, *frames.shape[2:])


def test_the_estimate_weighs_the_answers_by_what_was_read() -> None:
    objective = PriorObjective(UnitNoise(), Standard(10.0, 1.0), BlindSpots("median"))
    read = torch.tensor([0.0, 2.0, 4.0]).reshape(1, 1, 1, 3)
    found = objective.estimate(Answers(), read)[0, 0, 0].detach()
    chance = 1 / (1 + np.exp(8.0))
    np.testing.assert_allclose(found, [4 * chance, 2.0, 4 - 4 * chance], atol=1e-5)


class Flat:
    """A constant scene in noise units."""

    def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
        return Patches(20 + rng.standard_normal((patches, 1, side, side), dtype=np.float32))

    def validation(self, side: int) -> list[Patches]:
        return [self.batch(2, side, np.random.default_rng(5))]


def test_a_teacher_learns_a_constant_and_passes_it_on() -> None:
    torch.manual_seed(0)
    standard = Standard.of(Flat(), 32)
    assert standard.mean == pytest.approx(20, abs=0.05)
    source = StandardPatches(Flat(), standard)
    objective = PriorObjective(UnitNoise(), standard, BlindSpots("median", share=0.05))
    teacher = PriorNet(samples=8)
    optimiser = torch.optim.Adam(teacher.parameters(), lr=3e-3)
    rng = np.random.default_rng(1)
    for _ in range(60):
        optimiser.zero_grad()
        loss = objective(teacher, source.batch(4, 32, rng), rng)
        loss.backward()
        optimiser.step()
    taught = TaughtPatches(source, teacher.eval(), objective.estimate).validation(32)[0]
    assert taught.target is not None
    assert np.sqrt(np.mean(np.square(taught.target))) < 0.35  # the noise is 1
    assert np.sqrt(np.mean(np.square(taught.source))) == pytest.approx(1.0, abs=0.1)


def test_constant_patches_cannot_be_standardised() -> None:
    class Constant(Flat):
        def batch(self, patches: int, side: int, rng: np.random.Generator) -> Patches:
            del rng
            return Patches(np.ones((patches, 1, side, side), np.float32))

    with pytest.raises(UsageError, match="constant"):
        Standard.of(Constant(), 16)
