"""CAREamics' side of `peers.py`: its CARE, in an environment without livecare.

The network has the widths of CSBDeep's and gets the reference's weights, batch normalisation off
and the residual on; it enlarges bilinearly, where CSBDeep repeats pixels: not the same function.
"""

import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from careamics import CAREamist
from careamics.config.factories.care_n2n_factory import create_advanced_care_config
from side_protocol import serve, timed

PATCH_PX: Final = 64
"""Rows and columns of the patch of one step of training, without which it predicts nothing."""


class CareamicsSide:
    """Keeps the model and the frames between orders.

    Parameters
    ----------
    way : str
        "predict" for `CAREamist.predict`; "bare" for its network on a normalised frame.
    """

    def __init__(self, way: str) -> None:
        self._way = way

    def load(self, package: str, frames: str, window: list[float], threads: int) -> dict[str, Any]:
        """Train a step, then set the reference's weights."""
        torch.set_num_threads(threads)
        self._frames = np.load(frames)
        config = create_advanced_care_config(
            experiment_name="peer",
            data_type="array",
            axes="SYX",
            patch_size=[PATCH_PX, PATCH_PX],
            batch_size=1,
            num_epochs=1,
            num_steps=1,
            num_workers=0,
            n_val_patches=1,
            model_params={"use_batch_norm": False, "residual": True},
        )
        work = tempfile.mkdtemp(dir=Path(frames).parent)  # peers.py removes that
        self._careamist = CAREamist(config, work_dir=work, enable_progress_bar=False)
        self._careamist.train(train_data=self._frames, train_data_target=self._frames)
        network = self._careamist.model.model.eval()
        with np.load(Path(package) / "weights.npz") as stored, torch.no_grad():
            state = network.state_dict().items()  # norms are there, though switched off
            targets = [tensor for name, tensor in state if "batch_norm" not in name]
            for target, name in zip(targets, stored.files, strict=True):
                values = torch.from_numpy(stored[name])
                target.copy_(values.permute(3, 2, 0, 1) if values.ndim > 1 else values)
        self._network = network
        low, high = window
        normalised = ((self._frames - low) / (high - low)).astype(np.float32)
        self._normalised = [torch.from_numpy(frame[None, None]) for frame in normalised]
        return {"versions": f"CAREamics {version('careamics')}, torch {torch.__version__}"}

    def run(self, seconds: float, least: int) -> dict[str, Any]:
        """Restore frames, one after the other."""
        return timed(self._predict if self._way == "predict" else self._bare, seconds, least)

    def restore(self, path: str) -> dict[str, Any]:
        """Save what the network makes of the first frame, network units."""
        np.save(path, self._bare(0)[0, 0].numpy())
        return {}

    def _predict(self, index: int) -> object:
        which = index % len(self._frames)
        return self._careamist.predict(
            self._frames[which : which + 1], axes="SYX", data_type="array", num_workers=0
        )

    @torch.inference_mode()
    def _bare(self, index: int) -> torch.Tensor:
        made: torch.Tensor = self._network(self._normalised[index % len(self._normalised)])
        return made


if __name__ == "__main__":
    here = CareamicsSide(*sys.argv[1:])
    serve({"load": here.load, "run": here.run, "restore": here.restore})
