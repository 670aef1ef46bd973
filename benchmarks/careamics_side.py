"""CAREamics' half of `training.py`: runs in an environment of its own, without livecare."""

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from careamics import CAREamist
from careamics.config.factories.care_n2n_factory import create_care_config, create_n2n_config
from careamics.config.factories.n2v_factory import create_n2v_config
from lightning.pytorch.callbacks import Callback

PATCH_PX = 64
BATCH = 16
EPOCHS = 10_000
"""More than fit: the clock ends the training."""


class Until(Callback):
    """Ends a training when its minutes are over."""

    def __init__(self, minutes: float, clock: str) -> None:
        self._now = time.thread_time if clock == "cpu" else time.monotonic
        self._seconds = 60 * minutes
        self._started = 0.0

    def on_train_start(self, *_: Any) -> None:  # noqa: ANN401 lightning's own
        """Start the clock."""
        self._started = self._now()

    def on_train_batch_end(self, trainer: Any, *_: Any) -> None:  # noqa: ANN401
        """Stop when it has run out."""
        if self._now() - self._started >= self._seconds:
            trainer.should_stop = True


def main() -> None:
    """Train on `given.npz` of a folder and write `restored.npy` there."""
    folder, method, minutes, clock, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    with np.load(Path(folder) / "given.npz") as given:
        arrays = {name: given[name] for name in given.files}
    common: dict[str, Any] = {
        "experiment_name": "benchmark",
        "data_type": "array",
        "axes": "SYX",
        "patch_size": [PATCH_PX, PATCH_PX],
        "batch_size": BATCH,
        "num_epochs": EPOCHS,
    }
    if method == "n2v2":
        config = create_n2v_config(**common, use_n2v2=True)
    else:
        config = (create_n2n_config if method == "n2n" else create_care_config)(**common)
    trained = CAREamist(
        config,
        work_dir=folder,
        callbacks=[Until(float(minutes), clock)],
        enable_progress_bar=False,
    )
    trained.train(train_data=arrays["noisy"], train_data_target=arrays.get("target"))
    frames, _ = trained.predict(arrays["tested"], axes="SYX", data_type="array")
    restored = np.concatenate([np.asarray(each) for each in frames])
    np.save(Path(folder) / "restored.npy", restored.reshape(arrays["tested"].shape))


if __name__ == "__main__":
    main()
