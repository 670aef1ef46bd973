"""`livecare advise`: how little light is enough, from a short series."""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from livecare.cli.advise_options import AdviseOptions

if TYPE_CHECKING:
    from livecare.advisor.estimate import AreaScores, Estimate
    from livecare.advisor.predicting import Prediction
    from livecare.advisor.series import Series
    from livecare.advisor.target import Advice
    from livecare.camera.core_series import SnapCore

AREAS: Final = {"whole": "whole image", "bright": "bright structures", "region": "region"}
"""Names of areas on the command line, and in tables."""


def advise(**given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """Predict how good restored frames of shorter exposures are, and name the lowest that does."""
    from livecare.advisor.areas import Region
    from livecare.advisor.predicting import Question, predict
    from livecare.advisor.restoring import FrameRestorer
    from livecare.advisor.target import Target
    from livecare.advisor.target import advise as find_advice
    from livecare.restore_files import camera_noise

    options = AdviseOptions(**given)
    options.refuse_contradictions()
    area = _area(options)
    targets = [Target.parse(text) for text in options.target or []]
    question = Question(
        camera=camera_noise(options.gain, options.offset, options.read_noise),
        region=None if options.region is None else Region.parse(options.region),
        say=lambda words: typer.echo(words, err=True),
    )
    if options.apply and (options.config is None or len(targets) != 1):
        raise typer.BadParameter("--apply needs --config and one --target")
    core = _open(options)
    series = _series(options, core)
    with FrameRestorer(options.model, options.engine, options.threads) as restorer:
        prediction = predict(series, restorer, question)
    advices = [find_advice(prediction, target, area) for target in targets]
    _print(prediction, advices)
    if options.out is not None:
        _write(options.out, prediction, advices)
    if options.apply and core is not None:
        _apply(core, advices[0], len(prediction.warnings), yes=options.yes)


# The command's parameters are the options' fields, so that each option is written down once.
advise.__signature__ = inspect.signature(AdviseOptions)  # type: ignore[attr-defined]


def _area(options: AdviseOptions) -> str:
    chosen = options.area or ("whole" if options.region is None else "region")
    if chosen not in AREAS:
        raise typer.BadParameter(f"--area {chosen}: choose one of {', '.join(AREAS)}")
    if chosen == "region" and options.region is None:
        raise typer.BadParameter("--area region needs --region")
    return AREAS[chosen]


def _open(options: AdviseOptions) -> "SnapCore | None":
    from livecare.advisor.microscope import open_core

    if (options.config is None) == (not options.files):
        raise typer.BadParameter("give either FILEs or --config")
    return None if options.config is None else open_core(options.config, options.adapter_path)


def _series(options: AdviseOptions, core: "SnapCore | None") -> "list[Series]":
    from livecare.advisor.microscope import record_series
    from livecare.advisor.reading import parse_exposures, read_series

    exposures = parse_exposures(options.exposure_ms)
    if core is None:
        return read_series(options.files or [], exposures)
    if not exposures:
        raise typer.BadParameter("--config needs --exposure-ms, for example 10,50")
    return record_series(core, exposures, options.frames)


def _print(prediction: "Prediction", advices: "list[Advice]") -> None:
    typer.echo(f"camera: {prediction.camera.words}")
    for area in prediction.areas:
        typer.echo(f"\n{area}\n{'ms':>8}  {'PSNR, dB':>20}  {'NRMSE':>22}  {'SSIM':>21}")
        for row in prediction.rows:
            typer.echo(_line(row.exposure_ms, row.areas[area]))
        for row in prediction.measured:
            typer.echo(f"{_line(row.exposure_ms, row.areas[area])}  measured")
    for warning in prediction.warnings:
        typer.echo(f"warning: {warning}", err=True)
    typer.echo("")
    for advice in advices:
        typer.echo(f"{advice.sentence}.")


def _line(exposure_ms: float, scores: "AreaScores") -> str:
    def words(estimate: "Estimate", digits: int) -> str:
        value, low, high = (
            f"{each:.{digits}f}" for each in (estimate.value, estimate.low, estimate.high)
        )
        return f"{value} ({low} - {high})"

    return (
        f"{exposure_ms:8.3g}  {words(scores.psnr_db, 1):>20}  {words(scores.nrmse, 3):>22}  "
        f"{words(scores.ssim, 3):>21}"
    )


def _write(out: Path, prediction: "Prediction", advices: "list[Advice]") -> None:
    from livecare.advisor.page import render_page
    from livecare.errors import UsageError

    try:
        out.write_text(render_page(prediction, advices), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {out} ({error.strerror}): give another --out") from error
    typer.echo(f"page: {out}")


def _apply(core: "SnapCore", advice: "Advice", warnings: int, *, yes: bool) -> None:
    from livecare.advisor.microscope import set_exposure

    if advice.exposure_ms is None:
        typer.echo("nothing is set: no exposure surely meets the target", err=True)
        return
    if yes and warnings:
        typer.echo("nothing is set: there are warnings; leave --yes out to be asked", err=True)
        return
    spite = f" in spite of {warnings} warnings" if warnings else ""
    if yes or typer.confirm(f"Set the camera's exposure to {advice.exposure_ms:.4g} ms{spite}?"):
        taken = set_exposure(core, advice.exposure_ms)
        line = f"exposure_ms = {taken:.4g}"
        typer.echo(f"set: the camera takes {taken:.4g} ms; in a run's configuration: {line}")
