import math

import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

import torch

from livecare.errors import ConfigError
from livecare.training.ensemble import Ensemble
from livecare.training.losses import choose_loss, laplace_surprise, noisy_target_loss


def test_losses_by_hand() -> None:
    made = torch.tensor([[[[1.0, 2.0]]]])
    target = torch.tensor([[[[0.0, 4.0]]]])
    assert choose_loss("mae", probabilistic=False)(made, target, None) == 1.5
    assert choose_loss("mse", probabilistic=False)(made, target, None) == 2.5


def test_laplace_by_hand_and_only_where_it_counts() -> None:
    made = torch.tensor([1.0, 9.0, 0.5, 1.0]).reshape(1, 2, 1, 2)
    target = torch.tensor([2.0, 0.0]).reshape(1, 1, 1, 2)
    first = tuple(torch.tensor([0]) for _ in range(4))
    expected = 1.0 / 0.5 + math.log(0.5) + math.log(2)
    assert laplace_surprise(made, target, first).item() == pytest.approx(expected)


def test_the_likeliest_laplace_scale_is_the_mean_absolute_miss() -> None:
    torch.manual_seed(0)
    target = torch.randn(1, 1, 40, 40)
    scales = torch.linspace(0.4, 1.4, 101)
    losses = [
        laplace_surprise(torch.cat([torch.zeros_like(target), scale + 0 * target], 1), target)
        for scale in scales
    ]
    assert scales[int(torch.stack(losses).argmin())].item() == pytest.approx(
        target.abs().mean().item(), abs=0.02
    )


def test_the_targets_own_noise_is_not_asked_of_the_scale() -> None:
    torch.manual_seed(0)
    error, noise = 0.5, 2.0
    target = (error**2 + noise**2) ** 0.5 * torch.randn(1, 1, 400, 400)
    scales = torch.linspace(0.01, 1.5, 150)
    loss = noisy_target_loss(noise**2)
    losses = [
        loss(torch.cat([torch.zeros_like(target), scale + 0 * target], 1), target, None)
        for scale in scales
    ]
    found = scales[int(torch.stack(losses).argmin())].item()
    assert found == pytest.approx(error / math.sqrt(2), abs=0.05)


def test_laplace_without_scales_is_refused() -> None:
    with pytest.raises(ConfigError, match="--probabilistic"):
        choose_loss("laplace", probabilistic=False)


def test_the_scale_does_not_pull_at_the_estimate() -> None:
    made = torch.tensor([1.0, 0.5]).reshape(1, 2, 1, 1).requires_grad_()
    target = torch.zeros(1, 1, 1, 1)
    choose_loss("mse", probabilistic=True)(made, target, None).backward()
    assert made.grad is not None
    assert made.grad[0, 0].item() == pytest.approx(2.0)  # of the squared error alone
    assert made.grad[0, 1].item() != 0


class Says(torch.nn.Module):
    multiple_of = 1

    def __init__(self, estimate: float, scale: float) -> None:
        super().__init__()
        self.said = torch.tensor([estimate, scale]).reshape(1, 2, 1, 1)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        return self.said.expand(len(frames), 2, *frames.shape[2:])


def test_an_ensemble_has_the_variance_of_its_mixture() -> None:
    network = Ensemble([Says(1.0, 0.5), Says(3.0, 1.0)])
    made = network(torch.zeros(2, 1, 3, 3))
    variance = (2 * 0.25 + 2 * 1.0) / 2 + 1.0
    torch.testing.assert_close(made[:, :1], torch.full((2, 1, 3, 3), 2.0))
    torch.testing.assert_close(made[:, 1:], torch.full((2, 1, 3, 3), (variance / 2) ** 0.5))


def test_an_ensemble_of_one_is_refused() -> None:
    with pytest.raises(ConfigError, match="2 members"):
        Ensemble([Says(0.0, 1.0)])
