"""Intervals fitted to some frames hold on others, whatever was wrong with them before."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from sure_models import write_sure
from typer.testing import CliRunner

pytest.importorskip("onnxruntime")

import tifffile

from livecare.cli.ensemble import register
from livecare.errors import LivecareError, ModelError, UsageError
from livecare.evaluation import ImageSet, Recording
from livecare.evaluation.conformal import (
    FACTORS,
    JudgedPixels,
    factors_reaching,
    fit_intervals,
)
from livecare.evaluation.contestants import Network
from livecare.evaluation.model_card import describe_model
from livecare.evaluation.preparing import prepare
from livecare.evaluation.recalibrating import Judged, judge_set, recalibrate
from livecare.models import Model, library, load_bundled
from livecare.models.anscombe import CameraNoise

RNG = np.random.default_rng(6)
CAMERA = CameraNoise(2.0, 100.0, 1.5)


def pixels(count: int = 20_000, wrong: float = 1.0, curve: float = 0.0) -> JudgedPixels:
    """Laplace errors of scales that were predicted `wrong` times too small, wide ones more so."""
    scales = RNG.uniform(0.1, 1.0, count)
    errors = np.abs(RNG.laplace(0, scales * wrong * scales**curve))
    return JudgedPixels(scales, errors / np.log(10) / scales)


def field(seed: int, frames: int = 4, side: int = 96) -> tuple[np.ndarray, np.ndarray]:
    """Return frames of smooth blobs, and the truth, both in counts."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    photons = np.full((side, side), 2.0)
    for _ in range(10):
        row, column = rng.uniform(0, side, 2)
        photons += 30 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / (2 * rng.uniform(3, 7) ** 2))
    electrons = rng.poisson(photons, (frames, side, side)) + rng.normal(
        0, 1.5, (frames, side, side)
    )
    counts = np.clip(np.rint(100 + 2 * electrons), 0, None).astype(np.uint16)
    return counts, (100 + 2 * photons).astype(np.float32)


def images(count: int = 3, frames: int = 2, *, known: bool = True) -> ImageSet:
    recordings = []
    for seed in range(count):
        counts, truth = field(seed, 12 if not known else frames)
        told = truth if known else None
        recordings.append(
            Recording(f"field {seed}", counts, told, repeats=not known, camera=CAMERA)
        )
    return ImageSet("blobs", "Blobs", tuple(recordings), scored_frames=frames)


def test_the_factor_is_what_was_wrong() -> None:
    fitted = fit_intervals([pixels(wrong=2.5)], groups=1)
    assert fitted.factors == pytest.approx([2.5], rel=0.03)
    assert pixels(wrong=2.5).coverage() < 0.65
    assert pixels(wrong=2.5).coverage(fitted) == pytest.approx(0.9, abs=0.01)


def test_groups_mend_what_one_factor_leaves() -> None:
    seen, other = pixels(wrong=1.5, curve=0.8), pixels(wrong=1.5, curve=0.8)
    one, more = fit_intervals([seen], groups=1), fit_intervals([seen], groups=6)
    assert other.coverage(one) == pytest.approx(0.9, abs=0.01)
    assert other.coverage_of_wide(one) < 0.86
    assert other.coverage_of_wide(more) == pytest.approx(0.9, abs=0.02)


def test_the_quantile_is_the_conformal_one() -> None:
    """Of nine scores the ninth, so that a tenth is below it in nine of ten cases."""
    nine = JudgedPixels(np.ones(9), np.arange(1.0, 10.0))
    assert fit_intervals([nine], groups=1).factors == pytest.approx([9.0])
    ten = JudgedPixels(np.ones(99), np.arange(1.0, 100.0) / 10)
    assert fit_intervals([ten], groups=1).factors == pytest.approx([9.0])


def test_scales_that_are_all_alike_are_one_group() -> None:
    same = JudgedPixels(np.full(500, 0.3), np.abs(RNG.laplace(0, 1, 500)))
    assert len(fit_intervals([same]).factors) == 1


def test_factors_are_found_between_beyond_and_on_the_grid() -> None:
    wanted = np.array([0.001, FACTORS[0], 0.3, 1.0, 1.7, FACTORS[-1], 100.0])
    slopes = np.array([2.0, 0.5, 1.0, 3.0, 7.0, 1.0, 0.1])
    assert factors_reaching(FACTORS[:, None] * slopes, wanted * slopes) == pytest.approx(wanted)


def test_intervals_that_no_factor_mends_are_refused() -> None:
    with pytest.raises(UsageError, match="times as wide"):
        fit_intervals([pixels(wrong=100.0)])
    with pytest.raises(UsageError, match="without frames"):
        fit_intervals([])


def test_nothing_is_judged_by_what_was_fitted_to_it() -> None:
    """One field is wrong by another factor: left out, it is not covered."""
    judged = [Judged(f"field {k}", 0, pixels(wrong=4.0 if k == 0 else 1.0)) for k in range(4)]
    found = recalibrate(judged)
    assert found.by == "fields"
    by_field = {each.field: each for each in found.held}
    assert by_field["field 0"].after < 0.6
    assert min(by_field[f"field {k}"].after for k in (1, 2, 3)) > 0.89
    assert found.intervals.provenance["coverage_after"] == pytest.approx(found.after, abs=1e-3)

    repeated = [Judged("field 0", k, pixels(wrong=4.0)) for k in range(3)]
    again = recalibrate(repeated)
    assert again.by == "frames"
    assert again.after == pytest.approx(0.9, abs=0.01)
    with pytest.raises(UsageError, match="left out"):
        recalibrate(judged[:1])


@pytest.mark.parametrize("known", [True, False])
def test_a_model_that_is_wrong_covers_the_truth_once_recalibrated(
    tmp_path: Path, *, known: bool
) -> None:
    model = write_sure(tmp_path / "sure", scale=0.04)
    found = recalibrate(judge_set(model, images(known=known), "onnxruntime"))
    assert found.before < 0.85
    assert found.after == pytest.approx(0.9, abs=0.04)


def test_evaluating_the_recalibrated_model_finds_the_coverage_that_was_told(tmp_path: Path) -> None:
    """The whole way, through an engine: what is promised is what `evaluate` shows."""
    model = write_sure(tmp_path / "sure", scale=0.04)
    told = recalibrate(judge_set(model, images(), "onnxruntime"))
    contestant = Network(replace(model, intervals=told.intervals), "sure", "onnxruntime", 1)
    plain = Network(model, "sure", "onnxruntime", 1)
    assert contestant.fingerprint != plain.fingerprint
    seen: list[float] = []
    for each in images().recordings:
        ready = prepare(images(), each)
        restore = contestant.candidates(ready.subject)[0].restore
        for frame in ready.frames:
            held = frame.judge(restore(frame.raw), 0.0).coverage_90
            assert held is not None
            seen.append(held)
    contestant.close()
    assert np.mean(seen) == pytest.approx(0.9, abs=0.02)


def test_intervals_that_a_model_has_are_left_aside(tmp_path: Path) -> None:
    model = write_sure(tmp_path / "sure", scale=0.04)
    first = recalibrate(judge_set(model, images(), "onnxruntime"))
    again = recalibrate(
        judge_set(replace(model, intervals=first.intervals), images(), "onnxruntime")
    )
    assert again.intervals == first.intervals


def test_what_cannot_be_recalibrated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="predicts scales"):
        judge_set(write_sure(tmp_path / "unsure", scale=None), images())
    counts, _ = field(1)
    blind = ImageSet("none", "None", (Recording("none", counts, camera=CAMERA),))
    with pytest.raises(UsageError, match="without a truth"):
        judge_set(write_sure(tmp_path / "sure"), blind, "onnxruntime")


def command(*words: str) -> str:
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, words)
    if isinstance(result.exception, LivecareError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("onnx")
    monkeypatch.setattr(library, "library_folder", lambda: tmp_path / "library")
    members = [str(write_sure(tmp_path / f"m{k}", gain).folder) for k, gain in ((1, 0.9), (2, 1.1))]
    repeats = tmp_path / "repeats.tif"
    tifffile.imwrite(repeats, field(2, 10)[0], metadata={"axes": "TYX"})

    said = command("ensemble", *members, "--name", "both")
    assert f"wrote {tmp_path / 'library' / 'both'}" in said

    camera = ("--gain", "2", "--offset", "100", "--read-noise", "1.5")
    told = command(
        "recalibrate", str(tmp_path / "library" / "both"), str(repeats), "--repeats", *camera,
        "--frames", "4", "--engine", "onnxruntime", "--out", str(tmp_path / "better"),
    )  # fmt: skip
    better = Model.load(tmp_path / "better")
    assert better.intervals is not None
    assert better.intervals.provenance["left_out"] == "frames"
    assert describe_model(better).facts["intervals"] == better.intervals.words
    assert "recalibrated on 4 frames" in better.intervals.words
    assert "other frames of the same field" in told
    with pytest.raises(UsageError, match="--name"):
        command("ensemble", *members)
    for words in (("ensemble", *members), ("recalibrate", members[0], str(repeats))):
        with pytest.raises(UsageError, match="'default' is a model that comes with livecare"):
            command(*words, "--name", "default")
    with pytest.raises(UsageError, match="--gain"):
        command("recalibrate", "default", str(repeats), "--offset", "3", "--name", "x")
    with pytest.raises(UsageError, match="--offset, --read-noise is not given"):
        command("recalibrate", "default", str(repeats), "--gain", "3", "--name", "x")


def test_real_repeats_hold_after_a_recalibration_on_other_fields(recorded_data: Path) -> None:
    files = sorted((recorded_data / "nandb_fkbp").glob("well2_*.tif"))[:4]
    counts = CameraNoise(1.0)
    recordings = tuple(
        Recording(each.stem, tifffile.imread(each)[:, :160, :160], repeats=True, camera=counts)
        for each in files
    )
    judged = judge_set(
        load_bundled("default-fast"),
        ImageSet("nandb", "nandb", recordings, scored_frames=2),
        "onnxruntime",
    )
    found = recalibrate(judged)
    assert 0.85 < found.after < 0.95
