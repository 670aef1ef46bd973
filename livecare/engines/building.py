"""Engines made ready ahead of a run: built, checked, and kept in the cache."""

from collections.abc import Iterator
from dataclasses import dataclass

from livecare.engines.choosing import Choice, list_candidates, try_candidate
from livecare.engines.protocol import Expected
from livecare.errors import ConfigError, ModelError
from livecare.frame import PixelType, PrecisionName
from livecare.models.package import Model


@dataclass(frozen=True, slots=True)
class Built:
    """What became of an engine.

    Attributes
    ----------
    engine : str
        Which.
    precision : str
        What it computes in; "" for what it prefers.
    good : bool
        Whether it can serve.
    words : str
        How it compares with fp32, or why it cannot serve, for people.
    """

    engine: str
    precision: str
    good: bool
    words: str


def build_engines(
    model: Model,
    size_yx: tuple[int, int],
    *,
    engine: str,
    precision: PrecisionName,
    batch: int,
    threads: int,
    dtype: PixelType = "uint16",
    restored_dtype: PixelType | None = None,
) -> Iterator[Built]:
    """Make every engine ready that may run a model here, best first.

    Parameters
    ----------
    model : Model
        Which model.
    size_yx : tuple of int
        Rows and columns of the frames to come, pixels.
    engine : str
        Key of an engine, or "auto" for all that are installed.
    precision : PrecisionName
        What they compute in. For int8 the model is quantised first, where it does not bring that.
    batch : int
        Frames in a batch at most.
    threads : int
        CPU threads that they may use.
    dtype, restored_dtype : PixelType
        Types of raw and restored frames; None for restored ones of the raw type, as of a run.

    Raises
    ------
    ConfigError, MissingExtraError
        If there is no such engine or precision here, or what quantises is not installed; if the
        size is none.
    ModelError
        If the model restores stacks: frames of a run come one by one.
    """
    _check_asked(model, size_yx)
    candidates = list_candidates(engine, precision)
    if precision == "int8":
        _quantise(model)
    expected = Expected(tuple(size_yx), dtype, restored_dtype or dtype, batch)
    for candidate in candidates:
        tried = try_candidate(candidate, model, threads, expected)
        good, words = isinstance(tried, Choice), tried.words
        if isinstance(tried, Choice):
            tried.engine.close()
        yield Built(candidate.engine, candidate.precision or "", good, words)


def _check_asked(model: Model, size_yx: tuple[int, int]) -> None:
    if min(size_yx) < 1:
        raise ConfigError(f"size: a frame of {size_yx} pixels is none: give its rows and columns")
    if model.axes != "yx":
        raise ModelError(
            f"'{model.name}' restores stacks ({model.axes}), which no run does: use a model for "
            "single planes"
        )


def _quantise(model: Model) -> None:
    """Quantise a model into the cache, unless that is done or it brings its own."""
    from livecare.engines.quantise import quantise_model  # noqa: PLC0415 needs an extra

    quantise_model(model)
