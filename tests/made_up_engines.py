"""Engines whose faults are made up, and models for them: no engine's library is needed.

All of them do the same exact arithmetic: blocks as wide as the network's stride are averaged, the
averages are blurred as far as the halo allows, and repeated. Sums are made in one order whatever
the frame, so that a window of a frame gives the very bits that the whole gives.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import yaml
from numpy.typing import NDArray
from window_package import load_window_model

from livecare.engines import ENGINES, EngineEntry, choosing
from livecare.engines.protocol import Expected, Precision
from livecare.errors import EngineError, FrameRefusedError, LivecareError
from livecare.frame import Pixels
from livecare.models import Model
from livecare.models.normalisation import Kind, Normalisation
from livecare.models.padding import Padding
from livecare.models.recipe import NormalisationRecipe

Values = NDArray[np.float32]
PATIENCE_S = 60.0
BRIGHT = 1000.0
"""Samples of window models are brighter than this on average, counts; live frames here are not."""


@dataclass
class Fault:
    """What is wrong with an engine: errors, an amount that its frames differ by, NaN, or a wait."""

    load: LivecareError | None = None
    infer: LivecareError | None = None
    counts: float = 0.0
    nan: bool = False
    dim_frames_only: bool = False
    precision: str | None = None
    may_load: threading.Event | None = None


@dataclass
class Bench:
    """What is wrong with which engine, by "name" or "name precision", and all that were made."""

    faults: dict[str, Fault] = field(default_factory=dict)
    made: list["MadeUpEngine"] = field(default_factory=list)

    @property
    def open(self) -> list[str]:
        """What is loaded and not closed."""
        return [f"{each.name} {each.precision}" for each in self.made if each.model is not None]

    def loaded(self, name: str) -> int:
        """How often an engine was loaded."""
        return sum(each.loads for each in self.made if each.name == name)


present = Bench()


class MadeUpEngine:
    """Averages and blurs, and errs as it is told. See `livecare.engines.protocol.Engine`."""

    name = ""
    device = "paper"

    def __init__(self, precision: Precision = "fp32") -> None:
        faults = present.faults
        self.fault = faults.get(f"{self.name} {precision}", faults.get(self.name, Fault()))
        self.precision = self.fault.precision or precision
        self.model: Model | None = None
        self.loads = 0
        self.expected: Expected | None = None
        self.batches: list[tuple[int, ...]] = []
        self.normalisations: list[Normalisation] = []
        present.made.append(self)

    def load(self, model: Model, threads: int, expected: Expected | None = None) -> None:
        del threads
        self.loads += 1
        self.model, self.expected = model, expected
        if self.fault.may_load is not None:
            assert self.fault.may_load.wait(PATIENCE_S)
        if self.fault.load is not None:
            raise self.fault.load

    def infer(
        self,
        batch: Pixels,
        restored: Pixels,
        normalisations: Sequence[Normalisation],
        spread: object = None,
    ) -> None:
        if self.model is None:
            raise EngineError(f"{self.name}: infer() before load(); load a model first")
        assert spread is None
        assert batch.shape == restored.shape
        assert len(batch) == len(normalisations)
        self.batches.append(batch.shape)
        self.normalisations += normalisations
        for frame, target, normalisation in zip(batch, restored, normalisations, strict=True):
            if np.issubdtype(frame.dtype, np.floating) and not np.isfinite(frame).all():
                raise FrameRefusedError(f"{self.name}: a raw frame that is not finite")
            self._restore(frame, target, normalisation)

    def close(self) -> None:
        self.model = None

    def _restore(self, frame: Pixels, target: Pixels, normalisation: Normalisation) -> None:
        assert self.model is not None
        values = np.empty(frame.shape, np.float32)
        normalisation.normalise(frame, values)
        counts = np.empty(frame.shape, np.float32)
        normalisation.denormalise(blurred(values, self.model), counts)
        if not (self.fault.dim_frames_only and frame.mean() > BRIGHT):
            if self.fault.infer is not None:
                raise self.fault.infer
            counts += np.float32(self.fault.counts)
            if self.fault.nan:
                counts[..., 0] = np.nan
        if np.issubdtype(target.dtype, np.integer):
            limits = np.iinfo(target.dtype)
            counts = np.clip(np.rint(np.nan_to_num(counts)), limits.min, limits.max)
        np.copyto(target, counts, casting="unsafe")


class Reference(MadeUpEngine):
    name = "onnxruntime"


class First(MadeUpEngine):
    name = "first"


class Second(MadeUpEngine):
    name = "second"


class NoEngine:
    """Misses all that an engine is."""


def install(monkeypatch: pytest.MonkeyPatch, *names: str) -> Bench:
    """Put made-up engines in the place of all others; `names` are those of "auto", best first."""
    for name in list(ENGINES):
        monkeypatch.delitem(ENGINES, name)
    for kind, precisions in (
        (First, ("fp16", "fp32")),
        (Second, ("fp32", "bf16", "fp16")),
        (Reference, ("fp32", "int8")),
    ):
        entry = EngineEntry("made_up_engines", kind.__name__, precisions=precisions)
        monkeypatch.setitem(ENGINES, kind.name, entry)
    identity = EngineEntry("livecare.engines.identity", "IdentityEngine")
    monkeypatch.setitem(ENGINES, "identity", identity)
    monkeypatch.setattr(choosing, "AUTO_ORDER", names or ("first", "second", "onnxruntime"))
    bench = Bench()
    monkeypatch.setattr("made_up_engines.present", bench)
    return bench


def miss(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let an engine's package be one that is not installed."""
    gone = replace(ENGINES[name], packages=("no_such_package",), extra=f"{name}-extra")
    monkeypatch.setitem(ENGINES, name, gone)


def blurred(values: Values, model: Model) -> Values:
    """Do what the network of a made-up model does to network units."""
    padding = Padding.to_multiple(values.shape, model.multiple_of)
    padded = np.zeros(padding.padded, np.float32)
    padded[padding.frame] = values
    padding.fill(padded)
    strides = model.multiple_of
    blocks = _summed(
        lambda place: padded[tuple(slice(p, None, s) for p, s in zip(place, strides, strict=True))],
        [range(stride) for stride in strides],
    )
    reaches = [(h + 1) // s - 1 for h, s in zip(model.halo_px, strides, strict=True)]
    edged = np.pad(blocks, [(reach, reach) for reach in reaches])
    lengths = blocks.shape
    total = _summed(
        lambda place: edged[tuple(slice(p, p + n) for p, n in zip(place, lengths, strict=True))],
        [range(2 * reach + 1) for reach in reaches],
    )
    for axis, stride in enumerate(strides):
        total = total.repeat(stride, axis)
    share = np.float32(
        1 / np.prod([s * (2 * r + 1) for s, r in zip(strides, reaches, strict=True)])
    )
    return np.ascontiguousarray(total[padding.frame] * share)


def _summed(part: Callable[[tuple[int, ...]], Values], ranges: Sequence[range]) -> Values:
    first, *others = product(*ranges)
    total = part(first).copy()
    for place in others:
        total += part(place)
    return total


def made_up_model(
    folder: Path,
    axes: str = "yx",
    stride: int = 1,
    reach: int = 1,
    kind: Kind = "fixed",
    test_input: Values | None = None,
) -> Model:
    """Make a model that has a test frame and nothing else; made-up engines run it."""
    folder.mkdir(exist_ok=True, parents=True)
    if test_input is None:
        shape = (24, 32) if axes == "yx" else (5, 24, 32)
        level = 5.0 if kind == "anscombe" else 400.0
        test_input = noisy(shape, level).astype(np.float32)[np.newaxis, np.newaxis]
    np.save(folder / "test_input.npy", test_input)
    described = {
        "type": "model",
        "format_version": "0.5.4",
        "inputs": [{"test_tensor": {"source": "test_input.npy"}}],
    }
    (folder / "rdf.yaml").write_text(yaml.safe_dump(described), encoding="utf-8")
    return replace(
        load_window_model(),
        name="made up",
        folder=folder,
        axes=axes,
        multiple_of=(stride,) * len(axes),
        halo_px=((reach + 1) * stride - 1,) * len(axes),
        normalisation=NormalisationRecipe(kind, 2.0, 99.8),
    )


def noisy(shape: tuple[int, ...], level: float = 400.0, seed: int = 0) -> NDArray[np.int64]:
    """Give photons on a slope: brighter to the right."""
    expected = np.broadcast_to(np.linspace(0.2, 1.8, shape[-1]) * level, shape)
    return np.random.default_rng(seed).poisson(expected)
