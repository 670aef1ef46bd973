"""A whole evaluation: every set, every contestant, and the files that say what was found."""

import datetime as dt
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from livecare import __version__
from livecare.engines.choosing import list_candidates
from livecare.errors import ModelError, UsageError
from livecare.evaluation.baselines import find_baselines
from livecare.evaluation.cache import Cache, cannot_write
from livecare.evaluation.contestants import Classical, Contestant, Network, RawFrame
from livecare.evaluation.evaluating import evaluate_set
from livecare.evaluation.imageset import ImageSet
from livecare.evaluation.model_card import describe_model
from livecare.evaluation.report import render_report
from livecare.evaluation.results import Evaluation
from livecare.models.package import find_model

REPORT_FILE: Final = "report.html"
SCORES_FILE: Final = "scores.json"
CACHE_FOLDER: Final = "outcomes"
DEFAULT_MODELS: Final = ("default", "default-fast")
"""Models that are evaluated if none is named."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to evaluate.

    Attributes
    ----------
    models : tuple of str
        Names or paths of models; those that come with livecare if empty.
    baselines : tuple of str
        Names, ("all",) or ("none",).
    engine : str
        Key of `livecare.engines.ENGINES`, or "auto".
    threads : int or None
        CPU threads of the engine; None for all cores.
    psf : array or None
        Point spread function for deconvolution.
    say : callable
        Told what is going on.
    """

    models: tuple[str, ...] = ()
    baselines: tuple[str, ...] = ("all",)
    engine: str = "auto"
    threads: int | None = None
    psf: NDArray[np.float32] | None = None
    say: Callable[[str], None] = field(default=lambda _: None)


def run_evaluation(title: str, sets: Iterable[ImageSet], options: Options, out: Path) -> Evaluation:
    """Evaluate sets and write `report.html` and `scores.json` after each, so that none is lost.

    Parameters
    ----------
    title : str
        Heads the report.
    sets : iterable of ImageSet
        Read one after another.
    options : Options
        How to evaluate.
    out : Path
        Folder to write to; outcomes that are there and still right are not made again.

    Raises
    ------
    UsageError
        If the folder cannot be made or written to, or a model or baseline does not exist.
    """
    _make_folder(out)
    cache = Cache(out / CACHE_FOLDER)
    contestants = make_contestants(options)
    cards = tuple(describe_model(each.model) for each in contestants if isinstance(each, Network))
    found = Evaluation(title, _made(options), (), cards)
    try:
        for images in sets:
            result = evaluate_set(
                images, contestants, psf=options.psf, cache=cache, say=options.say
            )
            found = replace(found, sets=(*found.sets, result))
            write_evaluation(found, out)
    finally:
        for contestant in contestants:
            contestant.close()
    return found


def make_contestants(options: Options) -> list[Contestant]:
    """Return raw, the baselines and the models. Raises UsageError where a name is wrong."""
    list_candidates(options.engine)
    names = options.models or DEFAULT_MODELS
    networks: list[Contestant] = []
    for name in dict.fromkeys(names):
        model = find_model(name)
        if model.axes != "yx":
            raise ModelError(
                f"the model '{name}' restores stacks (axes {model.axes}); evaluate judges single "
                "frames: give a model with the axes yx"
            )
        label = Path(name).name if Path(name).exists() else name
        networks.append(Network(model, label, options.engine, options.threads))
    baselines = [Classical(name) for name in find_baselines(options.baselines)]
    return [RawFrame(), *baselines, *networks]


def write_evaluation(found: Evaluation, out: Path) -> None:
    """Write the report and the scores. Raises UsageError where that cannot be."""
    report = render_report(found)
    scores = msgspec.json.format(msgspec.json.encode(found.without_pictures()), indent=1)
    try:
        (out / REPORT_FILE).write_text(report, encoding="utf-8")
        (out / SCORES_FILE).write_bytes(scores)
    except OSError as error:
        raise cannot_write(out, error) from error


def read_evaluation(file: Path) -> Evaluation:
    """Read scores back.

    Raises
    ------
    UsageError
        If the file is missing or holds no scores.
    """
    try:
        return msgspec.json.decode(file.read_bytes(), type=Evaluation)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{file} holds no scores of livecare evaluate ({error})") from error


def _made(options: Options) -> dict[str, str]:
    return {
        "made": dt.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M"),
        "by livecare": __version__,
        "on": f"{platform.system()} {platform.machine()}",
        "engine": options.engine,
    }


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot make the folder {out} ({error}): give another --out") from error
