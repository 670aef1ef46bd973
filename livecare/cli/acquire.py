"""`livecare demo` and `livecare run`: an acquisition from start to report."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livecare.cli.engine_options import Engine, Precision, PrecisionOption
from livecare.cli.scene_options import Photons, Seed, Size
from livecare.errors import EXIT_INCOMPLETE, StoreExistsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from livecare.cli.window import Window
    from livecare.config import Config
    from livecare.sources import FrameSource
    from livecare.supervisor import RunReport

HEADLESS_FRAMES = 300
"""Frames of a demonstration that nobody watches: 15 s at its rate."""

_OF_SPECIMEN = ("photons", "seed")
"""Options of a demonstration that speak of a simulated specimen."""

ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write the run's figures here, as JSON.")
]


class DemoSource(StrEnum):
    """What a demonstration looks at."""

    SIMULATED = "simulated"
    MICROMANAGER = "micromanager"


Demonstrated = Annotated[
    DemoSource,
    typer.Option(
        help="A simulated specimen, or Micro-Manager's demo camera (no --photons, no --seed)."
    ),
]
FrameCount = Annotated[
    int | None,
    typer.Option(
        min=1, help="How many frames; else until the window is closed, or 300 without one."
    ),
]
Rate = Annotated[
    float, typer.Option(min=0, help="Frames per second; 0 as fast as the disk takes them.")
]


def demo(
    ctx: typer.Context,
    *,
    source: Demonstrated = DemoSource.SIMULATED,
    frames: FrameCount = None,
    size: Size = (512, 512),
    rate: Rate = 20.0,
    photons: Photons = 15.0,
    seed: Seed = 0,
    engine: Engine = "auto",
    precision: Precision = PrecisionOption.AUTO,
    headless: Annotated[
        bool, typer.Option("--headless", help="Open no window; nothing of Qt is needed.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="The recording to write; must not exist.")
    ] = None,
    report: ReportFile = None,
) -> None:
    """Show the whole way once: low light in, restored recording and report out.

    In the window it goes on until that is closed, and records when asked to; with --frames, or
    without a window, it records from the first frame on.
    """
    from livecare.cli.window import can_open
    from livecare.config import make_config

    if source is DemoSource.MICROMANAGER:
        _refuse_specimen(ctx)
    if out is not None and out.exists():
        raise StoreExistsError(f"{out} exists; choose another name for --out")
    watched = not headless and can_open()
    endless = watched and frames is None
    if not endless:
        frames = frames or HEADLESS_FRAMES
    specimen: dict[str, Any] = {"frames": frames, "size_yx": size, "rate_hz": rate or None}
    specimen |= {"photons": photons, "seed": seed}
    if endless:
        specimen["bleach_half_life"] = None
    camera = _demo_camera(size, rate, frames)
    path = out or _unused_name("livecare-demo", ".ome.zarr")
    table = {
        "source": {"kind": source.value, "simulated": specimen, "micromanager": camera},
        "store": {"path": path, "record": "when-asked" if endless else "at-once"},
        "restorer": {"engine": engine, "precision": precision.value},
    }
    run_it = _run_in_window if watched else _run
    _tell_what_is_next(run_it(make_config(table, "livecare demo"), report))


def run(
    *,
    config: Annotated[Path, typer.Option(help="The configuration, a TOML file.")],
    report: ReportFile = None,
    no_backfill: Annotated[
        bool,
        typer.Option("--no-backfill", help="Do not restore afterwards what there was no time for."),
    ] = False,
) -> None:
    """Record and restore what a configuration describes, until it ends or Ctrl-C."""
    from livecare.config import Config, read_config

    def read() -> Config:
        settings = read_config(config)
        if not no_backfill:
            return settings
        restorer = settings.restorer.model_copy(update={"backfill": False})
        return settings.model_copy(update={"restorer": restorer})

    _run(read(), report, reread=read)


def _run_in_window(config: "Config", report_file: Path | None) -> "RunReport":
    from livecare.cli.window import Window

    with Window() as window:
        return _run(config, report_file, window)


def _refuse_specimen(ctx: typer.Context) -> None:
    """Raise UsageError where words were said of the specimen, though there is none."""
    given = [f"--{name}" for name in _OF_SPECIMEN if _is_given(ctx, name)]
    if given:
        raise UsageError(
            f"{' and '.join(given)}: Micro-Manager's demo camera shows no simulated specimen; "
            "leave that out, or give --source simulated"
        )


def _is_given(ctx: typer.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def _demo_camera(size: tuple[int, int], rate_hz: float, frames: int | None) -> dict[str, Any]:
    from dataclasses import asdict

    from livecare.sources.micromanager import demo_settings

    exposure_ms = 1000 / rate_hz if rate_hz else 1.0
    return asdict(demo_settings(size, exposure_ms=exposure_ms, frames=frames))


def _unused_name(stem: str, suffix: str) -> Path:
    number = 1
    while (path := Path(f"{stem}-{number}{suffix}")).exists():
        number += 1
    return path


def _run(
    config: "Config",
    report_file: Path | None,
    window: "Window | None" = None,
    reread: "Callable[[], Config] | None" = None,
) -> "RunReport":
    """Run, print what came of it, and return that. Raises typer.Exit where frames are missing."""
    from livecare.cli.log_progress import LogProgress
    from livecare.cli.progress import Progress
    from livecare.logs import set_up_logs
    from livecare.sources import make_source
    from livecare.supervisor import Run
    from livecare.supervisor.report import as_table

    if report_file is not None and not report_file.absolute().parent.is_dir():
        raise UsageError(f"cannot write the report {report_file}: there is no such folder")
    set_up_logs("recorder", config.log.level, config.log.format)
    with config.origin.naming(f"source.{config.source.kind}"):
        source: FrameSource = make_source(config.source.kind, config.source.settings)
    shown: LogProgress | Progress = LogProgress() if config.log.format == "json" else Progress()
    with shown as progress, config.origin.naming_what_is_spoken_of():
        run = Run(config, source, progress.show, reread)
        if window is not None:
            window.when_closed(run.request_stop)
        report = run.execute()
        if report_file is not None:
            report.write(report_file)
        if report.store:
            report = report.with_scores(_scores_of(report))
    if report_file is not None:
        report.write(report_file)
    progress.print_table(as_table(report))
    for problem in report.problems:
        progress.print_problem(problem)
    if not report.complete:
        progress.print_problem("the recording is incomplete")
        raise typer.Exit(EXIT_INCOMPLETE)
    return report


def _tell_what_is_next(report: "RunReport") -> None:
    """Write the page of each recording of a demonstration, and say what can be done with them."""
    from livecare.errors import LivecareError
    from livecare.run_page import write_page

    for store in (each.store for each in report.parts or (report,) if each.store):
        try:
            typer.echo(f"its report, for a browser: {write_page(Path(store)).path}", err=True)
        except LivecareError as error:
            typer.echo(f"it has no report: {error}", err=True)
        typer.echo(f"for Fiji: livecare export {store} demo.ome.tif", err=True)


def _scores_of(report: "RunReport") -> dict[str, float] | None:
    """Score a recording; one that is known to be incomplete may be beyond reading."""
    from livecare.errors import LivecareError
    from livecare.logs import logger
    from livecare.scoring import score

    try:
        return score(Path(report.store))
    except LivecareError as error:
        if report.complete:
            raise
        logger().warning("the recording cannot be scored", reason=str(error))
        return None
