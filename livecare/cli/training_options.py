"""Knows the options of `livecare train`: types, defaults, limits, and what is said of them."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from livecare.cli.training_choices import (
    ClockChoice,
    DirectionChoice,
    LossChoice,
    MethodChoice,
    NetworkChoice,
    UnitsChoice,
)

_input_option = partial(typer.Option, rich_help_panel="What to learn from")
_model_option = partial(typer.Option, rich_help_panel="What to train")
_time_option = partial(typer.Option, rich_help_panel="For how long")
_camera_option = partial(
    typer.Option, rich_help_panel="Camera (gain, offset and read noise: all three, or estimated)"
)

OF_SIMULATION: Final = ("photons", "psf_sigma")
"""Fields that say what simulated frames are like."""
OF_RECORDINGS: Final = ("channel", "validation")
"""Fields that say something of recordings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainOptions:
    """What a user asks of a training, in the order of its help, which tells of each."""

    inputs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="IN", help="Noisy recordings, files or folders (not for care)."),
    ] = None
    out: Annotated[Path, typer.Option(help="Folder for checkpoints, loss curve and model.")]

    method: Annotated[MethodChoice | None, _input_option(help="How to learn.")] = None
    synthetic: Annotated[bool, _input_option("--synthetic", help="Simulated pairs.")] = False
    low: Annotated[list[Path] | None, _input_option(help="Noisy side of pairs.")] = None
    high: Annotated[list[Path] | None, _input_option(help="Clean side of pairs.")] = None
    pairs: Annotated[
        tuple[Path, Path] | None,
        _input_option(help="Two noisy sides, for n2n."),
    ] = None
    static: Annotated[
        bool | None,
        _input_option(
            "--static/--moving",
            help="Scenes are still or not, for n2n of recordings; measured if not said.",
        ),
    ] = None
    calibration: Annotated[
        Path | None,
        _input_option(
            help="Still scene's frames, for pn2v; gain and read noise are measured there."
        ),
    ] = None
    channel: Annotated[
        str | None,
        _input_option(
            help="Name of the channel, or else its number, from 0; not with --synthetic."
        ),
    ] = None
    align: Annotated[
        bool,
        _input_option("--align", help="Undo shifts between sides of pairs; for pairs only."),
    ] = False
    validation: Annotated[
        float, _input_option(help="Part kept apart to judge by; not with --synthetic.")
    ] = 0.1

    normalisation: Annotated[
        UnitsChoice | None, _model_option(help="The method's own if not said.")
    ] = None
    network: Annotated[
        NetworkChoice | None, _model_option(help="The method's own if not said.")
    ] = None
    start: Annotated[
        str | None,
        _model_option(
            help="Model to start from, not for pn2v; default where it fits, if not said; or none."
        ),
    ] = None
    loss: Annotated[
        LossChoice | None,
        _model_option(
            help="The method's own if not said; mse where noisy targets teach how sure it is."
        ),
    ] = None
    probabilistic: Annotated[
        bool, _model_option("--probabilistic", help="The model says how sure it is; not for pn2v.")
    ] = False
    ensemble: Annotated[int, _model_option(min=1, help="Networks in the model.")] = 1
    looks: Annotated[
        int, _model_option(help="Mirror images of each frame that the model looks at, 1 or 4.")
    ] = 4
    direction: Annotated[
        DirectionChoice | None,
        _model_option(help="Along what noise runs, for structn2v only; found if not said."),
    ] = None
    hidden_percent: Annotated[
        float | None, _model_option(help="Part of the pixels that n2v and its kin hide.")
    ] = None
    name: Annotated[str, _model_option(help="Of the model.")] = ""

    minutes: Annotated[float | None, _time_option(help="Time to train.")] = None
    clock: Annotated[
        ClockChoice, _time_option(help="Whether minutes are those on the wall or of computing.")
    ] = ClockChoice.WALL
    epochs: Annotated[int, _time_option(min=1, help="Without --minutes.")] = 100
    steps: Annotated[int, _time_option(min=1, help="Steps per epoch.")] = 400
    batch: Annotated[int, _time_option(min=1, help="Patches per step.")] = 8
    patch: Annotated[
        int, _time_option(min=8, help="Side of a patch, pixels: in 16s for fast, 4s for others.")
    ] = 96
    learning_rate: Annotated[float, _time_option(help="Of Adam, at its peak.")] = 1e-3

    seed: Annotated[int, typer.Option(min=0, help="Chooses everything random.")] = 0
    threads: Annotated[
        int | None, typer.Option(min=1, help="On the CPU; one per core if not said.")
    ] = None
    checkpoint_seconds: Annotated[
        float, typer.Option(min=0, help="Time between two checkpoints.")
    ] = 30.0
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Begin anew instead of going on."),
    ] = False

    gain: Annotated[float | None, _camera_option(help="Counts per electron.")] = None
    offset: Annotated[float | None, _camera_option(help="Counts of a dark pixel.")] = None
    read_noise: Annotated[float | None, _camera_option(help="Electrons.")] = None
    photons: Annotated[
        tuple[float, float],
        _camera_option(help="Least and most, bright parts; with --synthetic only."),
    ] = (2.0, 200.0)
    psf_sigma: Annotated[
        float | None, _camera_option(help="Of the PSF, pixels; with --synthetic only.")
    ] = None
