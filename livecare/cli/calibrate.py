"""`livecare calibrate`: what a camera is like, from files or from the camera itself."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from livecare.errors import ConfigError

if TYPE_CHECKING:
    from livecare.camera import Calibration, PixelMaps

Files = list[Path] | None


def calibrate(
    *,
    dark: Annotated[
        Files, typer.Option(help="Dark frames, with --series: a file or folder; repeatable.")
    ] = None,
    series: Annotated[
        Files, typer.Option(help="A still scene at one light level; repeat for each level.")
    ] = None,
    static: Annotated[
        Path | None, typer.Option(help="Any recording of a still scene with dark and bright parts.")
    ] = None,
    frames: Annotated[
        Path | None, typer.Option(help="Any recording; what moves in it is left out.")
    ] = None,
    config: Annotated[
        str | None, typer.Option(help="Micro-Manager configuration (.cfg, or demo): take frames.")
    ] = None,
    exposures_ms: Annotated[
        str, typer.Option(help="With --config: exposures of the series, ms.")
    ] = "5,10,20,40,80",
    dark_exposure_ms: Annotated[
        float | None, typer.Option(help="With --config: of dark frames, ms; else the shortest.")
    ] = None,
    per_level: Annotated[int, typer.Option(min=12, help="With --config: frames a level.")] = 20,
    prop: Annotated[
        list[str] | None,
        typer.Option("--property", help="With --config: NAME=VALUE of the camera; repeatable."),
    ] = None,
    adapter_path: Annotated[
        Path | None, typer.Option(help="With --config: folder with the device adapters.")
    ] = None,
    channel: Annotated[int, typer.Option(min=0, help="Channel of the files, from 0.")] = 0,
    camera: Annotated[
        str | None, typer.Option(help="The camera's name as streams say it; else the file's.")
    ] = None,
    binning: Annotated[str | None, typer.Option(help="Its binning; else the file's.")] = None,
    bit_depth: Annotated[int | None, typer.Option(help="Its bits; else the file's.")] = None,
    readout: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE of its readout mode; repeatable.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What to call it; else as the camera.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder to write instead of your calibrations.")
    ] = None,
    show: Annotated[str | None, typer.Option(help="Print a calibration by its name.")] = None,
    list_all: Annotated[bool, typer.Option("--list", help="List all calibrations.")] = False,
) -> None:
    """Measure gain, offset and read noise of a camera, and keep them for its runs."""
    ways = {
        "--list": list_all,
        "--show": show is not None,
        "--dark with --series": bool(dark or series),
        "--static": static is not None,
        "--frames": frames is not None,
        "--config": config is not None,
    }
    if sum(ways.values()) != 1:
        raise ConfigError(f"livecare calibrate: give one of {', '.join(ways)}")
    if list_all or show is not None:
        _print_kept(show)
        return
    if config is not None:
        from livecare.cli.calibrate_core import measure_core

        made, maps = measure_core(
            config, adapter_path, prop or (), exposures_ms, dark_exposure_ms, per_level
        )
    else:
        files = [*(dark or ()), *(series or ()), *([static] if static else ())]
        files += [frames] if frames else []
        identity = (camera, binning, bit_depth, readout or ())
        made, maps = _measure_files(files, len(dark or ()), identity, channel, blind=bool(frames))
    _keep(made, maps, name, output)


def _measure_files(
    files: list[Path],
    dark: int,
    identity: tuple[str | None, str | None, int | None, list[str] | tuple[()]],
    channel: int,
    *,
    blind: bool,
) -> "tuple[Calibration, PixelMaps]":
    """Measure from files, of which so many at the beginning are dark."""
    from livecare.camera import measure_dark_and_light, measure_scene
    from livecare.cli.calibrate_files import FileRun, key_of_files

    key = key_of_files(files[0], *identity)
    if len(files) == 1 and not dark:
        return measure_scene(FileRun(files, channel), key, moving=blind)
    light = [FileRun([path], channel) for path in files[dark:]]
    if not (dark and light):
        raise ConfigError(
            "livecare calibrate: dark frames and a series need each other: give --dark and "
            "--series, or one recording of a still scene with --static"
        )
    return measure_dark_and_light(FileRun(files[:dark], channel), light, key)


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
