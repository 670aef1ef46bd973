"""`livecare calibrate`: what a camera is like, from files or from the camera itself."""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from livecare.cli.calibrate_options import CalibrateOptions
from livecare.errors import ConfigError

if TYPE_CHECKING:
    from livecare.camera import Calibration, PixelMaps


def calibrate(**given: Any) -> None:  # noqa: ANN401 - each option has its own type
    """Measure gain, offset and read noise of a camera, and keep them for its runs."""
    options = CalibrateOptions(**given)
    options.refuse_contradictions()
    if options.list_all or options.show is not None:
        _print_kept(options.show)
        return
    made, maps = _measure_files(options) if options.config is None else _measure_core(options)
    _keep(made, maps, options.name, options.output)


# The command's parameters are the options' fields, so that each option is written down once.
calibrate.__signature__ = inspect.signature(CalibrateOptions)  # type: ignore[attr-defined]


def _measure_core(options: CalibrateOptions) -> "tuple[Calibration, PixelMaps]":
    from livecare.cli.calibrate_core import measure_core

    return measure_core(
        options.config or "",
        options.adapter_path,
        options.prop or (),
        options.exposures_ms,
        options.dark_exposure_ms,
        options.per_level,
    )


def _measure_files(options: CalibrateOptions) -> "tuple[Calibration, PixelMaps]":
    from livecare.camera import measure_dark_and_light, measure_scene
    from livecare.cli.calibrate_files import FileRun, key_of_files

    files, dark, channel = options.files, options.dark or [], options.channel
    identity = (options.camera, options.binning, options.bit_depth, options.readout or ())
    key = key_of_files(files[0], *identity)
    if options.static is not None or options.frames is not None:
        moving = options.frames is not None
        return measure_scene(FileRun(files, channel), key, moving=moving)
    light = [FileRun([path], channel) for path in options.series or ()]
    if not (dark and light):
        raise ConfigError(
            "livecare calibrate: dark frames and a series need each other: give --dark and "
            "--series, or one recording of a still scene with --static"
        )
    return measure_dark_and_light(FileRun(dark, channel), light, key)


def _keep(made: "Calibration", maps: "PixelMaps", name: str | None, output: Path | None) -> None:
    from livecare.camera.shelf import name_for, save, shelf_folder
    from livecare.cli.calibrate_words import describe, where
    from livecare.models.library import NAME

    if name is not None and not NAME.fullmatch(name):
        raise ConfigError(
            f"--name {name}: use up to 64 letters, digits, '.', '_' and '-', beginning with a "
            "letter or digit"
        )
    folder = output or shelf_folder() / (name or name_for(made.key))
    save(made, maps, folder)
    for line in (*describe(made), *where(made, folder, kept=output is None)):
        typer.echo(line)


def _print_kept(name: str | None) -> None:
    from livecare.camera.shelf import entries, find, shelf_folder
    from livecare.cli.calibrate_words import describe, list_line, snippet

    if name is not None:
        entry = find(name)
        if entry.calibration is not None:
            for line in (*describe(entry.calibration), snippet(entry.calibration)):
                typer.echo(line)
        return
    kept = entries()
    if not kept:
        typer.echo(f"no calibration in {shelf_folder()}; livecare calibrate --help says how")
    for entry in kept:
        typer.echo(list_line(entry, max(len(each.name) for each in kept)))
