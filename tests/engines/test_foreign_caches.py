"""What another GPU, another version or a crash left in the cache: never taken, never in the way."""

from pathlib import Path

import pytest
from window_package import load_window_model

from livecare.engines import cache as caching
from livecare.engines import quantised
from livecare.engines.cache import MAGIC, Cache
from livecare.engines.choosing import Candidate, choose_engine
from livecare.engines.int8_range import Int8Network, Limits
from livecare.engines.protocol import Expected
from livecare.engines.quantised import cache_key, quantised_cache
from livecare.engines.timings import Timings

EXPECTED = Expected((32, 32))
INT8_OR_FP32 = [Candidate("onnxruntime", "int8"), Candidate("onnxruntime", "fp32")]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (caching, quantised):
        monkeypatch.setattr(module, "cache_folder", lambda: tmp_path)
    return tmp_path


def lengths(whole: int) -> list[int]:
    """Give lengths that a file may have been cut to: around each of its parts, and in between."""
    head = len(MAGIC) + 32
    near = {0, 1, len(MAGIC) - 1, len(MAGIC), head - 1, head, head + 1, whole // 2, whole - 1}
    return sorted(length for length in near if 0 <= length < whole)


def test_a_file_that_was_cut_anywhere_is_forgotten(folder: Path) -> None:
    cache = Cache(folder)
    cache.write("an-engine", b"compiled for a GPU" * 100)
    [file] = folder.iterdir()
    whole = file.read_bytes()
    for length in lengths(len(whole)):
        file.write_bytes(whole[:length])
        assert cache.read("an-engine") is None, length
        assert not file.exists()
    file.write_bytes(whole)
    assert cache.read("an-engine") is not None


def test_a_file_of_another_layout_is_forgotten(folder: Path) -> None:
    cache = Cache(folder)
    cache.write("an-engine", b"compiled")
    [file] = folder.iterdir()
    later = MAGIC.replace(b"1", b"2")
    assert later != MAGIC
    file.write_bytes(file.read_bytes().replace(MAGIC, later))
    assert cache.read("an-engine") is None
    assert cache.write("an-engine", b"anew")
    assert cache.read("an-engine") == b"anew"


def test_a_folder_in_the_place_of_a_file_is_in_nobodys_way(folder: Path) -> None:
    cache = Cache(folder)
    (folder / "an-engine.cached").mkdir()
    assert cache.read("an-engine") is None
    assert not cache.write("an-engine", b"compiled")
    cache.remove("an-engine")


FOREIGN = {
    "cut": b"",
    "no network": Int8Network(b"no network at all", Limits(-1e9, 1e9)).pack(),
    "another version's": b"a layout of years to come\n" + b"\x00" * 1000,
    "half of one": Int8Network(
        (load_window_model().onnx_path.read_bytes())[:500], Limits(-1e9, 1e9)
    ).pack(),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_an_int8_network_that_cannot_be_used_gives_way_to_fp32(
    folder: Path, engine: str, kind: str
) -> None:
    pytest.importorskip(engine, reason=f"the extra '{engine}' is missing")
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    model = load_window_model()
    quantised_cache().write(cache_key(model), FOREIGN[kind])
    assert list(folder.rglob("*.cached"))
    choice = choose_engine(
        model, [Candidate(engine, "int8"), Candidate("onnxruntime", "fp32")], 1, EXPECTED
    )
    assert choice.engine.precision == "fp32"
    [refusal] = choice.refused
    assert refusal.candidate == Candidate(engine, "int8")
    assert refusal.reason
    choice.engine.close()


def test_an_int8_network_that_was_cut_is_as_if_it_were_none(folder: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    model = load_window_model()
    network = Int8Network(model.onnx_path.read_bytes(), Limits(-1e9, 1e9))
    quantised_cache().write(cache_key(model), network.pack())
    [file] = folder.rglob("*.cached")
    file.write_bytes(file.read_bytes()[:-100])
    choice = choose_engine(model, INT8_OR_FP32, 1, EXPECTED)
    assert choice.engine.precision == "fp32"
    assert "has no int8 network here yet: run" in choice.refused[0].reason
    assert not file.exists()
    choice.engine.close()


def test_times_of_another_version_or_cut_are_measured_anew(folder: Path) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    model = load_window_model()
    choice = choose_engine(model, [Candidate("onnxruntime", "fp32")], 1, EXPECTED)
    timings = Timings(Cache(folder), choice.engine, model, EXPECTED, 1)
    timings.write({1: 0.5, 2: 0.6})
    [file] = folder.iterdir()
    whole = file.read_bytes()
    for length in lengths(len(whole)):
        file.write_bytes(whole[:length])
        assert timings.read() == {}
    choice.engine.close()
