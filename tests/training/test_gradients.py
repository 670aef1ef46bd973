"""Side by side or at once: the gradient is the same."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

import torch
from torch import nn

from livecare.training.gradients import AtOnce, Gradients, SideBySide, make_gradients
from livecare.training.losses import choose_loss
from livecare.training.masking import BlindSpots
from livecare.training.networks.catalogue import build_network
from livecare.training.objectives import BlindSpot, Supervised
from livecare.training.pairs.protocol import Patches

LOSS = choose_loss("mse", probabilistic=False)


def some_patches(count: int) -> Patches:
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(2, count, 1, 32, 32)).astype(np.float32)
    return Patches(first, second)


def gradient_of(gradients: Gradients, network: nn.Module, count: int) -> tuple[float, np.ndarray]:
    for parameter in network.parameters():
        parameter.grad = torch.ones_like(parameter)  # of the step before
    learnt = gradients(some_patches(count), np.random.default_rng(5))
    found = [each.grad.flatten() for each in network.parameters() if each.grad is not None]
    return learnt.loss, torch.cat(found).numpy()


@pytest.mark.parametrize(("count", "parts"), [(8, 2), (7, 3), (2, 2)])
def test_parts_have_the_gradient_of_the_whole(count: int, parts: int) -> None:
    torch.manual_seed(0)
    network = build_network("care-k3", probabilistic=False)
    side_by_side = SideBySide(network, Supervised(LOSS), parts)
    loss, gradient = gradient_of(AtOnce(network, Supervised(LOSS)), network, count)
    other_loss, other = gradient_of(side_by_side, network, count)
    side_by_side.close()
    assert other_loss == pytest.approx(loss, rel=1e-5)
    np.testing.assert_allclose(other, gradient, rtol=1e-3, atol=1e-5 * np.abs(gradient).max())


def test_parts_hide_different_pixels_and_the_same_seed_hides_the_same() -> None:
    torch.manual_seed(0)
    network = build_network("care-k3", probabilistic=False)
    hidden: list[np.ndarray] = []

    class Watching(nn.Module):
        def forward(self, frames: torch.Tensor) -> torch.Tensor:
            hidden.append(frames.detach().numpy().copy())
            return torch.as_tensor(network(frames))

    watched = Watching()
    watched.network = network
    objective = BlindSpot(LOSS, BlindSpots(share=0.03))
    side_by_side = SideBySide(watched, objective, 2)
    twins = np.repeat(some_patches(1).source, 2, axis=0)
    losses = [side_by_side(Patches(twins), np.random.default_rng(5)).loss for _ in range(2)]
    side_by_side.close()
    assert losses[0] == losses[1]
    assert not np.array_equal(hidden[0], hidden[1])


def test_computing_elsewhere_is_counted() -> None:
    network = build_network("care-k3", probabilistic=False)
    side_by_side = SideBySide(network, Supervised(LOSS), 2)
    assert side_by_side(some_patches(4), np.random.default_rng(5)).elsewhere_s > 0
    side_by_side.close()


@pytest.mark.parametrize(
    ("name", "threads", "patches", "kind"),
    [
        ("care-k3", 2, 8, SideBySide),
        ("care-k3", 1, 8, AtOnce),
        ("care-k3", 2, 1, AtOnce),
        ("n2v", 2, 8, AtOnce),  # batch normalisation wants whole batches
    ],
)
def test_the_fitting_way_is_taken(
    monkeypatch: pytest.MonkeyPatch, name: str, threads: int, patches: int, kind: type[Gradients]
) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    network = build_network(name, probabilistic=False)
    made = make_gradients(network, Supervised(LOSS), patches)
    made.close()
    assert type(made) is kind
