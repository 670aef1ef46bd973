"""CSBDeep's side of `peers.py`: CARE with Keras, in an environment without livecare.

The model is CSBDeep's own, with the weights of the reference network set into it.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from side_protocol import serve, timed

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # CSBDeep is written for Keras 2

import tensorflow as tf
from csbdeep.data import NoNormalizer
from csbdeep.models import CARE, Config


class CsbdeepSide:
    """Keeps the model and the frames between orders.

    Parameters
    ----------
    way : str
        "predict" for `CARE.predict`, with its normalisation, padding and cropping; "bare" for
        Keras' `predict_on_batch` on a frame that is normalised already.
    """

    def __init__(self, way: str) -> None:
        self._way = way

    def load(self, package: str, frames: str, window: list[float], threads: int) -> dict[str, Any]:
        """Build the network and set its weights."""
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        config = Config("YX", 1, 1, unet_n_depth=2, unet_n_first=32, unet_kern_size=3)
        work = tempfile.mkdtemp(dir=Path(frames).parent)  # peers.py removes that
        self._care = CARE(config, "peer", basedir=work)
        self._frames = np.load(frames)
        low, high = window
        self._normalised = ((self._frames - low) / (high - low)).astype(np.float32)[..., None]
        with np.load(Path(package) / "weights.npz") as stored:
            self._care.keras_model.set_weights([stored[name] for name in stored.files])
        return {"versions": f"csbdeep 0.8.2, TensorFlow {tf.__version__}, tf-keras"}

    def run(self, seconds: float, least: int) -> dict[str, Any]:
        """Restore frames, one after the other."""
        step = self._predict if self._way == "predict" else self._bare
        return timed(step, seconds, least)

    def restore(self, path: str) -> dict[str, Any]:
        """Save what the network makes of the first frame, network units."""
        made = self._care.predict(self._normalised[0, ..., 0], "YX", normalizer=NoNormalizer())
        np.save(path, made)
        return {}

    def _predict(self, index: int) -> object:
        return self._care.predict(self._frames[index % len(self._frames)], "YX")

    def _bare(self, index: int) -> object:
        which = index % len(self._frames)
        return self._care.keras_model.predict_on_batch(self._normalised[which : which + 1])


if __name__ == "__main__":
    here = CsbdeepSide(*sys.argv[1:])
    serve({"load": here.load, "run": here.run, "restore": here.restore})
