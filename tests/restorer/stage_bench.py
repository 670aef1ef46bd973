"""A stage for restoring with made-up engines: rings, orders, packages, and what came out."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml
from lock_orders import SHAPE, lit, spec_with
from made_up_engines import Bench, Reference, install
from window_package import WINDOW_PACKAGE

from livecare.engines.protocol import Engine, Expected
from livecare.errors import EngineError
from livecare.frame import FrameHeader, Pixels, Position, Restoration
from livecare.link import (
    FrameFailed,
    NormalisationLocked,
    Report,
    RestorerSpec,
    Swapped,
)
from livecare.models import IntensityWindow, Model
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalisation import Normalisation
from livecare.restorer import serving
from livecare.restorer.pace import Pace
from livecare.restorer.serving import Serving
from livecare.restorer.stage import Stage
from livecare.ring import GatingReader, OverrunnableReader, Phase, RingWriter
from livecare.wire import FrameMessage

SLOTS = 16
FRAME_BYTES = SHAPE[0] * SHAPE[1] * 4
PACE = Pace(batch=2, backlog=100, seconds_per_frame=0.001)


@dataclass
class Found:
    """A frame that was published."""

    sequence: int
    channel: int
    pixels: Pixels
    by: Restoration


class Paces:
    """What is measured of each engine, by name, instead of times; an error where it fails."""

    def __init__(self) -> None:
        self.by_engine: dict[str, Pace | EngineError] = {}

    def measure(self, engine: Engine, expected: Expected, *_: object) -> Pace:
        del expected
        pace = self.by_engine.get(engine.name, PACE)
        if isinstance(pace, EngineError):
            raise pace
        return pace


class StageBench:
    """Rings with all their ends, made-up engines, and what a stage said and published."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, slots: int = SLOTS) -> None:
        self.folder = folder
        self.engines: Bench = install(monkeypatch)
        self.paces = Paces()
        monkeypatch.setattr(serving, "measure_pace", self.paces.measure)
        monkeypatch.setattr(serving, "cache_folder", lambda: folder / "cache")
        self.raw = RingWriter.create(folder / "raw.ring", slots, FRAME_BYTES)
        self.raw_gate = GatingReader(folder / "raw.ring")
        self.reader = OverrunnableReader(folder / "raw.ring")
        self.restored = RingWriter.create(folder / "restored.ring", slots, FRAME_BYTES)
        self.restored_gate = GatingReader(folder / "restored.ring")
        self.said: list[Report] = []
        self.found: list[Found] = []
        self.shown: dict[int, Pixels] = {}

    def close(self) -> None:
        for end in (self.raw, self.raw_gate, self.reader, self.restored, self.restored_gate):
            end.close()

    def package(self, name: str, **normalisation: object) -> str:
        """Make a package of this name; returns its path."""
        folder = self.folder / name
        if not folder.exists():
            shutil.copytree(WINDOW_PACKAGE, folder)
            file = folder / "bioimageio.yaml"
            described = yaml.safe_load(file.read_text(encoding="utf-8"))
            described["name"] = name
            if normalisation:
                described["config"]["livecare"]["normalisation"] = normalisation
            file.write_text(yaml.safe_dump(described), encoding="utf-8")
        return str(folder)

    def spec(self, name: str = "a", **changed: object) -> RestorerSpec:
        settings = {
            "model": self.package(name),
            "engine": "auto",
            "raw_ring": str(self.folder / "raw.ring"),
            "restored_ring": str(self.folder / "restored.ring"),
        }
        return spec_with(**(settings | changed))

    def serving(self, name: str = "a", **changed: object) -> Serving:
        return Serving.prepare(self.spec(name, **changed))

    def stage(self, serving: Serving) -> Stage:
        return Stage(serving, self.reader, self.restored, self.collect, self.said.append)

    def publish(
        self, sequences: range, show: Callable[[int], Pixels] = lit, channel: int = 0
    ) -> None:
        for sequence in sequences:
            slot = self.raw.claim()
            assert slot is not None
            self.shown[sequence] = show(sequence)
            dtype = self.shown[sequence].dtype.name
            slot.pixels(SHAPE, dtype)[:] = self.shown[sequence]
            header = FrameHeader(
                sequence,
                Position(sequence, channel),
                SHAPE,
                dtype,  # type: ignore[arg-type]
                received_ns=0,
            )
            self.raw.publish(slot, FrameMessage("run", header))
            self.raw_gate.release()

    def drain(self) -> None:
        self.raw.set_phase(Phase.DRAIN)

    def restore_all(self, stage: Stage) -> None:
        while stage.intake.waiting:
            stage.restore_waiting()
        self.collect()

    def collect(self) -> None:
        """Do what the recorder does: take every restored frame."""
        while (held := self.restored_gate.peek()) is not None:
            slot, message = held
            header, restoration = message.header, message.restoration
            assert restoration is not None
            pixels = slot.pixels(SHAPE, header.dtype).copy()
            self.found.append(Found(header.sequence, header.position.c, pixels, restoration))
            self.restored_gate.release()

    @property
    def sequences(self) -> list[int]:
        return [each.sequence for each in self.found]

    @property
    def models(self) -> list[str]:
        return [each.by.model for each in self.found]

    @property
    def failed(self) -> list[int]:
        return [report.sequence for report in self.said if isinstance(report, FrameFailed)]

    @property
    def locked(self) -> list[NormalisationLocked]:
        return [report for report in self.said if isinstance(report, NormalisationLocked)]

    @property
    def swapped(self) -> list[Swapped]:
        return [report for report in self.said if isinstance(report, Swapped)]

    def assert_right(self, serving: Serving) -> None:
        """Every published frame is what fp32 makes of it, with the numbers that it came with."""
        for each in self.found:
            wanted = in_fp32(serving.model, self.shown[each.sequence], each)
            np.testing.assert_array_equal(each.pixels, wanted, f"frame {each.sequence}")


def in_fp32(model: Model, frame: Pixels, found: Found) -> Pixels:
    values = found.by.normalised_with
    normalisation: Normalisation
    if found.by.normalisation == "anscombe":
        normalisation = NoiseUnits(
            CameraNoise(
                values["gain"], values["offset"], values["read_noise"], int(values["binning"])
            )
        )
    else:
        normalisation = IntensityWindow(values["low"], values["high"])
    engine = Reference()
    engine.load(model, 1)
    restored = np.empty((1, *frame.shape), found.pixels.dtype)
    engine.infer(frame[np.newaxis], restored, [normalisation])
    engine.close()
    return np.asarray(restored[0])
