"""What the loss of the default models is least at."""

import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is missing")
from livecare.training.picture_loss import picture_loss, surprise


@pytest.fixture(autouse=True)
def _same_numbers() -> None:
    torch.manual_seed(7)


def test_the_loss_is_least_at_the_truth() -> None:
    truth = torch.rand(2, 1, 24, 24) * 20 + 2
    scale = torch.ones_like(truth)

    def loss_of(estimate: torch.Tensor) -> float:
        return float(picture_loss(torch.cat([estimate, scale], dim=1), truth))

    least = loss_of(truth)
    for factor in (0.9, 0.99, 1.01, 1.1):
        assert loss_of(truth * factor) > least
    assert loss_of(truth + 0.05 * torch.randn(truth.shape)) > least
    estimate = truth.clone().requires_grad_()
    picture_loss(torch.cat([estimate, scale], dim=1), truth).backward()
    torch.testing.assert_close(estimate.grad, torch.zeros_like(truth))


def test_what_cannot_be_known_becomes_the_mean_of_the_photons() -> None:
    """Squares of noise units are photons up to a factor: their mean is where the loss rests."""
    truth = torch.rand(1, 1, 64, 64) * 18 + 2
    slopes = []
    for level in (truth.mean(), truth.square().mean().sqrt()):
        estimate = level.clone().requires_grad_()
        frame = estimate.expand(truth.shape)
        picture_loss(torch.cat([frame, torch.ones_like(frame)], dim=1), truth).backward()
        slopes.append(float(estimate.grad))
    assert slopes[0] < -0.01, "the mean of the noise units is too dark"
    assert slopes[1] == pytest.approx(0.0, abs=1e-4)


def test_the_scale_is_least_surprised_by_the_mean_error() -> None:
    truth, estimate = torch.randn(1, 1, 64, 64), torch.zeros(1, 1, 64, 64)
    right = truth.abs().mean()
    least = surprise(estimate, right.expand(truth.shape), truth)
    for factor in (0.5, 0.9, 1.1, 2.0):
        assert surprise(estimate, (right * factor).expand(truth.shape), truth) > least
