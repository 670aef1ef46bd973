"""Knows the options of `livecare calibrate`: types, defaults, limits, and what is said of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from livecare.cli.given_options import given_options
from livecare.errors import ConfigError

Files = list[Path] | None

OF_FILES: Final = ("channel", "camera", "binning", "bit_depth", "readout")
"""Fields that say something of files."""
OF_CORE: Final = ("exposures_ms", "dark_exposure_ms", "per_level", "prop", "adapter_path")
"""Fields that say how Micro-Manager takes the frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateOptions:
    """What a user asks of a calibration, in the order of its help, which tells of each."""

    dark: Annotated[
        Files, typer.Option(help="Dark frames, with --series: a file or folder; repeatable.")
    ] = None
    series: Annotated[
        Files, typer.Option(help="A still scene at one light level; repeat for each level.")
    ] = None
    static: Annotated[
        Path | None, typer.Option(help="Any recording of a still scene with dark and bright parts.")
    ] = None
    frames: Annotated[
        Path | None, typer.Option(help="Any recording; what moves in it is left out.")
    ] = None
    config: Annotated[
        str | None, typer.Option(help="Micro-Manager configuration (.cfg, or demo): take frames.")
    ] = None
    exposures_ms: Annotated[
        str, typer.Option(help="With --config: exposures of the series, ms.")
    ] = "5,10,20,40,80"
    dark_exposure_ms: Annotated[
        float | None, typer.Option(help="With --config: of dark frames, ms; else the shortest.")
    ] = None
    per_level: Annotated[int, typer.Option(min=12, help="With --config: frames a level.")] = 20
    prop: Annotated[
        list[str] | None,
        typer.Option("--property", help="With --config: NAME=VALUE of the camera; repeatable."),
    ] = None
    adapter_path: Annotated[
        Path | None, typer.Option(help="With --config: folder with the device adapters.")
    ] = None
    channel: Annotated[int, typer.Option(min=0, help="Of files: the channel, from 0.")] = 0
    camera: Annotated[
        str | None,
        typer.Option(help="Of files: the camera's name as streams say it; else the file's."),
    ] = None
    binning: Annotated[str | None, typer.Option(help="Of files: its binning; else the file's.")] = (
        None
    )
    bit_depth: Annotated[int | None, typer.Option(help="Of files: its bits; else the file's.")] = (
        None
    )
    readout: Annotated[
        list[str] | None, typer.Option(help="Of files: NAME=VALUE of its readout mode; repeatable.")
    ] = None
    name: Annotated[
        str | None, typer.Option(help="What to call it; else as the camera. Not with --output.")
    ] = None
    output: Annotated[
        Path | None,
        typer.Option(help="Folder to write instead of your calibrations; no run looks there."),
    ] = None
    show: Annotated[str | None, typer.Option(help="Print a calibration by its name.")] = None
    list_all: Annotated[bool, typer.Option("--list", help="List all calibrations.")] = False

    @property
    def files(self) -> list[Path]:
        """All files that are to be read, dark ones first."""
        alone = [each for each in (self.static, self.frames) if each is not None]
        return [*(self.dark or ()), *(self.series or ()), *alone]

    @property
    def ways(self) -> dict[str, bool]:
        """What may be asked for, and whether it is; exactly one of these makes sense."""
        return {
            "--list": self.list_all,
            "--show": self.show is not None,
            "--dark with --series": bool(self.dark or self.series),
            "--static": self.static is not None,
            "--frames": self.frames is not None,
            "--config": self.config is not None,
        }

    def refuse_contradictions(self) -> None:
        """Refuse what names no way or several, or options that would do nothing.

        Raises
        ------
        ConfigError
            Names the options.
        """
        if sum(self.ways.values()) != 1:
            raise ConfigError(f"livecare calibrate: give one of {', '.join(self.ways)}")
        if self.config is not None and (given := given_options(self, OF_FILES)):
            raise ConfigError(
                f"--config does not go with {given}: that is for files, and a core says it of its "
                f"camera; leave {given} out"
            )
        if self.config is None and (given := given_options(self, OF_CORE)):
            raise ConfigError(
                f"{given}: that is for frames that Micro-Manager takes; give --config instead of "
                f"files, or leave {given} out"
            )
        if self.output is not None and self.name is not None:
            raise ConfigError(
                "--output does not go with --name: it is the folder itself, and a name is for one "
                "of your calibrations; give one of them"
            )


def read_settings(option: str, given: Iterable[str], example: str) -> dict[str, str]:
    """Read an option that is given as NAME=VALUE, as often as one likes. Raises ConfigError."""
    settings = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise ConfigError(f"{option} {text}: give NAME=VALUE, such as {example}")
        settings[name] = value
    return settings
