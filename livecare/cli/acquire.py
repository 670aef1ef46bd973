"""`livecare demo` and `livecare run`: an acquisition from start to report."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from livecare.cli.engine_options import ENGINE_HELP, PRECISION_HELP, PrecisionOption
from livecare.errors import EXIT_INCOMPLETE, StoreExistsError, UsageError

if TYPE_CHECKING:
    from livecare.cli.window import Window
    from livecare.config import Config
    from livecare.sources import FrameSource

HEADLESS_FRAMES = 300
"""Frames of a demonstration that nobody watches: 15 s at its rate."""

ReportFile = Annotated[
    Path | None, typer.Option("--report", help="Write the run's figures here, as JSON.")
]


class DemoSource(StrEnum):
    """What a demonstration looks at."""

    SIMULATED = "simulated"
    MICROMANAGER = "micromanager"


def demo(
    *,
    source: Annotated[
        DemoSource, typer.Option(help="A simulated specimen, or Micro-Manager's demo camera.")
    ] = DemoSource.SIMULATED,
    frames: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many frames; else until the window is closed, or 300 without one."
        ),
    ] = None,
    size: Annotated[tuple[int, int], typer.Option(help="Rows and columns, pixels.")] = (512, 512),
    rate: Annotated[
        float, typer.Option(min=0, help="Frames per second; 0 as fast as the disk takes them.")
    ] = 20.0,
    photons: Annotated[
        float, typer.Option(min=0.1, help="Light at the bright structures, photons per pixel.")
    ] = 15.0,
    seed: Annotated[int, typer.Option(min=0, help="Chooses the specimen and the noise.")] = 0,
    engine: Annotated[str, typer.Option(help=ENGINE_HELP)] = "auto",
    precision: Annotated[PrecisionOption, typer.Option(help=PRECISION_HELP)] = PrecisionOption.AUTO,
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
    from livecare.cli.window import Window, can_open
    from livecare.config import make_config

    if out is not None and out.exists():
        raise StoreExistsError(f"{out} exists; choose another name")
    watched = not headless and can_open()
    endless = watched and frames is None
    if not endless:
        frames = frames or HEADLESS_FRAMES
    table = {
        "source": {
            "kind": source.value,
            "simulated": {
                "frames": frames,
                "size_yx": size,
                "rate_hz": rate or None,
                "photons": photons,
                "seed": seed,
                **({"bleach_half_life": None} if endless else {}),
            },
            "micromanager": _demo_camera(size, rate, frames),
        },
        "store": {
            "path": out or _unused_name("livecare-demo", ".ome.zarr"),
            "record": "when-asked" if endless else "at-once",
        },
        "restorer": {"engine": engine, "precision": precision.value},
    }
    config = make_config(table, "livecare demo")
    if not watched:
        _run(config, report)
        return
    with Window() as window:
        _run(config, report, window)


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
    from livecare.config import read_config

    settings = read_config(config)
    if no_backfill:
        restorer = settings.restorer.model_copy(update={"backfill": False})
        settings = settings.model_copy(update={"restorer": restorer})
    _run(settings, report)


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


def _run(config: "Config", report_file: Path | None, window: "Window | None" = None) -> None:
    import sys

    from livecare.cli.progress import Progress
    from livecare.logs import set_up_logs
    from livecare.scoring import score
    from livecare.sources import make_source
    from livecare.supervisor import Run
    from livecare.supervisor.report import as_table

    if report_file is not None and not report_file.absolute().parent.is_dir():
        raise UsageError(f"cannot write the report {report_file}: there is no such folder")
    set_up_logs("recorder", config.log.level, config.log.format)
    source: FrameSource = make_source(config.source.kind, config.source.settings)
    with Progress() as progress:
        run = Run(config, source, progress.show)
        if window is not None:
            window.when_closed(run.request_stop)
        report = run.execute()
        if report_file is not None:
            report.write(report_file)
        if report.store:
            report = report.with_scores(score(Path(report.store)))
    if report_file is not None:
        report.write(report_file)
    progress.print_table(as_table(report))
    for problem in report.problems:
        sys.stderr.write(f"livecare: {problem}\n")
    if not report.complete:
        sys.stderr.write("livecare: the recording is incomplete\n")
        raise typer.Exit(EXIT_INCOMPLETE)
