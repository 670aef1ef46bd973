"""Times of batches: found again for the same facts only, and none where they make no sense."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_up_engines import First, MadeUpEngine, Second
from window_package import load_window_model

from livecare.engines import timings
from livecare.engines.cache import Cache
from livecare.engines.protocol import Expected
from livecare.engines.timings import Timings
from livecare.models import Model

TIMES = {1: 0.01, 2: 0.015, 4: 0.02}
EXPECTED = Expected((64, 48), "uint16", "uint16", 8)


def timings_of(
    folder: Path,
    engine: MadeUpEngine | None = None,
    model: Model | None = None,
    expected: Expected = EXPECTED,
    threads: int = 2,
) -> Timings:
    return Timings(
        Cache(folder), engine or First("fp16"), model or load_window_model(), expected, threads
    )


def on_another_device() -> MadeUpEngine:
    engine = First("fp16")
    engine.device = "stone"
    return engine


def test_what_was_written_is_read(tmp_path: Path) -> None:
    assert timings_of(tmp_path).read() == {}
    timings_of(tmp_path).write(TIMES)
    assert timings_of(tmp_path).read() == TIMES
    timings_of(tmp_path).write({1: 0.5})
    assert timings_of(tmp_path).read() == {1: 0.5}


OTHER_FACTS: dict[str, dict[str, object]] = {
    "engine": {"engine": Second("fp16")},
    "precision": {"engine": First("fp32")},
    "device": {"engine": on_another_device()},
    "model": {"model": replace(load_window_model(), sha256="f" * 64)},
    "rows": {"expected": replace(EXPECTED, shape=(63, 48))},
    "columns": {"expected": replace(EXPECTED, shape=(64, 49))},
    "raw type": {"expected": replace(EXPECTED, dtype="uint8")},
    "restored type": {"expected": replace(EXPECTED, restored_dtype="float32")},
    "most frames": {"expected": replace(EXPECTED, batch=16)},
    "threads": {"threads": 3},
}


@pytest.mark.parametrize("fact", OTHER_FACTS)
def test_another_fact_is_another_place(tmp_path: Path, fact: str) -> None:
    timings_of(tmp_path).write(TIMES)
    other = timings_of(tmp_path, **OTHER_FACTS[fact])  # type: ignore[arg-type]
    assert other.read() == {}
    other.write({1: 9.0})
    assert timings_of(tmp_path).read() == TIMES


@pytest.mark.parametrize("fact", ["version", "machine", "processor"])
def test_another_livecare_or_machine_is_another_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fact: str
) -> None:
    timings_of(tmp_path).write(TIMES)
    if fact == "version":
        monkeypatch.setattr(timings, "__version__", "another")
    else:
        monkeypatch.setattr(timings.platform, fact, lambda: "another")
    assert timings_of(tmp_path).read() == {}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"no times",
        b"[1, 2]",
        b'{"one": 0.1}',
        b'{"1": "long"}',
        b'{"1": NaN}',
        b'{"1": 0}',
        b'{"1": -0.5}',
        b'{"0": 0.5}',
        b'{"\xff": 0.5}',
        b"[" * 100_000,
    ],
)
def test_times_that_make_no_sense_are_none(tmp_path: Path, content: bytes) -> None:
    """The cache keeps bytes whole; another livecare may have meant something else by them."""
    timings_of(tmp_path).write(TIMES)
    [file] = tmp_path.iterdir()
    assert file.name.startswith(timings.PREFIX)
    Cache(tmp_path).write(file.name.removesuffix(".cached"), content)
    assert timings_of(tmp_path).read() == {}
    timings_of(tmp_path).write(TIMES)
    assert timings_of(tmp_path).read() == TIMES


def test_a_damaged_file_is_none(tmp_path: Path) -> None:
    timings_of(tmp_path).write(TIMES)
    [file] = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-1])
    assert timings_of(tmp_path).read() == {}


def test_a_cache_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    kept = timings_of(tmp_path / "file")
    kept.write(TIMES)
    assert kept.read() == {}
