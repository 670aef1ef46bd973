import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

import torch
from torch import nn

from livecare.training.ensemble import Ensemble
from livecare.training.networks.care import CareNet, CareShape
from livecare.training.networks.onnx_export import to_onnx
from livecare.training.networks.standardised import Standardised

exporter_warns = pytest.mark.filterwarnings("ignore")
"""torch's exporter warns of what it does itself."""
EXPORT_TIMEOUT_S = 400
"""Loading torch's exporter and tracing a network take half a minute of a free machine."""


class Small(nn.Module):
    """A member of one convolution: to trace the network twice would take as long again."""

    multiple_of = 1

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        convolution = nn.Conv2d if dimensions == 2 else nn.Conv3d
        self.made = convolution(1, 2, 3, padding=1)

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.made(frames)
        return made


@pytest.mark.timeout(EXPORT_TIMEOUT_S)
@exporter_warns
@pytest.mark.parametrize("dimensions", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_the_file_computes_what_the_network_does(dimensions: int) -> None:
    torch.manual_seed(1)
    shape = CareShape(
        dimensions=dimensions, kernel=3, depth=1, filters=2, blur_pool=True, probabilistic=True
    )
    members = [Standardised(member, 3.0, 2.0) for member in (CareNet(shape), Small(dimensions))]
    network = Ensemble(members).eval()
    session = onnxruntime.InferenceSession(
        to_onnx(network, 2, dimensions), providers=["CPUExecutionProvider"]
    )
    frames = torch.rand(3, 1, *(8, 12, 6)[-dimensions:])
    with torch.no_grad():
        expected = network(frames).numpy()
    (found,) = session.run(None, {"raw": frames.numpy()})
    assert found.shape[1] == 2
    np.testing.assert_allclose(found, expected, atol=1e-4)
