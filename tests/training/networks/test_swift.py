"""The network of default-fast: what it begins as, what it folds, and what it cuts off."""

import pytest

torch = pytest.importorskip("torch", reason="the extra 'train' is missing")
from torch.nn import functional

from livecare.training.networks.live import INPUT_SCALE
from livecare.training.networks.swift import FIRST_SCALE, FOLD, SMALLEST_SCALE, SwiftNet


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(3)


def test_the_straight_way_begins_as_a_mean_and_unsure_of_itself() -> None:
    network = SwiftNet((8, 8), (1, 1))
    with torch.no_grad():
        for parameter in network.to_pixels.parameters():
            if parameter.ndim > 1:
                parameter.zero_()
        frames = torch.rand(1, 1, 16, 24) * 20
        estimate, scale = network.eval()(frames)[0]
    mean = functional.avg_pool2d(frames, 3, stride=1, padding=1)[0, 0]
    torch.testing.assert_close(estimate[1:-1, 1:-1], mean[1:-1, 1:-1], rtol=1e-5, atol=1e-4)
    torch.testing.assert_close(scale, torch.full_like(scale, FIRST_SCALE))


def test_one_convolution_folds_and_sees_three_by_three_folded_pixels() -> None:
    network = SwiftNet((8, 8), (1, 1))
    frames = torch.rand(2, 1, 16, 24)
    folded = functional.pixel_unshuffle(frames, FOLD)
    weights = network.stem.weight.reshape(8, 1, 3, FOLD, 3, FOLD).permute(0, 1, 3, 5, 2, 4)
    wanted = functional.conv2d(folded, weights.reshape(8, 4, 3, 3), network.stem.bias, padding=1)
    torch.testing.assert_close(network.stem(frames), wanted, rtol=1e-4, atol=1e-5)


def test_scales_are_cut_off_and_learn_nevertheless() -> None:
    network = SwiftNet((8, 8), (1, 1))
    with torch.no_grad():
        network.to_pixels.bias[4:] = -5.0
    frames = torch.rand(1, 1, 8, 8)
    scale = network.train()(frames)[:, 1]
    torch.testing.assert_close(scale, torch.full_like(scale, SMALLEST_SCALE))
    scale.sum().backward()
    assert torch.all(network.to_pixels.bias.grad[4:] > 0)
    assert network.eval()(frames)[0, 1].max().item() == pytest.approx(SMALLEST_SCALE)


def test_bright_frames_pass_and_sizes_are_kept() -> None:
    network = SwiftNet((8, 16, 8), (1, 1, 1)).eval()
    assert network.multiple_of == 8
    with torch.no_grad():
        made = network(torch.full((1, 1, 16, 24), 2e7 * INPUT_SCALE))
    assert made.shape == (1, 2, 16, 24)
    assert torch.isfinite(made).all()
