"""How right the exposure advisor is: predicted against true scores, and whether advice holds.

Every case shows the advisor a short series and asks for exposures that it has not seen. What is
true of them comes from new frames and a truth that it does not know. Advice is asked for targets
that are the true score at an exposure drawn by chance; it holds if new frames at the advised
exposure reach the target on average.
"""

import argparse
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from advisor_cases import AREAS, JUDGED, Case, nandb_cases, simulated_cases
from machine import Machine
from report import place_of, write_document

from livecare.advisor.areas import BRIGHT, WHOLE
from livecare.advisor.estimate import AreaScores
from livecare.advisor.predicting import Prediction, Question, predict
from livecare.advisor.restoring import FrameRestorer
from livecare.advisor.target import Target, advise
from livecare.simulation.catalogue import SPECIMENS

PARTS: Final = ("simulated-given", "simulated-estimated", "nandb-still", "nandb-moving")
PEAKS: Final = (30.0, 120.0)
"""Photons of bright structures in the longest exposure."""
SEED: Final = 11
NEAR_DB: Final = 1.0
"""What a predicted PSNR is held to."""


@dataclass
class Tally:
    """What was found for one group and area."""

    psnr_errors: list[float] = field(default_factory=list)
    covered: list[bool] = field(default_factory=list)
    ssim_errors: list[float] = field(default_factory=list)
    met: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    exposure_ratios: list[float] = field(default_factory=list)
    unanswered: int = 0

    def as_json(self) -> dict[str, object]:
        """Return the figures."""
        errors = np.array(self.psnr_errors)
        advice = [each for kind in self.met.values() for each in kind]
        return {
            "predictions": len(errors),
            "psnr_error_mean_db": round(float(errors.mean()), 3),
            "psnr_error_sd_db": round(float(errors.std()), 3),
            "psnr_error_largest_db": round(float(np.abs(errors).max()), 3),
            "psnr_within_1_db": round(float((np.abs(errors) <= NEAR_DB).mean()), 4),
            "interval_coverage": round(float(np.mean(self.covered)), 4),
            "ssim_error_largest": _largest(self.ssim_errors),
            "advice_asked": len(advice) + self.unanswered,
            "advice_given": len(advice),
            "advice_met": round(float(np.mean(advice)), 4) if advice else None,
            "advice_met_by_aim": {
                aim: [int(sum(found)), len(found)] for aim, found in self.met.items()
            },
            "exposure_ratio_median": _median(self.exposure_ratios),
        }


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run of a few seconds")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=(), help="only these parts")
    parser.add_argument("--model", default="default-fast", help="model to restore with")
    parser.add_argument("--seed", type=int, default=SEED, help="of specimens and noise")
    parser.add_argument("--out", type=Path, help="the JSON")
    given = parser.parse_args()
    machine = Machine.here()
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    rng = np.random.default_rng(given.seed)
    with FrameRestorer(given.model, threads=1) as restorer:
        for case in _cases(given, restorer):
            _ask(case, restorer, tallies, rng)
    groups = {f"{group}; {area}": tally.as_json() for (group, area), tally in tallies.items()}
    _print(groups)
    write_document(
        place_of(parser, given, "advisor"), "advisor", machine,
        quick=given.quick, model=given.model, seed=given.seed, groups=groups,
    )  # fmt: skip


def _cases(given: argparse.Namespace, restorer: FrameRestorer) -> Iterator[Case]:
    names = tuple(SPECIMENS)[:1] if given.quick else tuple(SPECIMENS)
    peaks = PEAKS[:1] if given.quick else PEAKS
    for part, told in (("simulated-given", True), ("simulated-estimated", False)):
        if not given.only or part in given.only:
            yield from simulated_cases(restorer, given.seed, peaks, names, told=told)
    named = os.environ.get("LIVECARE_DATA")
    for part, moving in (("nandb-still", False), ("nandb-moving", True)):
        if named and (not given.only or part in given.only):
            most = 1 if given.quick else None
            yield from nandb_cases(restorer, Path(named), most, moving=moving)


def _ask(
    case: Case,
    restorer: FrameRestorer,
    tallies: dict[tuple[str, str], Tally],
    rng: np.random.Generator,
) -> None:
    prediction = predict(case.series, restorer, Question(camera=case.camera))
    longest = prediction.reference.exposure_ms
    for exposure in case.unseen_ms:
        if exposure < prediction.rows[0].exposure_ms:
            continue  # less than half an electron at the bright structures: nothing is said of it
        true = case.true_scores(exposure, prediction)
        for area in AREAS:
            tally = tallies[case.group, area]
            tally.psnr_errors.append(_at(prediction, exposure, area, "psnr_db", "value")
                                     - true[area].psnr_db)  # fmt: skip
            low, high = (_at(prediction, exposure, area, "psnr_db", end) for end in ("low", "high"))
            tally.covered.append(low <= true[area].psnr_db <= high)
            if np.isfinite(true[area].ssim):
                tally.ssim_errors.append(_at(prediction, exposure, area, "ssim", "value")
                                         - true[area].ssim)  # fmt: skip
    for aim in ("psnr", "nrmse", "ssim", "as-good-as"):
        _ask_advice(case, prediction, aim, longest, tallies, rng)


def _ask_advice(
    case: Case,
    prediction: Prediction,
    aim: str,
    longest_ms: float,
    tallies: dict[tuple[str, str], Tally],
    rng: np.random.Generator,
) -> None:
    area = (WHOLE, BRIGHT)[int(rng.integers(2))]
    whole_frames = case.group.startswith("nandb")
    if whole_frames and aim in ("ssim", "as-good-as"):
        return  # what is known of the truth there tells squared errors only
    least_ms = max(0.08 * longest_ms, prediction.rows[0].exposure_ms)
    wanted_ms = float(np.exp(rng.uniform(np.log(least_ms), np.log(0.6 * longest_ms))))
    if whole_frames:
        wanted_ms = max(1.0, round(wanted_ms))
    true = case.true_scores(wanted_ms, prediction)[area]
    if aim == "as-good-as":
        target = Target(aim, _equal_raw_ms(prediction, area, true.psnr_db))
    else:
        value = {"psnr": true.psnr_db, "nrmse": true.nrmse, "ssim": true.ssim}[aim]
        target = Target(aim, value)  # type: ignore[arg-type]
    advice = advise(prediction, target, area)
    tally = tallies[case.group, area]
    if advice.exposure_ms is None:
        tally.unanswered += 1
        return
    advised = float(np.ceil(advice.exposure_ms)) if whole_frames else advice.exposure_ms
    reached = case.true_scores(advised, prediction)[area]
    tally.met[aim].append(
        reached.nrmse <= true.nrmse if aim == "nrmse"
        else reached.ssim >= true.ssim if aim == "ssim"
        else reached.psnr_db >= true.psnr_db
    )  # fmt: skip
    tally.exposure_ratios.append(advised / wanted_ms)


def _equal_raw_ms(prediction: Prediction, area: str, psnr_db: float) -> float:
    """Return the exposure at which a raw frame has this PSNR; see `livecare.advisor.target`."""
    reference = prediction.reference
    error = reference.data_range**2 * 10 ** (-psnr_db / 10)
    light = float(reference.picture[prediction.areas[area]].mean())
    root = np.sqrt(light**2 + 4 * error * reference.camera.read_noise_e**2)
    return float(reference.exposure_ms * (light + root) / (2 * error))


def _at(prediction: Prediction, exposure_ms: float, area: str, score: str, end: str) -> float:
    places = np.log([row.exposure_ms for row in prediction.rows])

    def read(scores: AreaScores) -> float:
        return float(getattr(getattr(scores, score), end))

    values = [read(row.areas[area]) for row in prediction.rows]
    return float(np.interp(np.log(exposure_ms), places, values))


def _print(groups: dict[str, dict[str, object]]) -> None:
    print(f"{'case':58} {'n':>4} {'mean':>6} {'sd':>5} {'max':>5} {'≤1 dB':>6} {'90 %':>5} "
          f"{'asked':>5} {'given':>5} {'met':>6} {'× light':>7}")  # fmt: skip
    for name, found in groups.items():
        met = found["advice_met"]
        print(
            f"{name:58} {found['predictions']:4} {found['psnr_error_mean_db']:6.2f} "
            f"{found['psnr_error_sd_db']:5.2f} {found['psnr_error_largest_db']:5.2f} "
            f"{found['psnr_within_1_db']:6.1%} {found['interval_coverage']:5.0%} "
            f"{found['advice_asked']:5} {found['advice_given']:5} "
            f"{'-' if met is None else f'{met:.0%}':>6} {found['exposure_ratio_median'] or 0:7.2f}"
        )
    print(f"PSNR: predicted − true, dB, true scores from {JUDGED} frames; 90 %: of the truth in "
          "the interval; × light: advised over needed exposure, median")  # fmt: skip


def _largest(values: list[float]) -> float | None:
    return round(float(np.abs(values).max()), 4) if values else None


def _median(values: list[float]) -> float | None:
    return round(float(np.median(values)), 3) if values else None


if __name__ == "__main__":
    main()
