"""PyTorch's side of `peers.py`: livecare's torch network of the reference, as torch runs it.

Needs torch and numpy; of livecare only the module of the network, from the checkout.
"""

import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from side_protocol import serve, timed

from livecare.training.networks.care import CareNet, CareShape

WAYS: Final = ("eager", "channels_last", "compile")


class TorchSide:
    """Keeps the network and the frames between orders.

    Parameters
    ----------
    way : str
        One of `WAYS`; "compile" is in channels_last too.
    """

    def __init__(self, way: str) -> None:
        self._way = way

    def load(self, package: str, frames: str, window: list[float], threads: int) -> dict[str, Any]:
        """Build the network and set its weights."""
        torch.set_num_threads(threads)
        network = CareNet(CareShape(kernel=3)).eval()
        with np.load(Path(package) / "weights.npz") as stored:
            state = {name: torch.from_numpy(_torch_order(stored[name])) for name in stored.files}
        network.load_state_dict(state)
        self._layout = torch.contiguous_format
        if self._way != "eager":
            self._layout = torch.channels_last
            network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        low, high = window
        normalised = ((np.load(frames) - low) / (high - low)).astype(np.float32)
        self._frames = [torch.from_numpy(frame[None, None]) for frame in normalised]
        self._network = torch.compile(network) if self._way == "compile" else network
        return {"versions": f"torch {torch.__version__}"}

    def run(self, seconds: float, least: int) -> dict[str, Any]:
        """Restore frames, one after the other."""
        return timed(self._restore, seconds, least)

    def restore(self, path: str) -> dict[str, Any]:
        """Save what the network makes of the first frame, network units."""
        np.save(path, self._restore(0)[0, 0].numpy())
        return {}

    @torch.inference_mode()
    def _restore(self, index: int) -> torch.Tensor:
        frame = self._frames[index % len(self._frames)].contiguous(memory_format=self._layout)
        made: torch.Tensor = self._network(frame)
        return made


def _torch_order(values: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Turn kernels (y, x, in, out) into (out, in, y, x)."""
    turned = values.transpose(3, 2, 0, 1) if values.ndim > 1 else values
    return np.ascontiguousarray(turned)


if __name__ == "__main__":
    here = TorchSide(*sys.argv[1:])
    serve({"load": here.load, "run": here.run, "restore": here.restore})
