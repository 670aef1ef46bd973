"""The table of sources, and what is made by it."""

import dataclasses
import json
import subprocess
import sys

import pytest

from livecare.errors import ConfigError
from livecare.sources import SOURCES, FrameSource, SimulatedSettings, make_source

HEAVY = ("torch", "onnxruntime", "tensorrt", "PySide6", "PyQt6", "pymmcore", "mm_test_adapters")


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_is_made_from_its_default_settings(name: str) -> None:
    source = make_source(name, SOURCES[name].settings())
    assert isinstance(source, FrameSource)
    source.close()


@pytest.mark.parametrize("name", SOURCES)
def test_settings_are_frozen_and_json(name: str) -> None:
    settings = SOURCES[name].settings()
    assert json.dumps(dataclasses.asdict(settings))
    field = dataclasses.fields(settings)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(settings, field, None)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="'webcam' is unknown; choose one of simulated, micro"):
        make_source("webcam", SimulatedSettings())


def test_another_sources_settings_are_refused() -> None:
    with pytest.raises(ConfigError, match="takes MicroManagerSettings, not SimulatedSettings"):
        make_source("micromanager", SimulatedSettings())


def test_the_recorders_process_imports_nothing_heavy() -> None:
    program = f"import sys, livecare.sources; print([m for m in {HEAVY} if m in sys.modules])"
    there = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert there.stdout.strip() == "[]"
