"""How trained default weights become a model package: calibration, test tensors, card, cover."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import yaml
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from livecare.engines.quantise import quantise
from livecare.models.anscombe import expected_transform
from livecare.models.description import Description
from livecare.models.noise_units import NINETY_PERCENT
from livecare.models.package import Model
from livecare.models.png import encode_png
from livecare.models.writer import PackageSpec, write_package
from livecare.training.default_card import default_document
from livecare.training.default_score import (
    NOISE,
    DefaultScore,
    Restore,
    expose_example,
    score_default,
)
from livecare.training.networks.flipped import FlippedMean
from livecare.training.networks.live import DEPTHS, WIDTHS, LiveNet
from livecare.training.networks.onnx_export import to_onnx
from livecare.training.networks.receptive_field import measure_halo
from livecare.training.networks.swift import SwiftNet

NAMES: Final = {
    "default": (
        "livecare default",
        "Restores fluorescence frames of any camera at 1 to 400 peak photons, with intervals.",
    ),
    "default-gpu": (
        "livecare default-gpu",
        "As livecare default, in eight looks instead of four: for a graphics card with time left.",
    ),
    "default-fast": (
        "livecare default-fast",
        "As livecare default, a tenth of the work: for live use without a graphics card.",
    ),
}
SCORED_PHOTONS: Final = (3.0, 10.0, 30.0, 100.0, 300.0)
SCORED_FRAMES: Final = 32
SCORE_SEED: Final = 910_001
CALIBRATION_SEED: Final = 910_002
TEST_SEED: Final = 910_003
"""Of the fields for the card, the interval's calibration and the test tensors."""
CALIBRATION_FRAMES: Final = 8
"""Frames per peak that the width of the interval is set from."""
CALIBRATED_SHARE: Final = 0.97
"""Part of simulated pixels that an interval of 90 % is made to hold. Recorded specimens are less
like what the network has learnt from, and hold five to ten percent less: an interval that is too
wide misleads nobody."""
TEST_SIDE: Final = 160
"""Rows and columns of the test tensors, pixels: a multiple of every stride."""
TEST_PHOTONS: Final = 20.0
TEST_TOLERANCE: Final = 2e-3
"""Noise units: a five-hundredth of the noise's standard deviation."""

CARE_PAPER: Final = {
    "text": "Weigert et al., Content-aware image restoration, Nature Methods 2018",
    "doi": "10.1038/s41592-018-0216-7",
}

Values = NDArray[np.float32]


class Calibrated(nn.Module):
    """A network whose Laplace scales are multiplied so that intervals hold what they promise."""

    def __init__(self, network: nn.Module, factor: float) -> None:
        super().__init__()
        self.network = network
        self.multiple_of = int(network.multiple_of)  # type: ignore[arg-type]  # ours have it
        self.register_buffer("factors", torch.tensor([1.0, factor]).reshape(1, 2, 1, 1))

    def forward(self, frames: Tensor) -> Tensor:
        """Return estimates and calibrated scales."""
        both: Tensor = self.network(frames) * self.factors
        return both


def pack_default(folder: Path) -> list[Model]:
    """Pack the large network's weights in a folder as one package per number of looks, scored."""
    provenance, weights = _trained(folder)
    network = LiveNet(WIDTHS, DEPTHS)
    network.load_state_dict(weights)
    network.eval()
    looks = {
        "default": FlippedMean(network),
        "default-gpu": FlippedMean(network, transposed=True),
    }
    return [_pack(name, look.eval(), provenance, folder / name) for name, look in looks.items()]


def pack_student(folder: Path) -> Model:
    """Pack the small network's weights in a folder as `default-fast` below it, likewise."""
    provenance, weights = _trained(folder)
    network = SwiftNet()
    network.load_state_dict(weights)
    model = _pack("default-fast", network.eval(), provenance, folder / "default-fast")
    add_quantised(model)
    return Model.load(model.folder)


def add_quantised(model: Model) -> None:
    """Put an int8 network into a package, beside the one in fp32, and name it there."""
    made = quantise(model).network
    file = model.folder / "model.int8.onnx"
    file.write_bytes(made.onnx)
    description = Description.read(model.folder)
    content = dict(description.content)
    content["config"]["livecare"]["quantised"] = {
        "source": file.name,
        "sha256": hashlib.sha256(made.onnx).hexdigest(),
        "low": float(made.limits.low),
        "high": float(made.limits.high),
    }
    told = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=1000)
    description.file.write_text(told, encoding="utf-8")


def _trained(folder: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    provenance = json.loads((folder / "training.json").read_text(encoding="utf-8"))
    return provenance, torch.load(folder / "weights.pt", weights_only=True)


def _pack(name: str, network: nn.Module, provenance: dict[str, Any], folder: Path) -> Model:
    """Calibrate, score and write one package."""
    factor = calibration_factor(_restore_with(network))
    calibrated = Calibrated(network, factor).eval()
    scores = [
        score_default(_restore_with(calibrated), peak, SCORED_FRAMES, SCORE_SEED)
        for peak in SCORED_PHOTONS
    ]
    return _write(name, calibrated, provenance | {"interval_factor": factor}, scores, folder)


def calibration_factor(restore: Restore) -> float:
    """Return what the scales are multiplied by, so that intervals hold `CALIBRATED_SHARE`."""
    rng = np.random.default_rng(CALIBRATION_SEED)
    needed = []
    for peak in SCORED_PHOTONS:
        for _ in range(CALIBRATION_FRAMES):
            example = expose_example(peak, rng)
            estimate, scale = restore(example.noisy)
            truth = expected_transform(example.photons, NOISE.read_noise_e)
            needed.append(np.quantile(np.abs(truth - estimate) / scale, CALIBRATED_SHARE))
    return float(np.median(needed)) / NINETY_PERCENT


def _restore_with(network: nn.Module) -> Restore:
    """Return a function that runs the network on one frame."""

    def restore(noisy: Values) -> tuple[Values, Values]:
        with torch.no_grad():
            both = network(torch.from_numpy(noisy)[None, None])[0].numpy()
        return both[0], both[1]

    return restore


def _write(
    name: str,
    network: Calibrated,
    provenance: dict[str, Any],
    scores: Sequence[DefaultScore],
    folder: Path,
) -> Model:
    example = expose_example(TEST_PHOTONS, np.random.default_rng(TEST_SEED))
    noisy = example.noisy[:TEST_SIDE, :TEST_SIDE]
    estimate, scale = _restore_with(network)(noisy)
    title, description = NAMES[name]
    halo_px, stride = measure_halo(network), network.multiple_of
    spec = PackageSpec(
        name=title,
        description=description,
        document=default_document(
            provenance,
            scores,
            name=title,
            description=description,
            gflop=_gflop(network),
            halo_px=halo_px,
        ),
        provenance={**provenance, "validation": [asdict(each) for each in scores]},
        multiple_of=stride,
        halo_px=halo_px,
        normalisation=("anscombe", 0.0, 0.0),
        outputs=("estimate", "scale"),
        licence="BSD-3-Clause",
        authors=("the livecare developers",),
        cite=(CARE_PAPER,),
        tags=("2d", "denoising", "fluorescence-light-microscopy", "low-light", "unet"),
        tolerance=TEST_TOLERANCE,
        cover=_cover(noisy, estimate),
    )
    return write_package(
        folder,
        spec,
        to_onnx(network, stride),
        noisy[None, None],
        np.stack([estimate, scale])[None],
    )


def _gflop(network: nn.Module) -> float:
    """Return the operations per 512 × 512 frame, 10⁹."""
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(torch.zeros(1, 1, 512, 512))
    return float(counter.get_total_flops()) / 1e9


def _cover(noisy: Values, estimate: Values) -> bytes:
    """Draw the test frame before and after, twice enlarged, 0 photons black."""
    low, high = np.percentile(estimate, (0.5, 99.9))
    both = np.clip((np.hstack([noisy, estimate]) - low) / (high - low), 0, 1)
    grey = np.rint(both * 255).astype(np.uint8)
    return encode_png(np.repeat(np.repeat(grey, 2, axis=0), 2, axis=1))
