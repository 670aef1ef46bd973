"""`livecare train`: a restoration model from a user's own recordings."""

import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from livecare.models.anscombe import CameraNoise
    from livecare.training.pairs.settings import PairSettings
    from livecare.training.session import Session
    from livecare.training.supply import Inputs

PANEL_INPUT = "What to learn from"
PANEL_MODEL = "What to train"
PANEL_TIME = "For how long"
PANEL_CAMERA = "Camera"


class MethodChoice(StrEnum):
    """How to learn."""

    CARE = "care"
    N2N = "n2n"
    N2V = "n2v"
    N2V2 = "n2v2"
    STRUCTN2V = "structn2v"
    PN2V = "pn2v"


class NetworkChoice(StrEnum):
    """What to train."""

    CARE = "care"
    CARE_K3 = "care-k3"
    N2V = "n2v"
    N2V2 = "n2v2"
    FAST = "fast"


class LossChoice(StrEnum):
    """What to minimise."""

    MAE = "mae"
    MSE = "mse"
    LAPLACE = "laplace"


class UnitsChoice(StrEnum):
    """What the network sees."""

    FIXED = "fixed"
    PER_FRAME = "per-frame"
    ANSCOMBE = "anscombe"


class DirectionChoice(StrEnum):
    """Along what noise runs."""

    ROWS = "rows"
    COLUMNS = "columns"


class ClockChoice(StrEnum):
    """What minutes are counted."""

    WALL = "wall"
    CPU = "cpu"


def train(
    inputs: Annotated[
        list[Path] | None,
        typer.Argument(help="Noisy recordings, files or folders (not for care)."),
    ] = None,
    *,
    out: Annotated[Path, typer.Option(help="Folder for checkpoints, loss curve and model.")],
    method: Annotated[
        MethodChoice | None, typer.Option(help="How to learn.", rich_help_panel=PANEL_INPUT)
    ] = None,
    synthetic: Annotated[
        bool,
        typer.Option("--synthetic", help="Simulated pairs.", rich_help_panel=PANEL_INPUT),
    ] = False,
    low: Annotated[
        list[Path] | None,
        typer.Option(help="Noisy side of pairs.", rich_help_panel=PANEL_INPUT),
    ] = None,
    high: Annotated[
        list[Path] | None,
        typer.Option(help="Clean side of pairs.", rich_help_panel=PANEL_INPUT),
    ] = None,
    pairs: Annotated[
        tuple[Path, Path] | None,
        typer.Option(help="Two noisy sides, for n2n.", rich_help_panel=PANEL_INPUT),
    ] = None,
    static: Annotated[
        bool | None,
        typer.Option(
            "--static/--moving",
            help="Scenes are still or not; measured if not said.",
            rich_help_panel=PANEL_INPUT,
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(help="Still scene's frames, for pn2v.", rich_help_panel=PANEL_INPUT),
    ] = None,
    channel: Annotated[
        str | None,
        typer.Option(help="Number or name of the channel.", rich_help_panel=PANEL_INPUT),
    ] = None,
    align: Annotated[
        bool,
        typer.Option(
            "--align", help="Undo shifts between sides of pairs.", rich_help_panel=PANEL_INPUT
        ),
    ] = False,
    validation: Annotated[
        float,
        typer.Option(help="Part kept apart to judge by.", rich_help_panel=PANEL_INPUT),
    ] = 0.1,
    normalisation: Annotated[
        UnitsChoice | None,
        typer.Option(help="The method's own if not said.", rich_help_panel=PANEL_MODEL),
    ] = None,
    network: Annotated[
        NetworkChoice | None,
        typer.Option(help="The method's own if not said.", rich_help_panel=PANEL_MODEL),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="Model to start from; default-fast where it fits, if not said; or none.",
            rich_help_panel=PANEL_MODEL,
        ),
    ] = None,
    loss: Annotated[
        LossChoice | None,
        typer.Option(help="The method's own if not said.", rich_help_panel=PANEL_MODEL),
    ] = None,
    probabilistic: Annotated[
        bool,
        typer.Option(
            "--probabilistic", help="The model says how sure it is.", rich_help_panel=PANEL_MODEL
        ),
    ] = False,
    ensemble: Annotated[
        int, typer.Option(min=1, help="Networks in the model.", rich_help_panel=PANEL_MODEL)
    ] = 1,
    looks: Annotated[
        int,
        typer.Option(
            help="Mirror images of each frame that the model looks at, 1 or 4.",
            rich_help_panel=PANEL_MODEL,
        ),
    ] = 4,
    direction: Annotated[
        DirectionChoice | None,
        typer.Option(
            help="Along what noise runs, for structn2v; found if not said.",
            rich_help_panel=PANEL_MODEL,
        ),
    ] = None,
    hidden_percent: Annotated[
        float | None,
        typer.Option(
            help="Part of the pixels that n2v and its kin hide.", rich_help_panel=PANEL_MODEL
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="Of the model.", rich_help_panel=PANEL_MODEL)] = "",
    minutes: Annotated[
        float | None, typer.Option(help="Time to train.", rich_help_panel=PANEL_TIME)
    ] = None,
    clock: Annotated[
        ClockChoice,
        typer.Option(
            help="Whether minutes are those on the wall or of computing.",
            rich_help_panel=PANEL_TIME,
        ),
    ] = ClockChoice.WALL,
    epochs: Annotated[
        int, typer.Option(min=1, help="Without --minutes.", rich_help_panel=PANEL_TIME)
    ] = 100,
    steps: Annotated[
        int, typer.Option(min=1, help="Steps per epoch.", rich_help_panel=PANEL_TIME)
    ] = 400,
    batch: Annotated[
        int, typer.Option(min=1, help="Patches per step.", rich_help_panel=PANEL_TIME)
    ] = 8,
    patch: Annotated[
        int, typer.Option(min=8, help="Side of a patch, pixels.", rich_help_panel=PANEL_TIME)
    ] = 96,
    learning_rate: Annotated[
        float, typer.Option(help="Of Adam, at its peak.", rich_help_panel=PANEL_TIME)
    ] = 1e-3,
    seed: Annotated[int, typer.Option(min=0, help="Chooses everything random.")] = 0,
    threads: Annotated[
        int | None, typer.Option(min=1, help="On the CPU; one per core if not said.")
    ] = None,
    checkpoint_seconds: Annotated[
        float, typer.Option(min=0, help="Time between two checkpoints.")
    ] = 30.0,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew instead of going on.")
    ] = False,
    gain: Annotated[
        float | None,
        typer.Option(help="Counts per electron.", rich_help_panel=PANEL_CAMERA),
    ] = None,
    offset: Annotated[
        float | None,
        typer.Option(help="Counts of a dark pixel.", rich_help_panel=PANEL_CAMERA),
    ] = None,
    read_noise: Annotated[
        float | None, typer.Option(help="Electrons.", rich_help_panel=PANEL_CAMERA)
    ] = None,
    photons: Annotated[
        tuple[float, float],
        typer.Option(help="Least and most, bright parts, simulated.", rich_help_panel=PANEL_CAMERA),
    ] = (2.0, 200.0),
    psf_sigma: Annotated[
        float | None,
        typer.Option(help="Of the PSF, pixels, simulated.", rich_help_panel=PANEL_CAMERA),
    ] = None,
) -> None:
    """Train a model on your recordings; a killed training goes on with the same command."""
    options = dict(locals())
    _prepare_torch()
    from livecare.cli.training_progress import TrainingProgress

    session = _session(options)
    with TrainingProgress() as progress:
        model = session.run(progress.say, progress.show)
    typer.echo(
        f"{model.folder}: {model.name}, halo {model.halo_px} px. Try it with\n"
        f"  livecare restore RECORDING RESTORED --model {model.folder}"
    )


def _prepare_torch() -> None:
    """Load torch, its waiting threads giving their core away: others may use the machine, too.

    With busy waiting, two threads on a machine with a second program train ten times slower.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from livecare.errors import MissingExtraError

    try:
        import torch  # noqa: F401 asked for here, used far below
    except ImportError as error:
        raise MissingExtraError("torch", "train", "livecare train") from error


def _session(options: dict[str, Any]) -> "Session":
    """Turn options into what is to be done."""
    from livecare.errors import ConfigError
    from livecare.training.methods import find_method
    from livecare.training.order import Order
    from livecare.training.schedule import Budget
    from livecare.training.session import Session

    if (options["method"] is None) == (not options["synthetic"]):
        raise ConfigError("say how to learn: --method METHOD, or --synthetic (not both)")
    method = find_method(_value(options["method"]) or "synthetic")
    hidden = options["hidden_percent"]
    order = Order(
        method=method,
        out=options["out"],
        budget=Budget(
            options["minutes"], options["clock"].value, options["epochs"], options["steps"]
        ),
        seed=options["seed"],
        network=_value(options["network"]),
        loss=_value(options["loss"]),
        probabilistic=options["probabilistic"],
        ensemble=options["ensemble"],
        hidden_share=None if hidden is None else hidden / 100,
        direction=_value(options["direction"]) or "none",
        batch_patches=options["batch"],
        patch_px=options["patch"],
        learning_rate=options["learning_rate"],
        checkpoint_s=options["checkpoint_seconds"],
        name=options["name"],
        looks=options["looks"],
        start=options["start"],
    )
    return Session(
        order=order,
        inputs=_inputs(options),
        pairs=_pair_settings(options, order),
        threads=options["threads"],
        restart=options["restart"],
    )


def _inputs(options: dict[str, Any]) -> "Inputs":
    from livecare.training.supply import Inputs

    return Inputs(
        recordings=options["inputs"] or (),
        low=options["low"] or (),
        high=options["high"] or (),
        pairs=options["pairs"] or (),
        calibration=options["calibration"],
        static=options["static"],
        microscope=_microscope(options) if options["synthetic"] else None,
    )


def _pair_settings(options: dict[str, Any], order: Any) -> "PairSettings":  # noqa: ANN401 Order
    from livecare.training.networks.catalogue import build_network
    from livecare.training.networks.receptive_field import measure_halo
    from livecare.training.pairs.settings import PairSettings

    channel = options["channel"]
    along = {"rows": "x", "columns": "y", "none": None}[order.direction]
    return PairSettings(
        patch_px=order.patch_px,
        receptive_px=measure_halo(build_network(order.network_name)),
        kind=_value(options["normalisation"]) or order.method.units,
        noise=_noise(options),
        channel=int(channel) if channel and channel.isdigit() else channel,
        align=options["align"],
        along=along,  # type: ignore[arg-type]  # "x", "y" or None
        validation_part=options["validation"],
        seed=order.seed,
    )


def _noise(options: dict[str, Any]) -> "CameraNoise | None":
    """Return the camera that was given; gain first, the rest 0 if not said."""
    from livecare.errors import ConfigError
    from livecare.models.anscombe import CameraNoise

    gain, offset, read_noise = options["gain"], options["offset"], options["read_noise"]
    if gain is None:
        if offset is not None or read_noise is not None:
            raise ConfigError("--offset and --read-noise say nothing without --gain: give it too")
        return None
    return CameraNoise(gain, offset or 0.0, read_noise or 0.0)


def _microscope(options: dict[str, Any]) -> Any:  # noqa: ANN401 Microscope
    """Return the microscope to simulate, or None where its camera was not given."""
    from livecare.simulation import Camera
    from livecare.training.pairs.synthetic import Microscope

    noise = _noise(options)
    if noise is None:
        return None
    camera = Camera(noise.gain_adu_per_e, noise.offset_adu, noise.read_noise_e)
    return Microscope(camera, options["photons"], options["psf_sigma"])


def _value(choice: StrEnum | None) -> Any:  # noqa: ANN401 a word of a Literal
    return None if choice is None else choice.value
