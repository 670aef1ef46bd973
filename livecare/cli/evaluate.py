"""`livecare evaluate`: how good restorations are, on the user's files or on the suite."""

import inspect
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from livecare.cli.evaluation_options import EvaluateOptions
from livecare.errors import EXIT_FAILED

if TYPE_CHECKING:
    from livecare.evaluation import Evaluation, Request

WIDTH: Final = 150
"""Columns of a table that goes to a file."""
FRAMES: Final = 8
"""Frames scored per recording where nothing is said."""


def evaluate(**given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """Judge models beside classical restorations: table, scores.json and report.html."""
    from livecare.cli.terminal import plain_console
    from livecare.evaluation import Options, build_suite, read_psf, read_request, run_evaluation

    options = EvaluateOptions(**given)
    options.refuse_contradictions()
    console = plain_console(stderr=True)
    settings = Options(
        models=tuple(options.model or ()),
        baselines=_names(options.baselines),
        engine=options.engine,
        threads=options.threads,
        psf=None if options.psf is None else read_psf(options.psf),
        say=lambda words: console.print(words, style="dim"),
    )
    if options.source is None:
        sets = build_suite(_data_folder(options.data), _names(options.only), quick=options.quick)
        found = run_evaluation("livecare evaluate --suite", sets, settings, options.out)
    else:
        title = f"livecare evaluate {options.source.name}"
        own = [read_request(_request(options, options.source))]
        found = run_evaluation(title, own, settings, options.out)
    _print(found, options.out)
    models = [each for result in found.sets for each in result.outcomes if each.kind == "model"]
    if models and all(each.status == "failed" for each in models):
        raise typer.Exit(EXIT_FAILED)


# The command's parameters are the options' fields, so that each option is written down once.
evaluate.__signature__ = inspect.signature(EvaluateOptions)  # type: ignore[attr-defined]


def _request(options: EvaluateOptions, source: Path) -> "Request":
    from livecare.evaluation import Request
    from livecare.restore_files import camera_noise

    return Request(
        source,
        options.truth,
        options.repeats,
        camera_noise(options.gain, options.offset, options.read_noise),
        options.affine,
        options.frames or FRAMES,
        options.truth_frames,
    )


def _print(found: "Evaluation", out: Path) -> None:
    from livecare.cli.terminal import plain_console
    from livecare.evaluation import summarise, verdicts
    from livecare.evaluation.table import set_table, summary_table

    console = plain_console(width=None if sys.stdout.isatty() else WIDTH)
    for result in found.sets:
        console.print(set_table(result, console.width))
    groups = summarise(found.sets)
    if len(found.sets) > 1 and groups:
        console.print(summary_table(groups))
    for sentence in verdicts(groups):
        console.print(sentence)
    console.print(f"report: {out / 'report.html'}", soft_wrap=True)


def _data_folder(data: Path | None) -> Path:
    named = os.environ.get("LIVECARE_DATA")
    folder = data or (Path(named) if named else None)
    if folder is None or not folder.is_dir():
        from livecare.errors import UsageError

        where = "neither --data nor LIVECARE_DATA is set" if folder is None else f"{folder} is none"
        raise UsageError(f"the suite needs the folder of its recordings: {where}")
    return folder


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
