"""Orders of a restorer, models and frames, to lock from."""

from dataclasses import replace

import msgspec
import numpy as np
from window_package import load_window_model

from livecare.frame import FrameHeader, Pixels, Position
from livecare.link import RestorerSpec
from livecare.models import Model
from livecare.models.normalise import Kind
from livecare.models.recipe import NormalisationRecipe
from livecare.restorer.intake import Batch, Frame
from livecare.wire import FrameMessage

SHAPE = (48, 64)
SPEC = RestorerSpec(
    run_id="run",
    raw_ring="",
    restored_ring="",
    wake_endpoints=(),
    report_endpoint="",
    engine="identity",
    model="",
    threads=1,
    shape_yx=SHAPE,
    dtype="uint16",
    restored_dtype="uint16",
    latency_budget_ms=100.0,
    max_batch=4,
    lock_frames=4,
    normalisation="fixed",
    window=None,
    camera=None,
)


def spec_with(**changed: object) -> RestorerSpec:
    return msgspec.structs.replace(SPEC, **changed)


def model_for(kind: Kind) -> Model:
    return replace(load_window_model(), normalisation=NormalisationRecipe(kind, 2.0, 99.8))


def lit(sequence: int, brightness: float = 1.0) -> Pixels:
    """Give a frame of a camera of gain 2 and offset 100."""
    photons = np.linspace(2.0, 60.0, SHAPE[1]) * brightness * np.ones((SHAPE[0], 1))
    noisy = 100 + 2 * np.random.default_rng(sequence).poisson(photons)
    return noisy.astype(np.uint16)


def dark() -> Pixels:
    """Give a frame of a closed shutter, with a hot pixel."""
    pixels = np.full(SHAPE, 100, np.uint16)
    pixels[3, 4] = 60000
    return pixels


def frame(sequence: int, pixels: Pixels, c: int = 0, z: int = 0) -> Frame:
    header = FrameHeader(sequence, Position(sequence, c, z), SHAPE, "uint16", received_ns=0)
    return Frame(FrameMessage("run", header), pixels)


def batch_of(*frames: Frame) -> Batch:
    return Batch([each.message for each in frames], np.stack([each.pixels for each in frames]))
