"""Knows how the options of `livecare train` become the training that is to be done."""

from enum import StrEnum
from typing import Any

from livecare.cli.given_options import given_options
from livecare.cli.training_options import OF_RECORDINGS, OF_SIMULATION, TrainOptions
from livecare.errors import ConfigError
from livecare.models.anscombe import CameraNoise
from livecare.restore_files import camera_noise
from livecare.simulation import Camera
from livecare.training.methods import find_method
from livecare.training.networks.catalogue import build_network
from livecare.training.networks.receptive_field import measure_halo
from livecare.training.order import Order
from livecare.training.pairs.settings import PairSettings
from livecare.training.pairs.synthetic import Microscope
from livecare.training.schedule import Budget
from livecare.training.session import Session
from livecare.training.supply import Inputs


def make_session(options: TrainOptions) -> Session:
    """Turn options into what is to be done.

    Raises
    ------
    ConfigError
        If options do not go together; names them.
    """
    order = _order(options)
    _check_used(options)
    return Session(
        order=order,
        inputs=_inputs(options),
        pairs=_pair_settings(options, order),
        threads=options.threads,
        restart=options.restart,
    )


def _order(options: TrainOptions) -> Order:
    if (options.method is None) == (not options.synthetic):
        raise ConfigError("say how to learn: --method METHOD, or --synthetic (not both)")
    method = find_method(_word(options.method) or "synthetic")
    hidden = options.hidden_percent
    return Order(
        method=method,
        out=options.out,
        budget=Budget(options.minutes, _word(options.clock), options.epochs, options.steps),
        seed=options.seed,
        network=_word(options.network),
        loss=_word(options.loss),
        probabilistic=options.probabilistic,
        ensemble=options.ensemble,
        hidden_share=None if hidden is None else hidden / 100,
        direction=_word(options.direction) or "none",
        batch_patches=options.batch,
        patch_px=options.patch,
        learning_rate=options.learning_rate,
        checkpoint_s=options.checkpoint_seconds,
        name=options.name,
        looks=options.looks,
        start=options.start,
    )


def _check_used(options: TrainOptions) -> None:
    """Raise ConfigError if options are given that change nothing beside the others."""
    drawn, paired = options.synthetic, bool(options.low or options.high or options.pairs)
    idle = {
        "without --low and --high, or --pairs": () if paired else ("align",),
        "without --synthetic": () if drawn else OF_SIMULATION,
        "with --synthetic": OF_RECORDINGS if drawn else (),
    }
    for where, names in idle.items():
        if given := given_options(options, names):
            raise ConfigError(f"{given} would do nothing {where}: leave that out")


def _inputs(options: TrainOptions) -> Inputs:
    return Inputs(
        recordings=options.inputs or (),
        low=options.low or (),
        high=options.high or (),
        pairs=options.pairs or (),
        calibration=options.calibration,
        static=options.static,
        microscope=_microscope(options) if options.synthetic else None,
    )


def _pair_settings(options: TrainOptions, order: Order) -> PairSettings:
    network = build_network(order.network_name)
    _check_patch(order, int(network.multiple_of))  # type: ignore[arg-type]  # ours have it
    return PairSettings(
        patch_px=order.patch_px,
        receptive_px=measure_halo(network),
        kind=_word(options.normalisation) or order.method.units,
        noise=_noise(options),
        channel=options.channel,
        align=options.align,
        validation_part=options.validation,
        seed=order.seed,
    )


def _check_patch(order: Order, stride: int) -> None:
    """Raise ConfigError if a network, which pads nothing, cannot take patches of this side."""
    if order.patch_px % stride:
        near = max(stride, round(order.patch_px / stride) * stride)
        raise ConfigError(
            f"--patch is {order.patch_px}: network '{order.network_name}' takes multiples of "
            f"{stride}; give {near}"
        )


def _noise(options: TrainOptions) -> CameraNoise | None:
    """Return the camera that was given, None if none was; all three values or none."""
    return camera_noise(options.gain, options.offset, options.read_noise)


def _microscope(options: TrainOptions) -> Microscope | None:
    """Return the microscope to simulate, or None where its camera was not given."""
    noise = _noise(options)
    if noise is None:
        return None
    camera = Camera(noise.gain_adu_per_e, noise.offset_adu, noise.read_noise_e)
    return Microscope(camera, options.photons, options.psf_sigma)


def _word(choice: StrEnum | None) -> Any:  # noqa: ANN401 a word of a Literal
    return None if choice is None else choice.value
