"""From a trained network to a model package: measured, exported, described, and tried."""

import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from livecare import __version__
from livecare.models.normalise import IntensityWindow
from livecare.models.package import Model
from livecare.models.png import encode_png
from livecare.models.writer import PackageSpec, write_package
from livecare.training.curve import CurvePoint
from livecare.training.loop import Trained
from livecare.training.networks.catalogue import parameter_count
from livecare.training.networks.flipped import FlippedMean
from livecare.training.networks.onnx_export import to_onnx
from livecare.training.networks.receptive_field import measure_halo
from livecare.training.order import Order
from livecare.training.pairs.protocol import PatchSource, Units
from livecare.training.recipe import Outcome

FOLDER_NAME: Final = "model"
"""Of the package, in the order's folder."""
FAST_NAME: Final = "model-fast"
"""Of the package of the same network that looks at each frame once, for live use."""
NAME_ENDS: Final = MappingProxyType({FOLDER_NAME: "", FAST_NAME: ", fast"})
TEST_PX: Final = 128
"""Rows and columns of the test tensors, pixels, where the recordings are large enough."""
TEST_WINDOW_COUNTS: Final = 1000.0
TEST_OFFSET_COUNTS: Final = 100.0
"""Camera counts that 0 and 1 of the test patch stand for: like a dim 16-bit frame."""
CURVE_POINTS: Final = 50
"""Points of the loss curve that the package keeps; loss.csv has all."""

Values = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TestPatch:
    """What a package's test tensors hold.

    Attributes
    ----------
    stored : array, shape (1, 1, y, x), float32
        As the package keeps it: camera counts, noise units for a model in noise units.
    normalised : array of the same shape
        What the network sees of it, network units.
    """

    stored: Values
    normalised: Values

    @classmethod
    def of(cls, source: PatchSource, side: int) -> "TestPatch":
        """Take the first validation patch."""
        patch = np.ascontiguousarray(source.validation(side)[0].source[:1, :1])
        if source.units.kind == "anscombe":
            return cls(patch, patch)
        counts = patch * np.float32(TEST_WINDOW_COUNTS) + np.float32(TEST_OFFSET_COUNTS)
        units = source.units
        window = IntensityWindow.from_frames(
            [counts[0, 0]], units.low_percentile, units.high_percentile
        )
        normalised = np.empty_like(counts)
        window.normalise(counts, normalised)
        return cls(counts, normalised)


def pack(order: Order, source: PatchSource, outcome: Outcome, files: Mapping[str, str]) -> Model:
    """Write the packages of a trained network into the order's folder and load the first.

    A single network is packed twice, as the bundled models are: with four looks at each frame for
    the best picture, and with one for live use.

    Parameters
    ----------
    order : Order
        What was ordered.
    source : PatchSource
        What it was trained on.
    outcome : Outcome
        What came of it.
    files : mapping
        sha256 of each recording by its name.
    """
    if order.looks == 1 or order.ensemble > 1:
        model = _pack(order, source, outcome, files, FOLDER_NAME)
        shutil.rmtree(order.out / FAST_NAME, ignore_errors=True)  # an earlier training's network
        return model
    _pack(order, source, outcome, files, FAST_NAME)
    looking = replace(outcome, network=FlippedMean(outcome.network).eval())
    return _pack(order, source, looking, files, FOLDER_NAME)


def _pack(
    order: Order, source: PatchSource, outcome: Outcome, files: Mapping[str, str], folder: str
) -> Model:
    network = outcome.network
    multiple_of = int(network.multiple_of)  # type: ignore[arg-type]  # every network here has it
    side = -(-min(TEST_PX, order.patch_px) // multiple_of) * multiple_of
    test = TestPatch.of(source, side)
    with torch.no_grad():
        made = network(torch.from_numpy(test.normalised)).numpy()
    units = source.units
    spec = PackageSpec(
        name=(order.name or f"{order.method.name} by livecare") + NAME_ENDS[folder],
        description=f"Learnt from {order.method.says} ({order.network_name} network).",
        document=_document(order, source, outcome),
        provenance=_provenance(order, source, outcome, files),
        multiple_of=multiple_of,
        halo_px=measure_halo(network),
        normalisation=(units.kind, units.low_percentile, units.high_percentile),
        outputs=("estimate", "scale")[: made.shape[1]],
        cite=[{"text": order.method.paper[0], "doi": order.method.paper[1]}],
        tags=("2d", "denoising", "fluorescence-light-microscopy", "unet", order.method.name),
        cover=before_after(test.normalised[0, 0], made[0, 0]),
    )
    return write_package(order.out / folder, spec, to_onnx(network, multiple_of), test.stored, made)


def before_after(before: Values, after: Values, enlarge: int = 2) -> bytes:
    """Return a PNG of two patches of shape (y, x) side by side, both in the grey range of one."""
    low, high = np.percentile(after, (0.5, 99.8))
    both = (np.hstack([before, after]) - low) / max(float(high - low), 1e-6)
    grey = np.rint(np.clip(both, 0.0, 1.0) * 255).astype(np.uint8)
    return encode_png(np.repeat(np.repeat(grey, enlarge, axis=0), enlarge, axis=1))


def _provenance(
    order: Order, source: PatchSource, outcome: Outcome, files: Mapping[str, str]
) -> dict[str, Any]:
    """Return how the weights came about: YAML values only."""
    return {
        "made_by": f"livecare train, livecare {__version__}",
        "order": {name.replace(" ", "_"): value for name, value in order.identity().items()},
        "parameters": parameter_count(outcome.network),
        "trained_on": _plain(source.provenance),
        "files_sha256": dict(files),
        "units": _units(source.units),
        "trainings": {name: _training(each) for name, each in outcome.trainings.items()},
        "versions": {
            "livecare": __version__,
            "python": platform.python_version(),
            "torch": version("torch"),
            "numpy": version("numpy"),
        },
        "machine": f"{platform.machine()}, {torch.get_num_threads()} threads, {_device()}",
    }


def _training(trained: Trained) -> dict[str, Any]:
    return {
        "steps": trained.steps,
        "best_step": trained.best_step,
        "share_of_the_way": trained.share,
        "minutes": round(trained.seconds / 60, 2),
        "validation_loss": round(trained.validation, 6),
        "stopped_early": trained.stopped_early,
        "loss_curve": _thinned(trained.curve),
    }


def _thinned(curve: Sequence[CurvePoint]) -> list[dict[str, float]]:
    """Return points of the curve, evenly chosen, the last among them."""
    chosen = sorted({int(at) for at in np.linspace(0, len(curve) - 1, CURVE_POINTS).round()})
    return [
        {
            "step": point.step,
            "loss": round(point.loss, 6),
            "validation": round(point.validation, 6),
        }
        for point in (curve[at] for at in chosen)
    ]


def _units(units: Units) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": units.kind}
    if units.noise is not None:
        noise = units.noise
        told |= {
            "gain_adu_per_e": noise.gain_adu_per_e,
            "offset_adu": noise.offset_adu,
            "read_noise_e": noise.read_noise_e,
        }
    return told


def _plain(value: object) -> Any:  # noqa: ANN401 whatever YAML writes
    """Return a value as YAML writes it: tuples as lists, numbers of arrays as themselves."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)


def _device() -> str:
    return torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU"


def _document(order: Order, source: PatchSource, outcome: Outcome) -> str:
    """Return the package's README.md."""
    lines = [
        f"# {order.name or order.method.name}",
        "",
        (
            f"Restores frames like those that it learnt from: {order.method.says}, "
            f"method {order.method.name}, network {order.network_name}."
        ),
        "",
        "| network | steps | minutes | validation loss |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {each.steps} | {each.seconds / 60:.1f} | {each.validation:.5g} |"
        for name, each in outcome.trainings.items()
    ]
    lines += ["", "Losses are in units of the training frames' spread.", ""]
    lines += [f"- {note}" for note in source.notes]
    lines += [
        "",
        (
            "Use it on recordings of the same kind: specimen, magnification, camera and exposure. "
            "A restored frame is a guess; measure intensities on the raw ones."
        ),
        "",
    ]
    return "\n".join(lines)
