"""One image set: every contestant restores its frames, and each result is judged."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import LivecareError
from livecare.evaluation.cache import Cache
from livecare.evaluation.contestants import Candidate, Contestant, Restored
from livecare.evaluation.describing import (
    choose_view,
    describe_example,
    describe_set,
    show_example,
    truth_curves,
)
from livecare.evaluation.imageset import ImageSet
from livecare.evaluation.judging import Frame, mean_scores
from livecare.evaluation.metrics import fit_affine, measure_flicker, trace_correlation
from livecare.evaluation.metrics.flicker import BLOCK, LEAST_FRAMES
from livecare.evaluation.picturing import View
from livecare.evaluation.preparing import Prepared, prepare
from livecare.evaluation.results import Curves, Outcome, Scores, SetResult
from livecare.evaluation.warning_words import data_warnings, outcome_warnings

Say = Callable[[str], None]
SLOW: Final = {
    "bm3d": "it takes long, 3 to 15 s for a frame of 512 × 512 pixels on two cores; "
    "--baselines gaussian,median,nlm leaves it out"
}
"""What is said of contestants that take minutes, by name, before they begin."""


def evaluate_set(
    images: ImageSet,
    contestants: Sequence[Contestant],
    *,
    psf: NDArray[np.float32] | None = None,
    cache: Cache | None = None,
    say: Say = lambda _: None,
) -> SetResult:
    """Let every contestant restore a set and judge the results.

    Parameters
    ----------
    images : ImageSet
        What to restore.
    contestants : sequence of Contestant
        Raw first.
    psf : array, shape (y, x), or None
        Point spread function for deconvolution.
    cache : Cache or None
        Keeps outcomes, so that an interrupted evaluation goes on where it stopped.
    say : callable
        Told what is going on.

    Raises
    ------
    LivecareError
        If a recording cannot be evaluated at all; a contestant that fails is reported instead.
    """
    prepared = [prepare(images, recording, psf) for recording in images.recordings]
    view = choose_view(prepared[0])
    outcomes = [_outcome(images, each, prepared, view, cache, say) for each in contestants]
    warnings = data_warnings([each.camera for each in prepared], outcomes)
    return SetResult(
        name=images.name,
        title=images.title,
        note=images.note,
        groups=images.groups,
        about=describe_set(images, prepared),
        warnings=warnings,
        expects_violation=images.expects_violation,
        violated=any(each.camera.violation for each in prepared),
        outcomes=tuple(outcomes),
        example=describe_example(images, prepared[0], view),
        truth_curves=truth_curves(prepared[0], view),
    )


def _outcome(
    images: ImageSet,
    contestant: Contestant,
    prepared: Sequence[Prepared],
    view: View,
    cache: Cache | None,
    say: Say,
) -> Outcome:
    """Return a contestant's outcome: from the cache, or by letting it restore."""
    say(f"{images.title}: {contestant.label}")
    blank = Outcome(
        contestant.name,
        contestant.label,
        contestant.kind,
        tuned_on_truth=contestant.tuned_on_truth,
    )
    psf = prepared[0].subject.psf
    obstacle = contestant.obstacle(psf=psf is not None, truth=images.has_truth)
    if obstacle is not None:
        return replace(blank, status=obstacle[0], reason=obstacle[1])  # type: ignore[arg-type]
    key = (images, contestant.fingerprint, psf)
    kept = cache.find(*key, contestant.name) if cache else None
    if kept is not None:
        return kept
    if contestant.name in SLOW:
        say(f"{contestant.label}: {SLOW[contestant.name]}")
    try:
        found = _restore_all(images, contestant, prepared, view, blank)
    except LivecareError as error:
        return replace(blank, status="failed", reason=str(error))
    if cache:
        cache.keep(*key, found)
    return found


def _restore_all(
    images: ImageSet,
    contestant: Contestant,
    prepared: Sequence[Prepared],
    view: View,
    blank: Outcome,
) -> Outcome:
    fitted = [contestant.candidates(each.subject) for each in prepared]
    best, best_ssim, ssim = _choose(fitted, prepared)
    scores: list[Scores] = []
    by_recording: dict[str, float | None] = {}
    curves, pictures = Curves(), dict[str, str]()
    for number, (each, candidates) in enumerate(zip(prepared, fitted, strict=True)):
        timed = [_timed(candidates[best], frame) for frame in each.frames]
        found = [
            frame.judge(restored, seconds)
            for frame, (restored, seconds) in zip(each.frames, timed, strict=True)
        ]
        in_time = _over_time(images, each, [restored for restored, _ in timed])
        scores += [*found, in_time]
        by_recording[each.recording.name] = mean_scores(found).psnr_db
        if number == 0:
            curves, pictures = show_example(each.frames[0], timed[0][0], view)
    mean = mean_scores(scores)
    setting = fitted[0][best].setting
    if best_ssim != best:
        mean = replace(mean, ssim=ssim)
        setting += f" (SSIM: {fitted[0][best_ssim].setting})"
    found_outcome = replace(
        blank,
        setting=setting,
        scores=mean,
        recordings=by_recording,
        frames=sum(len(each.frames) for each in prepared),
        curves=curves,
        pictures=pictures,
    )
    return replace(found_outcome, warnings=outcome_warnings(found_outcome))


def _choose(
    fitted: Sequence[Sequence[Candidate]], prepared: Sequence[Prepared]
) -> tuple[int, int, float]:
    """Return the candidates that are best for PSNR and for SSIM over the set, and that SSIM."""
    if len(fitted[0]) == 1:
        return 0, 0, 0.0
    means = []
    for number in range(len(fitted[0])):
        each = [
            frame.fidelity(candidates[number].restore(frame.raw).pixels)
            for candidates, one in zip(fitted, prepared, strict=True)
            for frame in one.frames
        ]
        means.append(np.mean(each, axis=0))
    best, best_ssim = (int(place) for place in np.argmax(means, axis=0))
    return best, best_ssim, float(means[best_ssim][1])


def _timed(candidate: Candidate, frame: Frame) -> tuple[Restored, float]:
    started = time.perf_counter()
    restored = candidate.restore(frame.raw)
    return restored, time.perf_counter() - started


def _over_time(images: ImageSet, prepared: Prepared, restored: Sequence[Restored]) -> Scores:
    """Return what only several frames of one field can tell."""
    if len(restored) < LEAST_FRAMES or min(restored[0].pixels.shape) < BLOCK:
        return Scores()
    after = np.stack([each.pixels for each in restored])
    chosen = images.indices(prepared.recording)
    raw, truth = prepared.recording.frames[chosen], prepared.recording.truth
    moving = truth is not None and truth.ndim == raw.ndim
    reference = truth[chosen] if truth is not None and moving else raw
    if moving and images.affine:  # one map for all frames: what flickers stays
        reference = fit_affine(reference, onto=raw).apply(reference)
    flicker = measure_flicker(after, reference, prepared.camera.noise)
    return Scores(
        flicker_ratio=flicker.ratio,
        flicker_percent=flicker.percent,
        trace_correlation=trace_correlation(after, raw),
    )
