"""Building: what TensorRT is asked for, and the engine that it makes of a wrapped network.

TF32 is off: straight paths and the counts are fp32 because 10 bits are too few for them. Where the
types of a network are orders (strongly typed: TensorRT from 10 on, TensorRT for RTX), precision is
in the network. TensorRT 8.6 takes them as hints: there fp16 is allowed, and each operator with
fp32 results is held to them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from livecare.engines.protocol import Precision
from livecare.engines.tensorrt.flavour import Flavour
from livecare.engines.tensorrt.graph import IO, wrap
from livecare.engines.tensorrt.key import Gpu, for_turing
from livecare.engines.tensorrt.log import make_log
from livecare.engines.tensorrt.packing import Kind
from livecare.errors import EngineError
from livecare.models.package import Model

OPTIMISATION_LEVEL: Final = 3
"""Of 0 ... 5, full TensorRT: compiles a kernel where none is ready. 4 and 5 build for many minutes
longer; TensorRT for RTX chooses its kernels on the GPU that runs them and takes none."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an engine is built for.

    Attributes
    ----------
    shape_yx : tuple of int
        "counts": of the frames as they are; "units": as the caller pads them. Pixels.
    batch : int
        Most frames at once; the kernels are chosen for so many, fewer run as well.
    precision : {"fp32", "fp16"}
        Of the network.
    io : {"counts", "units"}
        See `livecare.engines.tensorrt.graph`.
    kind : {"window", "noise"}
        Normalisation inside a "counts" graph; "units" does not look at it.
    spread : bool
        Whether a "units" graph gives all channels of the model; otherwise the estimate alone.
    """

    shape_yx: tuple[int, int]
    batch: int
    precision: Precision
    io: IO
    kind: Kind
    spread: bool = False

    def wrap(self, model: Model) -> bytes:
        """Return the graph of a model; see `livecare.engines.tensorrt.graph.wrap`."""
        return wrap(model, self.kind, self.io, self.shape_yx, self.precision, spread=self.spread)


@dataclass(frozen=True, slots=True)
class Built:
    """What TensorRT made.

    Attributes
    ----------
    engine : bytes
        For a runtime of the same version.
    timings : bytes or None
        Measured times of kernels, for the next build on the same GPU; None from TensorRT for RTX,
        which measures none.
    """

    engine: bytes
    timings: bytes | None


def build_network(
    network: bytes,
    plan: Plan,
    flavour: Flavour,
    gpu: Gpu | None = None,
    timings: bytes = b"",
) -> Built:
    """Build the engine of a wrapped network in this process.

    The full TensorRT takes its process along if there is no GPU:
    `livecare.engines.tensorrt.building` builds in another one.

    Parameters
    ----------
    network : bytes
        As `Plan.wrap` returns it.
    plan : Plan
        What it was wrapped for.
    flavour : Flavour
        The TensorRT that builds.
    gpu : Gpu or None
        The GPU that will run it. TensorRT for RTX needs none to build, and None builds for Ampere
        and later.
    timings : bytes
        Times of kernels that a build on this GPU measured before.

    Raises
    ------
    EngineError
        If TensorRT cannot read the network (names every operator that it does not take) or cannot
        build it; quotes its words.
    """
    log = make_log(flavour)
    try:
        builder = flavour.module.Builder(log)
    except (RuntimeError, TypeError) as error:  # what its null pointer becomes
        raise log.failure(f"cannot start building ({error})") from error
    definition = builder.create_network(flavour.network_flags)
    parser = flavour.module.OnnxParser(definition, log)  # its weights live as long as it
    if not parser.parse(network):
        raise log.failure(f"cannot read the network: {'; '.join(_faults(parser))}")
    config = _configure(builder, definition, plan, flavour, gpu)
    cache = None if flavour.is_rtx else _use_timings(config, timings)
    engine = builder.build_serialized_network(definition, config)
    if engine is None:
        raise log.failure(_refusal(plan))
    return Built(bytes(engine), None if cache is None else bytes(cache.serialize()))


def _faults(parser: Any) -> Iterator[str]:  # noqa: ANN401 the bindings have no types
    """Yield every fault that a parser found."""
    for index in range(parser.num_errors):
        fault = parser.get_error(index)
        yield f"operator {fault.node_operator()} '{fault.node_name()}': {fault.desc()}"


def _refusal(plan: Plan) -> str:
    y, x = plan.shape_yx
    return f"cannot build an engine for {plan.batch} × {y} × {x} pixels in {plan.precision}"


def _configure(
    builder: Any,  # noqa: ANN401
    definition: Any,  # noqa: ANN401
    plan: Plan,
    flavour: Flavour,
    gpu: Gpu | None,
) -> Any:  # noqa: ANN401
    """Return what the builder is asked for."""
    trt = flavour.module
    config = builder.create_builder_config()
    config.clear_flag(trt.BuilderFlag.TF32)
    if not flavour.is_rtx:
        config.builder_optimization_level = OPTIMISATION_LEVEL
    elif for_turing(gpu):
        config.num_compute_capabilities = 1
        config.set_compute_capability(trt.ComputeCapability.SM75, 0)
    if not flavour.strongly_typed and plan.precision == "fp16":
        config.set_flag(trt.BuilderFlag.FP16)
        config.set_flag(trt.BuilderFlag.OBEY_PRECISION_CONSTRAINTS)
        _hold_types(definition, trt)
    profile = builder.create_optimization_profile()
    for index in range(definition.num_inputs):
        given = definition.get_input(index)
        lengths = tuple(given.shape)[1:]
        most = (plan.batch, *lengths)
        profile.set_shape(given.name, (1, *lengths), most, most)
    if config.add_optimization_profile(profile) < 0:
        raise EngineError(f"tensorrt: {flavour.title} {_refusal(plan)}: the sizes do not fit it")
    return config


def _use_timings(config: Any, timings: bytes) -> Any:  # noqa: ANN401
    """Have times of kernels looked up before they are measured; return where they are kept."""
    cache = config.create_timing_cache(timings)
    config.set_timing_cache(cache, ignore_mismatch=False)
    return cache


def _hold_types(definition: Any, trt: Any) -> None:  # noqa: ANN401
    """Hold each operator with fp32 results to them, where types are but hints."""
    for index in range(definition.num_layers):
        layer = definition.get_layer(index)
        places = range(layer.num_outputs)
        if layer.type != trt.LayerType.CONSTANT and any(
            layer.get_output(place).dtype == trt.float32 for place in places
        ):
            layer.precision = trt.float32
            for place in places:
                layer.set_output_type(place, trt.float32)
