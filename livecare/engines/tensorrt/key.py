"""What an engine file is good for, and nothing else: the key that names it in the cache."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from livecare.engines.tensorrt.flavour import Flavour

if TYPE_CHECKING:
    from livecare.engines.tensorrt.build import Plan

REVISION: Final = 1
"""Raised whenever `livecare.engines.tensorrt.build` asks TensorRT for something else."""
DIGEST_DIGITS: Final = 32
"""Hexadecimal digits of SHA-256 in a key: 128 bits, which no two engines share by chance."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU as far as built engines depend on it.

    Attributes
    ----------
    name : str
        As its driver says: "NVIDIA H200".
    capability : tuple of int
        Compute capability: (9, 0).
    multiprocessors : int
        Streaming multiprocessors; a card cut down to fewer needs another engine.
    driver : str
        Version of CUDA that the driver supports: "13.0".
    """

    name: str
    capability: tuple[int, int]
    multiprocessors: int
    driver: str


def engine_key(network: bytes, plan: "Plan", flavour: Flavour, gpu: Gpu | None) -> str:
    """Return the key of an engine: a few readable words, and a digest of all that it depends on.

    Parameters
    ----------
    network : bytes
        The wrapped network; see `livecare.engines.tensorrt.graph.wrap`.
    plan : Plan
        Sizes, precision, inputs and outputs.
    flavour : Flavour
        The TensorRT that builds it. Another version does not load it.
    gpu : Gpu or None
        The GPU. Engines of TensorRT for RTX are compiled on the GPU that runs them, so only its
        generation is asked for; None is one of Ampere or later.
    """
    digest = _digest(
        revision=REVISION,
        network=hashlib.sha256(network).hexdigest(),
        flavour=flavour.title,
        plan=asdict(plan),
        target=_target(flavour, gpu),
    )
    y, x = plan.shape_yx
    words = (flavour.name, plan.io, f"{y}x{x}", f"b{plan.batch}", plan.precision, digest)
    return "-".join(words)


def timing_key(flavour: Flavour, gpu: Gpu) -> str:
    """Return the key of the measured times of kernels, which all engines of one GPU share."""
    digest = _digest(revision=REVISION, flavour=flavour.title, target=_target(flavour, gpu))
    return f"{flavour.name}-timings-{digest}"


def for_turing(gpu: Gpu | None) -> bool:
    """Say whether a GPU is of the generation that TensorRT for RTX builds for by itself only."""
    return gpu is not None and gpu.capability < (8, 0)


def _target(flavour: Flavour, gpu: Gpu | None) -> Any:  # noqa: ANN401 what JSON holds
    if flavour.is_rtx:
        return "turing" if for_turing(gpu) else "ampere and later"
    return None if gpu is None else asdict(gpu)


def _digest(**parts: Any) -> str:  # noqa: ANN401 what JSON holds
    text = json.dumps(parts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_DIGITS]
