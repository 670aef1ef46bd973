"""Where a restorer's normalisation comes from, and what it says of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest
from structlog.testing import capture_logs
from window_package import load_window_model

from livecare.frame import FrameHeader, Position
from livecare.link import NormalisationLocked, RestorerSpec
from livecare.models import Model
from livecare.models.anscombe import CameraNoise
from livecare.models.normalise import Anscombe, IntensityWindow, Kind, NoiseUnits
from livecare.models.recipe import NormalisationRecipe
from livecare.restorer.intake import Intake
from livecare.restorer.locking import Lock
from livecare.ring import OverrunnableReader, Phase, RingWriter
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
    locked=None,
)


class Bench:
    """A raw ring, and an intake that nothing but the test feeds."""

    def __init__(self, folder: Path) -> None:
        path = folder / "raw.ring"
        self.ring = RingWriter.create(path, 8, SHAPE[0] * SHAPE[1] * 2)
        self.reader = OverrunnableReader(path)
        self.intake = Intake(self.reader, 4, 4, SHAPE, "uint16")
        self.published = 0
        self.waits = 0

    def publish(self, channels: int = 1) -> None:
        """Add a frame; channels follow each other and differ in brightness."""
        sequence, c = self.published, self.published % channels
        rng = np.random.default_rng(sequence)
        photons = np.linspace(2.0, 60.0, SHAPE[1]) * (1 + 5 * c) * np.ones((SHAPE[0], 1))
        slot = self.ring.claim()
        assert slot is not None
        slot.pixels(SHAPE, "uint16")[:] = 100 + 2 * rng.poisson(photons)
        position = Position(sequence // channels, c)
        header = FrameHeader(sequence, position, SHAPE, "uint16", received_ns=0)
        self.ring.publish(slot, FrameMessage("run", header))
        self.published += 1

    def wait(self) -> None:
        """Let another frame come."""
        self.waits += 1
        self.publish()

    def close(self) -> None:
        self.ring.close()
        self.reader.close()


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.close()


def model_for(kind: Kind) -> Model:
    return replace(load_window_model(), normalisation=NormalisationRecipe(kind, 2.0, 99.8))


def spec_with(**changed: object) -> RestorerSpec:
    return msgspec.structs.replace(SPEC, **changed)


def never() -> None:
    raise AssertionError("nothing to wait for")


def test_a_window_is_locked_to_the_first_frames(bench: Bench) -> None:
    lock = Lock(SPEC, load_window_model())
    normaliser = lock.take(bench.intake, bench.wait)
    assert normaliser is not None
    assert bench.waits == 4
    assert bench.intake.waiting == 4, "they are restored yet"
    frames = list(bench.intake.look_at(4).pixels)
    assert normaliser.present == load_window_model().lock(frames).present
    report = lock.report(normaliser)
    assert (report.kind, report.origin) == ("fixed", "the first frames")
    assert report.values == normaliser.present.record()


def test_a_camera_is_estimated_from_frames_of_one_channel(bench: Bench) -> None:
    for _ in range(8):
        bench.publish(channels=2)
    lock = Lock(spec_with(normalisation="anscombe", lock_frames=4), model_for("anscombe"))
    normaliser = lock.take(bench.intake, never)
    assert isinstance(normaliser, Anscombe)
    assert normaliser.estimate is not None
    assert normaliser.estimate.frames == 2
    assert normaliser.present.noise.gain_adu_per_e == pytest.approx(2.0, rel=0.25)
    assert lock.report(normaliser).origin == "estimated from 2 frames"
    assert isinstance(lock.to_warm_up(), NoiseUnits)


CONFIGURED: list[tuple[Kind, dict[str, object], str, dict[str, float]]] = [
    ("fixed", {"window": (3.0, 9.0)}, "the configuration", {"low": 3.0, "high": 9.0}),
    ("ema", {"window": (3.0, 9.0)}, "the configuration", {"low": 3.0, "high": 9.0}),
    ("per-frame", {}, "each frame", {"low": 0.0, "high": 1.0}),
    (
        "anscombe",
        {"camera": (2.0, 100.0, 1.5)},
        "the configuration",
        {"gain": 2.0, "offset": 100.0, "read_noise": 1.5, "binning": 1.0},
    ),
]


@pytest.mark.parametrize(("kind", "settings", "origin", "values"), CONFIGURED)
def test_what_is_configured_needs_no_frames(
    bench: Bench,
    kind: Kind,
    settings: dict[str, object],
    origin: str,
    values: dict[str, float],
) -> None:
    lock = Lock(spec_with(normalisation=kind, **settings), model_for(kind))
    normaliser = lock.take(bench.intake, never)
    assert normaliser is not None
    assert lock.report(normaliser) == NormalisationLocked(kind, values, origin)


def test_a_models_own_window_needs_no_frames(bench: Bench) -> None:
    recipe = NormalisationRecipe("fixed", 0.0, 100.0, IntensityWindow(3.0, 9.0))
    lock = Lock(SPEC, replace(load_window_model(), normalisation=recipe))
    normaliser = lock.take(bench.intake, never)
    assert normaliser is not None
    assert lock.report(normaliser).origin == "the model"
    assert normaliser.present == IntensityWindow(3.0, 9.0)


@pytest.mark.parametrize(("kind", "settings", "origin", "values"), CONFIGURED)
def test_what_an_earlier_restorer_locked_goes_before_all_else(
    bench: Bench,
    kind: Kind,
    settings: dict[str, object],
    origin: str,
    values: dict[str, float],
) -> None:
    changed = {key: value + 1.0 for key, value in values.items()}
    locked = NormalisationLocked(kind, changed, origin)
    lock = Lock(spec_with(normalisation=kind, locked=locked, **settings), model_for(kind))
    normaliser = lock.take(bench.intake, never)
    assert normaliser is not None
    assert normaliser.kind == kind
    if kind != "per-frame":
        assert normaliser.present.record() == changed


def test_no_frame_at_all(bench: Bench) -> None:
    bench.ring.set_phase(Phase.CLOSED)
    assert Lock(SPEC, load_window_model()).take(bench.intake, never) is None


def test_correlated_noise_is_said() -> None:
    rng = np.random.default_rng(1)
    white = rng.poisson(50.0, (6, 65, 65)).astype(np.float32)
    smeared = white[:, 1:, 1:] + white[:, :-1, 1:] + white[:, 1:, :-1]
    said: list[int] = []
    for frames in (white, smeared):
        with capture_logs() as logs:
            Lock.warn(model_for("anscombe").lock(list(frames)))
        said.append(len(logs))
    with capture_logs() as logs:
        Lock.warn(Anscombe(CameraNoise(1.0)))
    assert (said, logs) == ([0, 1], [])
