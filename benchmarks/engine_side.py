"""livecare's side (`sides`): one engine in one precision, loaded with one model after the other."""

import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from limits import camera_frames
from runs import CAMERA
from side_protocol import serve, timed

from livecare.engines import Engine, make_engine
from livecare.engines.checking import check_engine
from livecare.engines.protocol import Expected
from livecare.frame import Pixels
from livecare.models import Model, Normalisation, find_model
from livecare.models.anscombe import CameraNoise
from livecare.models.sample import sample_of

REFERENCE: Final = "onnxruntime"
"""Engine whose fp32 the others are compared with."""
CHECKED_PX: Final = 512
"""Sides of the largest frame that engines are compared on, pixels."""


class EngineSide:
    """Keeps what is loaded between orders.

    Parameters
    ----------
    engine, precision : str
        Which; an engine that runs nothing has the precision "".
    """

    def __init__(self, engine: str, precision: str) -> None:
        self._name, self._precision = engine, precision
        self._engine: Engine | None = None
        self._batches: list[Pixels] = []
        self._restored: Pixels = np.empty(0, np.uint16)
        self._normalisations: list[list[Normalisation]] = []

    def load(
        self,
        model: str,
        side: int,
        batch: int,
        threads: int,
        frames: str = "",
        check: bool = False,  # noqa: FBT001, FBT002 orders come as JSON
    ) -> dict[str, Any]:
        """Load a model for batches of square frames; of `frames`, a .npy file, where it is given.

        Returns
        -------
        dict
            ``device``; ``load_s``, seconds that loading took; ``check``, what a comparison with
            fp32 found, or None.
        """
        self.close()
        found = find_model(model)
        shown = list(np.load(frames)) if frames else camera_frames(side)
        expected = Expected((side, side), shown[0].dtype.name, shown[0].dtype.name, batch)
        if self._precision == "int8":
            _quantise(found)
        engine = make_engine(self._name, self._precision or None)
        begun = time.perf_counter()
        engine.load(found, threads, expected)
        taken_s = time.perf_counter() - begun
        normaliser = found.lock(shown, noise=CameraNoise(*CAMERA.values()))
        self._batches = [
            np.stack([shown[(first + i) % len(shown)] for i in range(batch)])
            for first in range(len(shown))
        ]
        self._normalisations = [
            [normaliser.of(frame) for frame in batch] for batch in self._batches
        ]
        self._restored = np.empty_like(self._batches[0])
        self._engine = engine
        told = None
        if check and engine.precision != "exact" and side <= CHECKED_PX:
            told = _check(engine, found, threads, shown[0], self._normalisations[0][0])
        return {"device": engine.device, "load_s": taken_s, "check": told}

    def run(self, seconds: float, least: int) -> dict[str, Any]:
        """Restore batches, one after the other."""
        return timed(self._restore, seconds, least)

    def restore(self, path: str) -> dict[str, Any]:
        """Restore the first batch and save it, camera counts."""
        self._restore(0)
        np.save(path, self._restored)
        return {}

    def verify(self, model: str, shape: list[int], threads: int) -> dict[str, Any]:
        """Compare the engine with fp32 on the model's own test frame, cut or repeated to a shape.

        Returns
        -------
        dict
            ``device``, and ``check``: what the comparison found.
        """
        found = find_model(model)
        sample = sample_of(found, "uint16", tuple(shape))
        if self._precision == "int8":
            _quantise(found)
        engine = make_engine(self._name, self._precision or None)
        engine.load(found, threads, Expected(tuple(shape)))
        told = _check(engine, found, threads, sample.frame, sample.normalisation)
        device = engine.device
        engine.close()
        return {"device": device, "check": told}

    def close(self) -> dict[str, Any]:
        """Free the engine."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        return {}

    def _restore(self, index: int) -> None:
        assert self._engine is not None
        which = index % len(self._batches)
        self._engine.infer(self._batches[which], self._restored, self._normalisations[which])


def _quantise(model: Model) -> None:
    """Make the model's int8 network, unless it has one or what makes it is not installed."""
    if find_spec("onnx"):
        from livecare.engines.quantise import quantise_model  # noqa: PLC0415 needs an extra

        quantise_model(model)


def _check(
    engine: Engine, model: Model, threads: int, frame: Pixels, unit: Normalisation
) -> dict[str, Any]:
    """Compare with fp32 on a frame."""
    reference = make_engine(REFERENCE, "fp32")
    reference.load(model, threads)
    found = check_engine(engine, reference, model, [frame], [unit])
    reference.close()
    return {
        "relative_rms": found.relative_rms,
        "psnr_loss_db": found.psnr_loss_db,
        "largest": found.largest,
        "passed": bool(found.passed),
    }


def command(engine: str, precision: str) -> list[str]:
    """Return what starts a side of an engine."""
    return [sys.executable, str(Path(__file__)), engine, precision]


if __name__ == "__main__":
    here = EngineSide(*sys.argv[1:])
    serve(
        {
            "load": here.load,
            "run": here.run,
            "restore": here.restore,
            "verify": here.verify,
            "close": here.close,
        }
    )
