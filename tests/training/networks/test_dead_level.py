"""A level that passes nothing on is found, and dropped without a trace."""

import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is missing")
from livecare.errors import ConfigError
from livecare.training.networks.dead_level import is_dead, without_dead_level
from livecare.training.networks.swift import SwiftNet

WIDTHS, DEPTHS = (8, 16, 24), (1, 1, 2)


@pytest.fixture
def network() -> SwiftNet:
    torch.set_num_threads(1)
    torch.manual_seed(3)
    return SwiftNet(WIDTHS, DEPTHS).eval()


def kill(network: SwiftNet) -> None:
    with torch.no_grad():
        for layer in (network.middle[0], network.middle[2]):
            layer.weight.mul_(0.1)
            layer.bias.fill_(-5.0)


def test_only_what_is_dead_for_every_frame_is(network: SwiftNet) -> None:
    frames = [torch.rand(2, 1, 32, 32) * 20 for _ in range(3)]
    assert not is_dead(network, frames)
    kill(network)
    assert is_dead(network, frames)
    bright = torch.full((1, 1, 32, 32), 1e6)
    assert not is_dead(network, [*frames, bright]), "one frame wakes it"


def test_without_it_frames_come_out_the_same_but_at_their_edges(network: SwiftNet) -> None:
    kill(network)
    frames = torch.rand(2, 1, 96, 96) * 20
    left = without_dead_level(network, WIDTHS, DEPTHS)
    assert not left.training
    assert left.multiple_of == network.multiple_of // 2
    with torch.no_grad():
        before, after = network(frames), left(frames)
    inner = (..., slice(32, -32), slice(32, -32))
    torch.testing.assert_close(after[inner], before[inner], rtol=1e-5, atol=1e-5)
    difference = (after - before)[:, 0].square().mean().sqrt()
    assert difference < 0.1 * (before[:, 0] - frames[:, 0]).square().mean().sqrt()


def test_deeper_networks_are_refused() -> None:
    with pytest.raises(ConfigError, match="2 convolutions above"):
        without_dead_level(SwiftNet((8, 8, 8), (1, 2, 1)), (8, 8, 8), (1, 2, 1))
