import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

import torch

from livecare.errors import ConfigError
from livecare.training.networks.care import CareNet, CareShape
from livecare.training.networks.catalogue import NETWORKS, build_network, parameter_count
from livecare.training.networks.receptive_field import measure_halo, measure_reach
from livecare.training.networks.standardised import Standardised


def test_the_published_network_has_as_many_parameters_as_published() -> None:
    assert parameter_count(CareNet(CareShape(kernel=5, depth=2))) == 922_977


@pytest.mark.parametrize(
    ("shape", "reach"),
    [
        (CareShape(kernel=5, depth=2, filters=2), 43),
        (CareShape(kernel=3, filters=2, residual=False, batch_norm=True, blur_pool=True), 29),
        (CareShape(kernel=3, depth=2, filters=2), 23),
    ],
)
def test_the_measured_receptive_field(shape: CareShape, reach: int) -> None:
    assert measure_reach(CareNet(shape)) == (reach, reach)


def test_the_receptive_field_in_three_dimensions() -> None:
    network = CareNet(CareShape(dimensions=3, kernel=3, depth=1, filters=2))
    reach = measure_reach(network, dimensions=3)
    assert reach == (9, 9, 9)


def test_nothing_beyond_the_measured_field_matters() -> None:
    torch.manual_seed(0)
    network = CareNet(CareShape(kernel=3, filters=2)).eval()
    frame = torch.rand(1, 1, 96, 96)
    changed = frame.clone()
    row, reach = 48, measure_halo(network)
    changed[..., row, 48] += 10
    with torch.no_grad():
        difference = (network(changed) - network(frame)).abs()[0, 0]
    assert difference[row + reach + 1 :].max() == 0
    assert difference[: row - reach].max() == 0
    assert difference[row, 48] > 0


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("probabilistic", [False, True])
def test_every_network_gives_an_estimate_and_a_positive_scale_if_asked(
    name: str, *, probabilistic: bool
) -> None:
    network = build_network(name, probabilistic=probabilistic).eval()
    sides = (16, 16, 16) if name.endswith("3d") else (16, 32)
    with torch.no_grad():
        made = network(torch.randn(2, 1, *sides))
    assert made.shape == (2, 1 + probabilistic, *sides)
    if probabilistic:
        assert made[:, 1].min() >= 1e-3


def test_a_residual_network_passes_brightness_on() -> None:
    network = CareNet(CareShape(kernel=3, filters=2))
    torch.nn.init.zeros_(network.estimate.weight)
    frame = torch.rand(1, 1, 8, 8)
    torch.testing.assert_close(network(frame), frame)


def test_the_noise_level_is_a_further_channel() -> None:
    network = CareNet(CareShape(kernel=3, filters=2, noise_channels=1))
    frames = torch.rand(1, 2, 8, 8)
    quiet, loud = frames.clone(), frames.clone()
    quiet[:, 1], loud[:, 1] = 0.0, 1.0
    assert network(quiet).shape == (1, 1, 8, 8)
    assert not torch.equal(network(quiet), network(loud))


def test_pooling_blurs_and_keeps_constants_inside() -> None:
    network = CareNet(CareShape(kernel=3, filters=1, blur_pool=True))
    pooled = network.pool(torch.ones(1, 1, 8, 8))
    assert pooled.shape == (1, 1, 4, 4)
    torch.testing.assert_close(pooled[0, 0, :3, :3], torch.ones(3, 3))
    dot = torch.zeros(1, 1, 8, 8)
    dot[0, 0, 4, 4] = 1.0
    spread = network.pool(dot)[0, 0]
    # the maximum makes a square of 3..4, which [1 2 1] / 4 from 2 and from 4 on weighs 3/4 and 1/4
    expected = torch.tensor([[9.0, 3.0], [3.0, 1.0]]) / 16
    torch.testing.assert_close(spread[1:3, 1:3], expected)


@pytest.mark.parametrize(
    "wrong",
    [{"dimensions": 4}, {"depth": 0}, {"kernel": 4}, {"filters": 0}, {"noise_channels": -1}],
)
def test_shapes_that_cannot_be_are_refused_by_name(wrong: dict[str, int]) -> None:
    (name,) = wrong
    with pytest.raises(ConfigError, match=name):
        CareShape(**wrong)


def test_an_unknown_network_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(ConfigError, match=r"resnet.*care-k3"):
        build_network("resnet")


def test_standard_units_are_undone() -> None:
    class Same(torch.nn.Module):
        multiple_of = 1

        def forward(self, frames: torch.Tensor) -> torch.Tensor:
            return torch.cat([frames, torch.ones_like(frames)], dim=1)

    frames = torch.rand(1, 1, 4, 4) * 50
    made = Standardised(Same(), mean=20.0, spread=4.0)(frames)
    torch.testing.assert_close(made[:, :1], frames)
    torch.testing.assert_close(made[:, 1:], torch.full_like(frames, 4.0))


@pytest.mark.parametrize(("mean", "spread"), [(float("nan"), 1.0), (0.0, 0.0)])
def test_units_that_cannot_be_standardised_are_refused(mean: float, spread: float) -> None:
    with pytest.raises(ConfigError, match="constant"):
        Standardised(torch.nn.Identity(), mean, spread)
