"""Figures of an engine beside fp32: what passes, what is refused, and that nothing else counts."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_engines import Bench, Fault, First, Reference, made_up_model, noisy
from window_package import load_window_model

from livecare.engines import available_engines, checking, make_engine
from livecare.engines.checking import (
    GAIN_DB,
    TOLERANCES,
    Check,
    Tolerance,
    check_engine,
)
from livecare.engines.protocol import PRECISIONS, Precision
from livecare.errors import EngineError
from livecare.frame import PIXEL_TYPES, Pixels, PixelType
from livecare.models import IntensityWindow, Model, load_bundled
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.models.normalisation import Normalisation
from livecare.models.sample import sample_of

WINDOW = IntensityWindow(0.0, 250.0)
SAME = Check(0.0, 0.0, 0.0, passed=True)
ODD_TOLERANCE = Tolerance(0.1, 100.0, 100.0)


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    bench = Bench()
    monkeypatch.setattr("made_up_engines.present", bench)
    return bench


@pytest.fixture
def model(tmp_path: Path) -> Model:
    return made_up_model(tmp_path)


def check(
    model: Model,
    frame: Pixels,
    precision: Precision = "fp32",
    normalisation: Normalisation = WINDOW,
    restored: PixelType | None = None,
) -> Check:
    engine, reference = First(precision), Reference()
    for each in (engine, reference):
        each.load(model, 1)
    return check_engine(engine, reference, model, [frame], [normalisation], restored)


def frame_of(shape: tuple[int, ...], dtype: PixelType = "float32", seed: int = 0) -> Pixels:
    return noisy(shape, 100.0, seed).astype(dtype)


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16", "int8", "exact", "odd"])
def test_an_engine_is_measured_by_the_precision_that_it_says_it_has(
    bench: Bench, model: Model, precision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TOLERANCES, "bf16", ODD_TOLERANCE)
    bench.faults["first"] = Fault(precision=precision, counts=0.0)
    frame = frame_of((40, 50))
    assert check(model, frame).passed
    bench.faults["first"].counts = 0.05 * rms_change(model, frame)
    assert check(model, frame).passed == (precision == "bf16")


def rms_change(model: Model, frame: Pixels, normalisation: Normalisation = WINDOW) -> float:
    """Return what the network changes, counts."""
    engine = Reference()
    engine.load(model, 1)
    restored = np.empty((1, *frame.shape), np.float32)
    engine.infer(frame[np.newaxis], restored, [normalisation])
    engine.close()
    return float(np.sqrt(np.mean(np.square(restored[0].astype(np.float64) - frame))))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_an_engine_passes_and_is_refused_around_its_tolerance(
    bench: Bench, model: Model, precision: Precision
) -> None:
    frame = frame_of((40, 50))
    tolerance = TOLERANCES[precision]
    share = math.sqrt((10 ** (tolerance.psnr_loss_db / 10) - 1) / 10 ** (GAIN_DB / 10))
    most = min(tolerance.relative_rms, share) * rms_change(model, frame)
    for factor, passes in ((0.98, True), (1.02, False)):
        bench.faults["first"] = Fault(counts=factor * most)
        found = check(model, frame, precision)
        assert found.passed == passes, found.words
        assert found.relative_rms == pytest.approx(
            factor * min(tolerance.relative_rms, share), rel=0.01
        )


@pytest.mark.parametrize("photons", [2.0, 30.0])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_dim_integers_of_an_engine_that_is_a_hair_off(
    bench: Bench, model: Model, dtype: PixelType, photons: float
) -> None:
    """In frames of a few counts, one that is rounded the other way is no difference."""
    frame = (10 + 2 * noisy((120, 140), photons)).astype(dtype)
    units = NoiseUnits(CameraNoise(2.0, 10.0, 1.0))
    bench.faults["first"] = Fault(counts=1e-3)
    found = check(model, frame, normalisation=units)
    assert found.passed, found.words
    bench.faults["first"] = Fault(counts=2.0)
    assert not check(model, frame, "int8", units).passed


@pytest.mark.parametrize("restored", [None, *PIXEL_TYPES])
@pytest.mark.parametrize("dtype", PIXEL_TYPES)
def test_an_engine_makes_frames_of_the_type_that_it_will(
    bench: Bench, model: Model, dtype: PixelType, restored: PixelType | None
) -> None:
    frame = frame_of((30, 44), dtype)
    assert check(model, frame, restored=restored) == SAME
    bright = (frame_of((30, 44)) * 3).astype(dtype)
    assert (
        check(model, bright, normalisation=IntensityWindow(0.0, 900.0), restored=restored) == SAME
    )
    bench.faults["first"] = Fault(counts=30.0)
    assert not check(model, frame, restored=restored).passed


def test_all_frames_are_compared(bench: Bench, model: Model) -> None:
    bench.faults["first"] = Fault(counts=500.0, dim_frames_only=True)
    engine, reference = First("fp16"), Reference()
    for each in (engine, reference):
        each.load(model, 1)
    bright = frame_of((20, 30)) + np.float32(5000.0)
    frames, windows = [bright, frame_of((20, 30))], [IntensityWindow(4000.0, 6000.0), WINDOW]
    assert check_engine(engine, reference, model, frames[:1], windows[:1]).passed
    assert not check_engine(engine, reference, model, frames, windows).passed
    with pytest.raises(EngineError, match="no frame to check with"):
        check_engine(engine, reference, model, [], [])


@pytest.mark.parametrize("axes", ["yx", "zyx"])
def test_the_engine_sees_the_whole_and_the_reference_the_middle(
    bench: Bench, tmp_path: Path, axes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "CORE_PX", 16)
    model = made_up_model(tmp_path, axes, stride=2, reach=2)
    shape = (50, 61) if axes == "yx" else (3, 50, 61)
    assert check(model, frame_of(shape)) == SAME
    engine, reference = bench.made
    assert engine.batches == [(1, *shape)]
    [(_, *seen)] = reference.batches
    assert seen[-2:] == [26, 26], "the middle and a halo of 5 on either side"
    assert seen[:-2] == [3] * (len(axes) - 2)


def test_what_is_wrong_beyond_the_middle_is_not_compared_and_within_it_is(
    bench: Bench, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "CORE_PX", 8)
    bench.faults["first"] = Fault(nan=True)  # in the first column
    assert check(model, frame_of((40, 40))).passed
    assert not check(model, frame_of((40, 8))).passed


@settings(max_examples=80)
@given(
    lengths=st.lists(st.integers(1, 70), min_size=2, max_size=3),
    stride=st.integers(1, 4),
    reach=st.integers(0, 3),
    core=st.integers(4, 20),
    dtype=st.sampled_from(PIXEL_TYPES),
    kind=st.sampled_from(["fixed", "anscombe", "binned"]),
    seed=st.integers(0, 3),
)
def test_an_exact_engine_differs_by_nothing_whatever_the_size(
    tmp_path_factory: pytest.TempPathFactory,
    lengths: list[int],
    stride: int,
    reach: int,
    core: int,
    dtype: PixelType,
    kind: str,
    seed: int,
) -> None:
    """The middle and what reaches into it give what the whole gives there, to the last bit."""
    if len(lengths) == 3:
        lengths = [1 + length // 4 for length in lengths]
    axes = "yx" if len(lengths) == 2 else "zyx"
    folder = tmp_path_factory.getbasetemp() / "property"
    model = made_up_model(folder, axes, stride, reach)
    normalisation: Normalisation = WINDOW
    if kind != "fixed":
        normalisation = NoiseUnits(CameraNoise(2.0, 10.0, 1.0, 2 if kind == "binned" else 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "CORE_PX", core)
        patch.setattr("made_up_engines.present", Bench())
        frame = frame_of(tuple(lengths), dtype, seed)
        assert check(model, frame, normalisation=normalisation) == SAME


@settings(max_examples=60)
@given(
    lengths=st.lists(st.integers(1, 3000), min_size=2, max_size=2),
    stride=st.sampled_from([1, 2, 8, 16]),
    halo=st.integers(0, 120),
)
def test_the_middle_is_there_and_is_bounded(
    model_of_no_halo: Model, lengths: list[int], stride: int, halo: int
) -> None:
    model = replace(model_of_no_halo, multiple_of=(stride,) * 2, halo_px=(halo,) * 2)
    seen, core = checking._middle(tuple(lengths), model)
    for length, window, kept in zip(lengths, seen, core, strict=True):
        shown = window.stop - window.start
        assert 0 <= window.start < window.stop <= length
        assert window.start % stride == 0
        assert window.stop == length or shown % stride == 0
        assert shown <= checking.CORE_PX + 2 * halo + 2 * stride
        assert kept.stop - kept.start >= min(length, checking.CORE_PX - stride)
        assert 0 <= kept.start < kept.stop <= shown


@pytest.fixture(scope="module")
def model_of_no_halo(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return made_up_model(tmp_path_factory.mktemp("model"))


@pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("kind", ["fixed", "anscombe"])
def test_engines_in_fp32_pass_on_frames_larger_than_the_middle(name: str, kind: str) -> None:
    """With the halo that was measured of the network, and sums in whatever order."""
    if name not in available_engines():
        pytest.skip(f"the extra '{name}' is missing")
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    model = load_window_model() if kind == "fixed" else load_bundled()
    sample = sample_of(model, "uint16", (601, 530))
    engine, reference = make_engine(name, "fp32"), make_engine("onnxruntime", "fp32")
    for each in (engine, reference):
        each.load(model, 2)
    found = check_engine(engine, reference, model, [sample.frame], [sample.normalisation])
    for each in (engine, reference):
        each.close()
    assert found.passed, found.words
    assert found.relative_rms < 1e-4
