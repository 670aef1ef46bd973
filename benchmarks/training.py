"""Training beside CAREamics: the same recordings, the same minutes, decibels of each.

livecare runs here; CAREamics in an environment of its own, since the two want different versions::

    python -m venv careamics
    careamics/bin/pip install careamics
    python benchmarks/training.py --data DATA --careamics careamics/bin/python

DATA holds `nandb_fkbp/` (repeated photon counts: wells 1 to train on, wells 2 to score) and `w2s8/`
(wide field, one noisy frame and the mean of 400 of each field). Scores are those of `livecare
evaluate`: PSNR against the mean of a field's other frames, whose own noise is subtracted from the
error (the table has the plain PSNR beside it), or against the clean picture after an affine fit.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import tifffile
from machine import Machine
from numpy.typing import NDArray
from report import place_of, write_document

from livecare.engines import make_engine
from livecare.evaluation.baselines.widths import SIGMAS_PX, smooth_gaussian
from livecare.evaluation.metrics import (
    fit_affine,
    leave_one_out,
    mean_squared_error,
    psnr_db,
    range_of,
)
from livecare.models import Model
from livecare.models.locking import LOCK_FRAMES

TESTED_FRAMES: Final = (0, 16, 33, 49)
"""Of each recording of 50; neighbours in time say nothing new."""
TRAINING_FIELDS: Final = 16
"""Of the 20 of w2s8; the others are scored."""

METHODS: Final = ("n2n", "n2v2", "care")

Frames = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Task:
    """What is learnt and what is judged.

    Attributes
    ----------
    noisy : array, shape (n, y, x)
        To learn from; in order of time where they are of one recording.
    target : array of the same shape, or None
        What they are compared with.
    files : list of str
        Arguments of `livecare train` that name the same.
    tested, truth : array, shape (m, y, x)
        To judge by.
    variance : list of float
        Of the truth's own noise.
    first : list of array, shape (k, y, x)
        The first frames of the recording of each judged frame: normalisation is locked to them.
    affine : bool
        Whether a straight line is fitted before scoring.
    """

    noisy: Frames
    target: Frames | None
    files: list[str]
    tested: Frames
    truth: Frames
    variance: list[float]
    first: list[Frames]
    affine: bool


def repeats_task(data: Path, method: str, *, quick: bool) -> Task:
    """Photon counts: any method that needs no clean pictures."""
    folder = data / "nandb_fkbp"
    files = sorted(folder.glob("well1_*.tif"))[: 2 if quick else None]
    stacks = [tifffile.imread(file).astype(np.float32) for file in files]
    tested, truths, first = [], [], []
    for file in sorted(folder.glob("well2_*.tif"))[: 1 if quick else None]:
        stack = tifffile.imread(file).astype(np.float32)
        for frame in TESTED_FRAMES:
            first.append(stack[:LOCK_FRAMES])
            tested.append(stack[frame])
            truths.append(leave_one_out(stack, frame))
    supervised = method == "n2n"
    return Task(
        noisy=np.concatenate([stack[:-1] for stack in stacks]),
        target=np.concatenate([stack[1:] for stack in stacks]) if supervised else None,
        files=[str(file) for file in files],
        tested=np.stack(tested),
        truth=np.stack([each.image for each in truths]),
        variance=[each.variance for each in truths],
        first=first,
        affine=False,
    )


def pairs_task(data: Path, scratch: Path) -> Task:
    """Wide field, clean pictures: care."""
    low = tifffile.imread(data / "w2s8" / "input_avg1_001-020.tif").astype(np.float32)
    high = tifffile.imread(data / "w2s8" / "target_avg400_001-020.tif").astype(np.float32)
    for name, fields in (("low", low), ("high", high)):
        (scratch / name).mkdir()
        for index, channels in enumerate(fields[:TRAINING_FIELDS]):
            for channel, picture in enumerate(channels):
                tifffile.imwrite(scratch / name / f"{index:02}_{channel}.tif", picture)
    size = low.shape[-2:]
    return Task(
        noisy=low[:TRAINING_FIELDS].reshape(-1, *size),
        target=high[:TRAINING_FIELDS].reshape(-1, *size),
        files=["--low", str(scratch / "low"), "--high", str(scratch / "high")],
        tested=low[TRAINING_FIELDS:].reshape(-1, *size),
        truth=high[TRAINING_FIELDS:].reshape(-1, *size),
        variance=[0.0] * high[TRAINING_FIELDS:, :, 0, 0].size,
        first=list(low[TRAINING_FIELDS:].reshape(-1, 1, *size)),
        affine=True,
    )


def ours(task: Task, method: str, arguments: argparse.Namespace, scratch: Path) -> Frames:
    """Train with livecare and restore what is judged."""
    out = scratch / "livecare"
    command = [sys.executable, "-m", "livecare", "train", "--method", method]
    command += ["--out", str(out), "--minutes", str(arguments.minutes)]
    command += ["--clock", arguments.clock, "--threads", str(arguments.threads), *task.files]
    subprocess.run(command, check=True)
    return restore(Model.load(out / "model"), task, arguments.threads)


def restore(model: Model, task: Task, threads: int) -> Frames:
    """Restore what is judged, normalised as the first frames of its recording ask for."""
    engine = make_engine("onnxruntime")
    engine.load(model, threads)
    restored = np.empty(task.tested.shape, np.float32)
    for index, first in enumerate(task.first):
        one = slice(index, index + 1)
        normalisation = model.lock(list(first)).of(task.tested[index])
        engine.infer(task.tested[one], restored[one], [normalisation])
    engine.close()
    return restored


def theirs(task: Task, method: str, arguments: argparse.Namespace, scratch: Path) -> Frames:
    """Train with CAREamics in its own environment and restore what is judged."""
    given = {"noisy": task.noisy, "tested": task.tested}
    if task.target is not None:
        given["target"] = task.target
    np.savez(scratch / "given.npz", allow_pickle=False, **given)
    script = Path(__file__).with_name("careamics_side.py")
    command = [arguments.careamics, str(script), str(scratch), method]
    command += [str(arguments.minutes), arguments.clock, str(arguments.threads)]
    subprocess.run(command, check=True)
    return np.asarray(np.load(scratch / "restored.npy"), np.float32)


def smoothed(task: Task) -> Frames:
    """Return what the best of several Gaussian filters makes of each frame, knowing the truth."""
    best = []
    for frame, truth in zip(task.tested, task.truth, strict=True):
        tried = [smooth_gaussian(frame, sigma_px) for sigma_px in SIGMAS_PX]
        errors = [squared_error(each, truth, affine=task.affine) for each in tried]
        best.append(tried[int(np.argmin(errors))])
    return np.stack(best)


def squared_error(estimate: Frames, truth: Frames, *, affine: bool) -> float:
    """Return the mean squared error of a frame, after an affine fit where the truth needs one."""
    if affine:
        estimate = fit_affine(estimate, truth).apply(estimate)
    return mean_squared_error(estimate, truth)


def score(name: str, restored: Frames, task: Task) -> dict[str, object]:
    """Return the mean PSNR of what was restored: corrected for the truth's own noise, and plain."""
    corrected, plain = [], []
    for one, truth, variance in zip(restored, task.truth, task.variance, strict=True):
        error, span = squared_error(one, truth, affine=task.affine), range_of(truth)
        corrected.append(psnr_db(error - variance, span))
        plain.append(psnr_db(error, span))
    return {
        "name": name,
        "psnr_db": round(float(np.mean(corrected)), 3),
        "plain_psnr_db": round(float(np.mean(plain)), 3),
        "each_db": np.round(corrected, 2).tolist(),
    }


def main() -> None:
    """Train both by each method, print their decibels and write JSON."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    named = os.environ.get("LIVECARE_DATA")
    parser.add_argument("--data", type=Path, default=named, required=not named)
    parser.add_argument("--only", nargs="+", choices=METHODS, default=(), help="only these methods")
    parser.add_argument("--minutes", type=float, default=5.0, help="of each training")
    parser.add_argument("--clock", choices=("wall", "cpu"), default="wall")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--careamics", help="a Python that has CAREamics; without it, livecare alone"
    )
    parser.add_argument("--model", type=Path, help="score this package instead of training one")
    parser.add_argument(
        "--quick", action="store_true", help="a part of the data: to try the script"
    )
    parser.add_argument("--out", type=Path, help="the JSON")
    arguments = parser.parse_args()
    machine = Machine.here()
    methods = {name: measure(name, arguments) for name in arguments.only or METHODS}
    given = {name: getattr(arguments, name) for name in ("minutes", "clock", "threads", "quick")}
    out = place_of(parser, arguments, "training")
    write_document(out, "training", machine, **given, methods=methods)


def measure(method: str, arguments: argparse.Namespace) -> list[dict[str, object]]:
    """Train both by a method, print and return their scores."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        if method == "care":
            task = pairs_task(Path(arguments.data), scratch)
        else:
            task = repeats_task(Path(arguments.data), method, quick=arguments.quick)
        scores = [score("raw", task.tested, task), score("best Gaussian", smoothed(task), task)]
        if arguments.model:
            restored = restore(Model.load(arguments.model), task, arguments.threads)
            scores.append(score(str(arguments.model.name), restored, task))
        else:
            scores.append(score("livecare", ours(task, method, arguments, scratch), task))
        if arguments.careamics:
            scores.append(score("CAREamics", theirs(task, method, arguments, scratch), task))
    print_scores(scores, method, arguments.minutes)
    return scores


def print_scores(scores: list[dict[str, object]], method: str, minutes: float) -> None:
    """Print them, beside the best Gaussian filter."""
    print(f"{method}, {minutes:g} minutes")
    base = float(str(scores[1]["psnr_db"]))
    for each in scores:
        gained = float(str(each["psnr_db"])) - base
        per_minute = f"{gained / minutes:+.2f} dB per minute"
        plain = f"(plain {each['plain_psnr_db']:.2f} dB)"
        print(
            f"{each['name']:>14}  {each['psnr_db']:6.2f} dB  {gained:+.2f}  {per_minute}  {plain}"
        )


if __name__ == "__main__":
    main()
