"""One image set: choices, means, failures, the cache, and what is said about odd results."""

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from evaluation_scenes import CAMERA, blobs, expose, image_set, truth_of
from rich.console import Console

from livecare.errors import EngineError, UsageError
from livecare.evaluation import Evaluation, ImageSet, Outcome, Recording
from livecare.evaluation.baselines import Subject
from livecare.evaluation.cache import Cache
from livecare.evaluation.contestants import (
    Candidate,
    Classical,
    Contestant,
    RawFrame,
    Restored,
)
from livecare.evaluation.evaluating import evaluate_set
from livecare.evaluation.metrics import mean_squared_error, psnr_db, range_of
from livecare.evaluation.metrics.smoothing import gaussian
from livecare.evaluation.running import write_evaluation
from livecare.evaluation.suite.spoiling import add_row_noise
from livecare.evaluation.table import set_table
from livecare.frame import Pixels

Change = Callable[[Pixels], Pixels]


class Fake:
    """A contestant that gives back the truth, changed by one of some functions."""

    kind: Literal["raw", "baseline", "model"] = "model"

    def __init__(self, *changes: Change, name: str = "fake", spread: float | None = None) -> None:
        self.name = self.label = self.fingerprint = name
        self.tuned_on_truth = len(changes) > 1
        self._changes = changes
        self._spread = spread
        self.restored = 0

    def obstacle(self, *, psf: bool, truth: bool) -> None:
        del psf, truth

    def candidates(self, subject: Subject) -> Sequence[Candidate]:
        del subject

        def restorer(change: Change) -> Callable[[Pixels], Restored]:
            def restore(raw: Pixels) -> Restored:
                self.restored += 1
                image = np.asarray(change(raw), np.float32)
                spread = None if self._spread is None else np.full_like(image, self._spread)
                return Restored(image, spread)

            return restore

        return [Candidate(f"way {n}", restorer(each)) for n, each in enumerate(self._changes)]

    def close(self) -> None:
        pass


TRUTH = truth_of(blobs())


def only(images: ImageSet, contestant: Contestant, cache: Cache | None = None) -> Outcome:
    return evaluate_set(images, [contestant], cache=cache).outcomes[0]


def test_raw_scores_are_the_metrics() -> None:
    images = image_set()
    outcome = only(images, RawFrame())
    expected = np.mean(
        [
            psnr_db(mean_squared_error(f, TRUTH), range_of(TRUTH))
            for f in images.recordings[0].frames
        ]
    )
    assert outcome.scores.psnr_db == pytest.approx(expected, abs=1e-4)
    assert outcome.scores.photon_factor == pytest.approx(1, abs=0.05)
    assert outcome.scores.intensity_ratio == pytest.approx(1, abs=0.02)
    assert outcome.scores.residual_variance == 0
    assert (outcome.frames, outcome.warnings) == (4, ())


def test_it_is_said_that_a_contestant_takes_long_unless_it_is_known_already(
    tmp_path: Path,
) -> None:
    cache = Cache(tmp_path)
    for expected in (1, 0):
        said: list[str] = []
        contestants = [RawFrame(), Fake(lambda _: TRUTH, name="bm3d")]
        evaluate_set(image_set(), contestants, cache=cache, say=said.append)
        assert sum("takes long" in words for words in said) == expected


@pytest.mark.parametrize(("width", "left_out"), [(150, ""), (80, "residual"), (20, "SSIM")])
def test_no_number_of_the_table_is_cut(width: int, left_out: str) -> None:
    result = evaluate_set(image_set(), [RawFrame(), Classical("gaussian")])
    console = Console(width=width, markup=False, record=True, file=io.StringIO())
    console.print(set_table(result, console.width))
    shown = console.export_text()
    assert "…" not in shown
    assert "PSNR," in shown
    assert f"{result.outcomes[1].scores.psnr_db:.2f}" in shown
    assert ("no room here for" in " ".join(shown.split())) == bool(left_out)
    assert left_out in shown


def test_the_best_of_several_is_reported_for_each_score_by_itself() -> None:
    images = image_set()
    outcome = only(images, Classical("gaussian"))
    sigma = float(outcome.setting.split()[1])
    assert 0.7 < sigma < 3
    assert outcome.tuned_on_truth
    for other in (0.5, sigma * 1.5):
        fixed = Fake(lambda raw, width=other: gaussian(raw.astype(np.float32), width))
        worse = only(images, fixed)
        assert worse.scores.psnr_db < outcome.scores.psnr_db
        assert worse.scores.ssim <= outcome.scores.ssim


def test_ssim_may_come_from_another_setting() -> None:
    outcome = only(image_set(), Fake(lambda _: TRUTH + 3, lambda _: TRUTH * 1.001 - 9))
    assert outcome.setting == "way 0"
    flat_is_best_for_psnr = Fake(
        lambda _: TRUTH + 8 * np.where(np.indices(TRUTH.shape).sum(axis=0) % 2, 1, -1),
        lambda _: TRUTH + 9,
    )
    outcome = only(image_set(), flat_is_best_for_psnr)
    assert outcome.setting == "way 0 (SSIM: way 1)"


def test_repeats_are_corrected_and_spread_over_the_recording() -> None:
    raw = expose(blobs(), 20)
    images = ImageSet(
        "r", "R", (Recording("r", raw, repeats=True, camera=CAMERA),), scored_frames=4
    )
    assert images.indices(images.recordings[0]) == [2, 7, 12, 17]
    scores = only(images, Fake(lambda _: TRUTH + 3)).scores
    expected = psnr_db(9.0, range_of(TRUTH))
    assert scores.psnr_db == pytest.approx(expected, abs=0.7)
    assert scores.psnr_uncorrected_db < scores.psnr_db


def test_an_affine_set_forgives_gain_and_offset_of_the_truth() -> None:
    photons = blobs()
    stretched = 0.4 * truth_of(photons) - 17
    recording = Recording("a", expose(photons, 3), stretched, camera=CAMERA)
    images = ImageSet("a", "A", (recording,), affine=True)
    scores = only(images, Fake(lambda _: TRUTH)).scores
    assert scores.psnr_db > 60
    assert scores.photon_factor > 500, "the truth was brought to the raw frame's counts"
    assert scores.intensity_ratio == pytest.approx(1, abs=0.02)
    plain = only(replace(images, affine=False), Fake(lambda _: TRUTH)).scores
    assert plain.psnr_db < 10


@pytest.mark.parametrize("affine", [True, False])
def test_flicker_is_told_in_counts_whatever_the_truth_is_in(affine: bool) -> None:  # noqa: FBT001
    still = truth_of(blobs(dark=10))
    swings = 1 + 0.02 * (-1.0) ** np.arange(4)[:, None, None]
    movie = np.asarray(100 + (still - 100) * swings, np.float32)
    truth = 0.05 * movie + 3 if affine else movie
    recording = Recording("m", expose(blobs(dark=10), 4), truth, camera=CAMERA)
    frames = iter(movie)
    scores = only(
        ImageSet("m", "M", (recording,), affine=affine), Fake(lambda _: next(frames))
    ).scores
    assert scores.flicker_ratio == pytest.approx(1, abs=0.02)
    assert scores.flicker_percent == pytest.approx(2.3, abs=0.3)


def test_a_fixed_range() -> None:
    scores = only(image_set(peak=255.0), Fake(lambda _: TRUTH + 1)).scores
    assert scores.psnr_db == pytest.approx(20 * np.log10(255), abs=1e-3)


def test_predicted_intervals_are_judged() -> None:
    noise = np.random.default_rng(0).laplace(0, 2, TRUTH.shape)
    right = only(image_set(), Fake(lambda _: TRUTH + noise, spread=2.0))
    assert right.scores.coverage_90 == pytest.approx(0.9, abs=0.02)
    assert len(right.curves.coverage) == 11
    sure = only(image_set(), Fake(lambda _: TRUTH + noise, spread=0.5))
    assert any("90 % intervals hold" in words for words in sure.warnings)
    assert only(image_set(), Fake(lambda _: TRUTH)).scores.coverage_90 is None


def test_odd_results_are_said() -> None:
    brighter = only(image_set(), Fake(lambda _: 100 + 1.1 * (TRUTH - 100)))
    assert any("changes the light by +10.0 %" in words for words in brighter.warnings)
    smooth = only(image_set(), Fake(lambda raw: gaussian(raw.astype(np.float32), 9.0)))
    assert any("no white noise" in words for words in smooth.warnings)
    flip = iter([0.8, 1.2] * 8)
    unsteady = only(image_set(), Fake(lambda _: 100 + next(flip) * (TRUTH - 100)))
    assert any("flicker" in words for words in unsteady.warnings)


def test_violated_independence_heads_the_set() -> None:
    counts = np.random.default_rng(0).poisson(blobs(), (8, 96, 96)).astype(np.uint8)
    recording = Recording("rows", add_row_noise(counts, seed=0), repeats=True)
    result = evaluate_set(ImageSet("rows", "Rows", (recording,)), [RawFrame()])
    assert result.violated
    assert "use structn2v" in result.warnings[0]
    assert not evaluate_set(image_set(), [RawFrame()]).violated


def test_wrong_camera_values_are_noticed() -> None:
    wrong = replace(CAMERA, gain_adu_per_e=6.0)
    recording = replace(image_set().recordings[0], camera=wrong)
    result = evaluate_set(ImageSet("w", "W", (recording,)), [RawFrame()])
    assert any("do not explain" in words for words in result.warnings)


def test_without_a_truth_there_is_still_something_to_say() -> None:
    recording = Recording("movie", expose(blobs(), 6), camera=CAMERA)
    result = evaluate_set(
        ImageSet("m", "M", (recording,), scored_frames=6),
        [RawFrame(), Classical("gaussian"), Fake(lambda _: TRUTH)],
    )
    raw, tuned, fake = result.outcomes
    assert raw.scores.psnr_db is None
    assert tuned.status == "not applicable"
    assert fake.scores.residual_variance == pytest.approx(1, abs=0.05)
    assert fake.scores.flicker_ratio == pytest.approx(0, abs=0.01)
    assert "truth" not in result.example


def test_one_that_fails_does_not_stop_the_others() -> None:
    def fail(_: Pixels) -> Pixels:
        raise EngineError("out of memory at frame 0")

    result = evaluate_set(image_set(), [Fake(fail, name="bad"), Fake(lambda _: TRUTH, name="good")])
    assert [each.status for each in result.outcomes] == ["failed", "done"]
    assert "out of memory" in result.outcomes[0].reason


def test_the_cache_answers_until_something_changes(tmp_path: Path) -> None:
    cache, fake = Cache(tmp_path), Fake(lambda _: TRUTH + 1)
    first = only(image_set(), fake, cache=cache)
    made = fake.restored
    assert only(image_set(), fake, cache=cache) == first
    assert fake.restored == made
    fake.fingerprint = "another model"
    only(image_set(), fake, cache=cache)
    assert fake.restored == 2 * made
    only(image_set(frames=3), fake, cache=cache)
    assert fake.restored == 2 * made + 3
    file = next(tmp_path.rglob("*.json"))
    file.write_text(file.read_text(encoding="utf-8")[:100], encoding="utf-8")
    only(image_set(frames=3), fake, cache=cache)
    assert fake.restored == 2 * made + 6, "a cut file is no answer"


def test_scores_without_end_are_kept_in_the_cache(tmp_path: Path) -> None:
    cache, fake = Cache(tmp_path), Fake(lambda _: TRUTH)
    first = only(image_set(), fake, cache=cache)
    assert first.scores.photon_factor == np.inf
    made = fake.restored
    assert only(image_set(), fake, cache=cache) == first
    assert fake.restored == made


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="one truth for all"):
        Recording("x", np.zeros((3, 8, 8)), np.zeros((2, 8, 8)))
    with pytest.raises(UsageError, match="no frames"):
        Recording("x", np.zeros((0, 8, 8)))


def test_a_folder_that_takes_no_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "outcomes").write_text("a file")
    with pytest.raises(UsageError, match=r"cannot write to .*outcomes.*give another --out"):
        evaluate_set(image_set(), [RawFrame()], cache=Cache(tmp_path / "outcomes"))
    (tmp_path / "report.html").mkdir()
    with pytest.raises(UsageError, match=r"cannot write to .*report\.html.*give another --out"):
        write_evaluation(Evaluation("title", {}, (), ()), tmp_path)
