"""Wrapped networks, run with ONNX Runtime as a GPU would run them, and what to feed them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnxruntime
from window_package import load_window_model

from livecare.engines.tensorrt.graph import RAW, TABLE, UNITS
from livecare.engines.tensorrt.packing import pack_units
from livecare.models import IntensityWindow, Model, Normalisation, load_bundled
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.models.padding import Padding

WINDOWS = [IntensityWindow(90, 400), IntensityWindow(100.25, 300.5), IntensityWindow(8e3, 3e4)]
NOISES = [
    NoiseUnits(CameraNoise(2.0, 100.0, 1.0)),
    NoiseUnits(CameraNoise(0.5, 90.0, 0.0)),
    NoiseUnits(CameraNoise(80.0, 8000.0, 2.5)),
]
BINNED = NoiseUnits(CameraNoise(2.0, 100.0, 1.0, binning=2))
CASES: dict[str, tuple[Callable[[], Model], Sequence[Normalisation]]] = {
    "default-fast": (lambda: load_bundled("default-fast"), NOISES),
    "default": (lambda: load_bundled("default"), NOISES),
    "window": (load_window_model, WINDOWS),
}
Arrays = dict[str, np.ndarray]


def frames_of(shape_yx: tuple[int, int]) -> np.ndarray:
    """Three frames from dim to saturated, with the extremes of uint16 in the last."""
    rng = np.random.default_rng(1)
    raw = rng.poisson(rng.gamma(2.0, 60.0, (3, *shape_yx))) + 100
    raw[2] = np.minimum(raw[2] * 80, 65535)
    raw[2].flat[0], raw[2].flat[-1] = 0, 65535
    return raw.astype(np.uint16)


def to_bytes(frames: np.ndarray) -> np.ndarray:
    return frames.astype("<u2")[..., np.newaxis].view(np.uint8)


def from_bytes(parts: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(parts).view("<u2")[..., 0]


def counts_feed(raw: np.ndarray, normalisations: Sequence[Normalisation]) -> Arrays:
    units, table = pack_units(normalisations)
    feed = {RAW: to_bytes(raw), UNITS: units}
    return feed if table is None else feed | {TABLE: table}


def run(graph: bytes, feed: Arrays) -> list[Any]:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    made: list[Any] = session.run(None, feed)
    return made


def restored_by_cpu(
    model: Model, raw: np.ndarray, normalisations: Sequence[Normalisation]
) -> np.ndarray:
    """Frame by frame with the models' own normalisation and padding, outside of any graph."""
    padding = Padding.to_multiple(raw.shape[1:], model.multiple_of)
    restored = np.zeros_like(raw)
    for frame, kept, normalisation in zip(raw, restored, normalisations, strict=True):
        padded = np.zeros((1, 1, *padding.padded), np.float32)
        normalisation.normalise(frame, padded[0, 0][padding.frame])
        padding.fill(padded[0, 0])
        estimate = run(model.onnx_path.read_bytes(), {RAW: padded})[0][0, 0][padding.frame]
        normalisation.denormalise(np.ascontiguousarray(estimate), kept)
    return restored
