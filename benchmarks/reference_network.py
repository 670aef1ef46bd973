"""The network that engines and peers are compared on: CARE's U-Net, depth 2, 32 filters, 3 × 3.

It is trained here for some minutes, from a fixed seed (`reference_training`): how fast a network
runs does not depend on its weights, but how well int8 follows fp32 does.

    python benchmarks/reference_network.py FOLDER

writes the package, for machines that have no torch, and `weights.npz` beside it: kernels (y, x, in,
out) and biases in the order in which Keras lists CSBDeep's layers, which is the network's own.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import platformdirs
from numpy.typing import NDArray

from livecare.errors import MissingExtraError
from livecare.models import IntensityWindow, Model
from livecare.models.writer import PackageSpec, write_package

SEED: Final = 0
TEST_PX: Final = 128
"""Rows and columns of the package's test frame, pixels."""
WEIGHTS_FILE: Final = "weights.npz"
NAME: Final = "care-k3"


def reference(folder: Path | None = None) -> Model:
    """Return the package in a folder, made there first if torch is installed.

    Parameters
    ----------
    folder : Path or None
        None for a place in the user's cache, where it is kept.

    Raises
    ------
    MissingExtraError
        If it must be made and torch is not installed.
    """
    folder = folder or platformdirs.user_cache_path("livecare") / "benchmarks" / NAME
    if (folder / WEIGHTS_FILE).exists():
        return Model.load(folder)
    if not find_spec("torch") or not find_spec("onnxscript"):
        raise MissingExtraError("torch", "train", "exporting the reference network")
    return _make(folder)


def _make(folder: Path) -> Model:
    import torch  # noqa: PLC0415 it may be missing
    from reference_training import draw, train  # noqa: PLC0415

    from livecare.training.networks.care import CareNet, CareShape  # noqa: PLC0415
    from livecare.training.networks.onnx_export import to_onnx  # noqa: PLC0415
    from livecare.training.networks.receptive_field import measure_halo  # noqa: PLC0415

    torch.manual_seed(SEED)
    network = CareNet(CareShape(kernel=3))
    train(network, SEED)
    frame = draw(np.random.default_rng(SEED + 1), 1, TEST_PX)[0][np.newaxis]
    with torch.no_grad():
        restored = network(torch.from_numpy(_window_units(frame))).numpy()
    spec = PackageSpec(
        name="CARE U-Net depth 2 of benchmarks",
        description="CARE's U-Net, depth 2, 32 filters, 3 x 3, trained for some minutes.",
        document="# For benchmarks only\nIt was trained for some minutes on random pictures.\n",
        provenance={"script": "benchmarks/reference_network.py", "seed": SEED},
        multiple_of=network.multiple_of,
        halo_px=measure_halo(network),
    )
    onnx_bytes = to_onnx(network, network.multiple_of)
    model = write_package(folder, spec, onnx_bytes, frame, restored)
    arrays = {}
    for name, tensor in network.state_dict().items():
        values = tensor.numpy()
        arrays[name] = values.transpose(2, 3, 1, 0) if values.ndim > 1 else values
    np.savez(folder / WEIGHTS_FILE, allow_pickle=False, **arrays)
    return model


def _window_units(counts: NDArray[np.float32]) -> NDArray[np.float32]:
    normalised = np.empty_like(counts)
    IntensityWindow.from_frames([counts]).normalise(counts, normalised)
    return normalised


if __name__ == "__main__":
    print(reference(Path(sys.argv[1])).onnx_path)
