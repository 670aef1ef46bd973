"""Which engine runs a model on this machine: candidates in order, each checked before it serves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from livecare.engines import AUTO, AUTO_ORDER, ENGINES, make_engine, resolve_engine
from livecare.engines.checking import Check, check_engine
from livecare.engines.protocol import PRECISIONS, Engine, Expected, Precision
from livecare.errors import ConfigError, EngineError, LivecareError
from livecare.frame import PrecisionName
from livecare.logs import logger
from livecare.models.package import Model
from livecare.models.sample import sample_of

REFERENCE: Final = "onnxruntime"
"""What others are compared with, in fp32."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An engine that may be taken, and the precision that it would compute in."""

    engine: str
    precision: Precision | None

    @property
    def words(self) -> str:
        """Both, for people."""
        return f"{self.engine} {self.precision}" if self.precision else self.engine


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a candidate was not taken; `reason` is for people and has the figures."""

    candidate: Candidate
    reason: str

    @property
    def words(self) -> str:
        """All of it, for people."""
        return f"{self.candidate.words}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Choice:
    """The engine that was taken, loaded.

    Attributes
    ----------
    candidate : Candidate
        What it was taken as.
    engine : Engine
        Ready for frames.
    check : Check or None
        How it compared with fp32; None where it is the reference itself, or runs no network.
    refused : tuple of Refusal
        What was tried before it.
    """

    candidate: Candidate
    engine: Engine
    check: Check | None
    refused: tuple[Refusal, ...] = ()

    @property
    def words(self) -> str:
        """What runs and why, in a line for people."""
        engine = self.engine
        words = [f"{engine.name} {engine.precision} on {engine.device}"]
        if self.check is not None:
            words.append(self.check.words)
        words += [f"not {refusal.words}" for refusal in self.refused]
        return "; ".join(words)


def list_candidates(engine: str = AUTO, precision: PrecisionName = "auto") -> list[Candidate]:
    """Return what may run a model, best first.

    A precision that was asked for comes first, on each engine that knows it; behind it the same
    engines as they prefer, so that a refusal is no end. Engines whose packages are not installed
    are left out where none was asked for by name.

    Parameters
    ----------
    engine : str
        A key of `livecare.engines.ENGINES`, or "auto".
    precision : str
        One of `livecare.engines.protocol.PRECISIONS`, or "auto".

    Raises
    ------
    ConfigError
        If there is no such engine or precision, or no engine here computes in it.
    MissingExtraError
        If the engine, or every one that restores, is not installed.
    """
    if precision not in (AUTO, *PRECISIONS):
        raise ConfigError(
            f"precision: there is no '{precision}'; choose {AUTO} or one of {', '.join(PRECISIONS)}"
        )
    names = _installed(engine)
    preferred = [Candidate(name, next(iter(ENGINES[name].precisions), None)) for name in names]
    if precision == "auto":
        return preferred
    able = [Candidate(name, precision) for name in names if precision in ENGINES[name].precisions]
    if not able:
        raise ConfigError(
            f"precision: {' and '.join(names)} cannot compute in {precision}; "
            f"leave it out, or install an engine that can: {_able_at_all(precision)}"
        )
    return [*able, *(each for each in preferred if each not in able)]


def _installed(engine: str) -> list[str]:
    """Return the engine that was asked for, or all that restore; raises as `resolve_engine`."""
    if engine != AUTO:
        return [resolve_engine(engine)]
    available = [name for name in AUTO_ORDER if ENGINES[name].available]
    return available or [resolve_engine(AUTO_ORDER[-1])]


def _able_at_all(precision: Precision) -> str:
    able = [name for name, entry in ENGINES.items() if precision in entry.precisions]
    return ", ".join(f"{name} (pip install 'livecare[{ENGINES[name].extra}]')" for name in able)


def choose_engine(
    model: Model,
    candidates: list[Candidate],
    threads: int,
    expected: Expected | None = None,
    refused: Sequence[Refusal] = (),
) -> Choice:
    """Load the first candidate that can run the model and gives what fp32 gives.

    Parameters
    ----------
    model : Model
        What it is to run.
    candidates : list of Candidate
        See `list_candidates`; at least one.
    threads : int
        CPU threads that it may use.
    expected : Expected or None
        The frames that are to come, where that is known.
    refused : sequence of Refusal
        Candidates that were found unfit before; they are not tried again.

    Raises
    ------
    EngineError
        If none can; says why each cannot.
    """
    all_refused = list(refused)
    for candidate in candidates:
        if any(refusal.candidate == candidate for refusal in refused):
            continue
        tried = try_candidate(candidate, model, threads, expected)
        if isinstance(tried, Choice):
            return replace(tried, refused=tuple(all_refused))
        logger().warning("engine not taken", engine=candidate.words, reason=tried.reason)
        all_refused.append(tried)
    raise EngineError(
        f"no engine can run the model '{model.name}': "
        + "; ".join(refusal.words for refusal in all_refused)
    )


def try_candidate(
    candidate: Candidate, model: Model, threads: int, expected: Expected | None
) -> Choice | Refusal:
    """Load one candidate and compare it with fp32; one that is refused is closed."""
    try:
        engine = make_engine(candidate.engine, candidate.precision)
        loaded, check = _try(engine, model, threads, expected)
    except LivecareError as error:
        return Refusal(candidate, str(error))
    except ImportError as error:  # installed, but of no use here: a driver or a library is missing
        return Refusal(candidate, f"its package cannot be imported ({error}): install it again")
    if check is None or check.passed:
        return Choice(candidate, loaded, check)
    loaded.close()
    return Refusal(candidate, f"it {check.words}, which is too much")


def _try(
    engine: Engine, model: Model, threads: int, expected: Expected | None
) -> tuple[Engine, Check | None]:
    """Load an engine and compare it with fp32, unless it is that or runs no network."""
    try:
        engine.load(model, threads, expected)
        if engine.precision == "exact" or is_reference(engine):
            return engine, None
        return engine, check_on_sample(engine, model, threads, expected)
    except LivecareError:
        engine.close()
        raise


def is_reference(engine: Engine) -> bool:
    """Tell whether an engine is what others are compared with."""
    return (engine.name, engine.precision) == (REFERENCE, "fp32")


def check_on_sample(engine: Engine, model: Model, threads: int, expected: Expected | None) -> Check:
    """Compare a loaded engine with fp32 on the model's own test frame.

    Raises
    ------
    EngineError, ModelError
        If one of the two fails, or the model has no test frame.
    """
    dtype = "uint16" if expected is None else expected.dtype
    sample = sample_of(model, dtype, None if expected is None else expected.shape)
    with Reference(model, threads) as reference:
        restored = None if expected is None else expected.restored_dtype
        frames, units = [sample.frame], [sample.normalisation]
        return check_engine(engine, reference.engine, model, frames, units, restored)


class Reference:
    """The engine in fp32 that others are compared with, for as long as a comparison takes."""

    def __init__(self, model: Model, threads: int) -> None:
        self.engine = make_engine(REFERENCE, "fp32")
        try:
            self.engine.load(model, threads)
        except LivecareError:
            self.engine.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.close()
