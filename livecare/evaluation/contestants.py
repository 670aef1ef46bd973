"""Contestants: the raw frame, classical baselines and models, all asked in the same way."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from livecare.engines import Engine
from livecare.engines.choosing import choose_engine, list_candidates
from livecare.evaluation.baselines import (
    BASELINES,
    EXTRA,
    Baseline,
    Subject,
    make_baseline,
)
from livecare.frame import Pixels
from livecare.load import engine_cores
from livecare.models.locking import LOCK_FRAMES
from livecare.models.package import Model


@dataclass(frozen=True, slots=True)
class Restored:
    """What a contestant made of a frame.

    Attributes
    ----------
    pixels : array, shape (y, x), float32
        Camera counts.
    spread : array, shape (y, x), float32, or None
        Predicted Laplace scale, camera counts.
    """

    pixels: NDArray[np.float32]
    spread: NDArray[np.float32] | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way in which a contestant restores a recording.

    Attributes
    ----------
    setting : str
        For people.
    restore : callable
        Takes a raw frame of shape (y, x).
    """

    setting: str
    restore: Callable[[Pixels], Restored]


class Contestant(Protocol):
    """Something that restores frames."""

    name: str
    label: str
    kind: Literal["raw", "baseline", "model"]
    tuned_on_truth: bool
    fingerprint: str

    def obstacle(self, *, psf: bool, truth: bool) -> tuple[str, str] | None:
        """Return status and reason why it cannot run, None if it can."""
        ...

    def candidates(self, subject: Subject) -> Sequence[Candidate]:
        """Return the candidates for a recording, the same in number for each."""
        ...

    def close(self) -> None:
        """Free what it holds; safe to call twice."""
        ...


class RawFrame:
    """The camera's picture as it is."""

    name = "raw"
    label = "raw"
    kind: Literal["raw", "baseline", "model"] = "raw"
    tuned_on_truth = False
    fingerprint = "raw"

    def obstacle(self, *, psf: bool, truth: bool) -> None:
        """Return None: nothing hinders it."""
        del psf, truth

    def candidates(self, subject: Subject) -> list[Candidate]:
        """Return the one that changes nothing."""
        del subject
        return [Candidate("", lambda frame: Restored(frame.astype(np.float32)))]

    def close(self) -> None:
        """Do nothing."""


class Classical:
    """A baseline of `livecare.evaluation.baselines`."""

    kind: Literal["raw", "baseline", "model"] = "baseline"

    def __init__(self, name: str) -> None:
        self._entry = BASELINES[name]
        self.name = name
        self.label = self._entry.label
        self.tuned_on_truth = self._entry.tuned_on_truth
        self.fingerprint = f"baseline {name}"
        self._made: Baseline | None = None

    def obstacle(self, *, psf: bool, truth: bool) -> tuple[str, str] | None:
        """Return what is missing: its package, a psf, or a truth to be tuned on."""
        if not self._entry.available:
            return "not installed", f"pip install 'livecare[{EXTRA}]'"
        if self._entry.needs_psf and not psf:
            return "not applicable", "no point spread function: give --psf"
        if self.tuned_on_truth and not truth:
            return "not applicable", "its best setting can only be told with a truth"
        return None

    def candidates(self, subject: Subject) -> list[Candidate]:
        """Return the baseline's own."""
        self._made = self._made or make_baseline(self.name)
        return [
            Candidate(fitted.setting, _without_spread(fitted.restore))
            for fitted in self._made.candidates(subject)
        ]

    def close(self) -> None:
        """Do nothing."""


def _without_spread(
    restore: Callable[[Pixels], NDArray[np.float32]],
) -> Callable[[Pixels], Restored]:
    return lambda frame: Restored(restore(frame))


class Network:
    """A model, run by the engine and the normalisation that a live run uses.

    Parameters
    ----------
    model : Model
        The package.
    label : str
        What the user called it.
    engine : str
        Key of `livecare.engines.ENGINES`, or "auto".
    threads : int or None
        CPU threads; None for all cores.
    """

    kind: Literal["raw", "baseline", "model"] = "model"
    tuned_on_truth = False

    def __init__(
        self, model: Model, label: str, engine: str = "auto", threads: int | None = None
    ) -> None:
        self.model = model
        self.name = f"model-{label}-{model.sha256[:8]}"
        self.label = label
        self.fingerprint = json.dumps([model.sha256, repr(model.normalisation), engine])
        if model.intervals is not None:
            self.fingerprint += repr(model.intervals)
        self._engine_name = engine
        self._threads = threads or engine_cores()
        self._engine: Engine | None = None

    def obstacle(self, *, psf: bool, truth: bool) -> None:
        """Return None: a model needs no psf and no truth."""
        del psf, truth

    def candidates(self, subject: Subject) -> list[Candidate]:
        """Lock the normalisation to the recording's first frames and return the one way to run."""
        engine = self._loaded()
        first = list(subject.frames[:LOCK_FRAMES])
        normaliser = self.model.lock(first, noise=subject.restored_with)
        predicts = self.model.probabilistic

        def restore(frame: Pixels) -> Restored:
            batch = np.ascontiguousarray(frame)[None]
            pixels = np.empty(batch.shape, np.float32)
            spread = np.empty(batch.shape, np.float32) if predicts else None
            engine.infer(batch, pixels, [normaliser.of(frame)], spread)
            return Restored(pixels[0], None if spread is None else spread[0])

        return [Candidate(str(self.model.normalisation.kind), restore)]

    def close(self) -> None:
        """Free the engine."""
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _loaded(self) -> Engine:
        if self._engine is None:
            candidates = list_candidates(self._engine_name)
            self._engine = choose_engine(self.model, candidates, self._threads).engine
        return self._engine
