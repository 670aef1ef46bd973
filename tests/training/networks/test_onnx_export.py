import numpy as np
import onnxruntime
import pytest

pytest.importorskip("torch", reason="the extra 'train' is missing")

import torch

from livecare.training.ensemble import Ensemble
from livecare.training.networks.care import CareNet, CareShape
from livecare.training.networks.onnx_export import to_onnx
from livecare.training.networks.standardised import Standardised

exporter_warns = pytest.mark.filterwarnings("ignore")
"""torch's exporter warns of what it does itself."""
EXPORT_TIMEOUT_S = 400
"""Loading torch's exporter and tracing a network take half a minute of a free machine."""


@pytest.mark.timeout(EXPORT_TIMEOUT_S)
@exporter_warns
@pytest.mark.parametrize("dimensions", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_the_file_computes_what_the_network_does(dimensions: int) -> None:
    torch.manual_seed(1)
    shape = CareShape(
        dimensions=dimensions, kernel=3, depth=1, filters=2, blur_pool=True, probabilistic=True
    )
    members = [Standardised(CareNet(shape), 3.0, 2.0) for _ in range(2)]
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
