"""Knows what in a series contradicts the prediction's premises, and says so in sentences."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from livecare.advisor.areas import WHOLE
from livecare.advisor.estimate import ExposureScores
from livecare.advisor.reference import Reference
from livecare.advisor.series import Series

SATURATED_PART: Final = 1e-3
"""Part of the pixels at the greatest value from which their lost light matters."""
CALM: Final = 0.8
"""Variance between frames over the camera's below which the camera's values cannot be right."""
DRIFT: Final = 0.05
"""Relative change of the mean brightness that bleaching may cause before it is said."""
APART_DB: Final = 1.0
"""Difference of predicted and measured PSNR, dB: the error that predictions are held to."""


def find_warnings(
    series: Sequence[Series],
    reference: Reference,
    rows: Sequence[ExposureScores],
    measured: Sequence[ExposureScores],
) -> list[str]:
    """Return what is wrong, each with what to do; none if nothing was found."""
    return [
        *_few_frames(series[-1]),
        *_saturated(series[-1]),
        *_unsteady(series[-1], reference),
        *_not_proportional(series, reference),
        *(_contradicted(rows, measured) if reference.steady else []),
    ]


def _few_frames(longest: Series) -> list[str]:
    if len(longest.frames) > 1:
        return []
    words = "one frame of the longest exposure: all rests on the camera's values; record five"
    return [words]


def _saturated(longest: Series) -> list[str]:
    if not np.issubdtype(longest.frames.dtype, np.integer):
        return []
    top = longest.frames.max()
    part = float((longest.frames == top).mean())
    if part < SATURATED_PART:
        return []
    where = f"{100 * part:.2g} % of the pixels of {longest.name}"
    return [f"{where} are saturated: their light is lost; make the longest exposure shorter"]


def _unsteady(longest: Series, reference: Reference) -> list[str]:
    found = []
    ratio = reference.unsteadiness
    differ = f"the frames differ {ratio:.3g} times as much as the camera's noise explains: "
    if not reference.steady:
        found.append(
            f"{differ}the specimen moves or bleaches, or the camera's values are wrong; only "
            "the middle frame is used, and all rests on these values"
        )
    elif ratio < CALM:
        found.append(f"{differ}the camera's values are wrong; calibrate it")
    light = [float(frame.mean()) - reference.camera.offset_adu for frame in longest.frames]
    drift = light[-1] / light[0] - 1 if light[0] > 0 else 0.0
    if abs(drift) > DRIFT:
        found.append(
            f"the brightness changes by {100 * drift:+.0f} % from the first frame to the last: "
            "the specimen bleaches or the lamp drifts; record fewer frames"
        )
    return found


def _not_proportional(series: Sequence[Series], reference: Reference) -> list[str]:
    found = []
    camera = reference.camera
    level = float(np.mean(reference.frames))
    for each in series[:-1]:
        light = (float(each.frames.mean()) - camera.offset_adu) / camera.gain_adu_per_e
        expected = level * each.exposure_ms / reference.exposure_ms
        if expected > 0 and abs(light / expected - 1) > DRIFT:
            found.append(
                f"{each.name}: {100 * light / expected:.0f} % of the light that "
                f"{each.exposure_ms:g} ms should bring: lamp, shutter, bleaching or the camera's "
                "offset; exposures are not comparable"
            )
    return found


def _contradicted(rows: Sequence[ExposureScores], measured: Sequence[ExposureScores]) -> list[str]:
    found = []
    places = np.log([row.exposure_ms for row in rows])
    levels = [row.areas[WHOLE].psnr_db.value for row in rows]
    for each in measured:
        if not rows[0].exposure_ms <= each.exposure_ms <= rows[-1].exposure_ms:
            continue  # nothing was predicted there
        predicted = float(np.interp(np.log(each.exposure_ms), places, levels))
        apart = each.areas[WHOLE].psnr_db.value - predicted
        if abs(apart) > APART_DB:
            found.append(
                f"at {each.exposure_ms:g} ms the recorded frames give a PSNR {apart:+.1f} dB from "
                "what is predicted: do not follow the advice before the cause is found"
            )
    return found
