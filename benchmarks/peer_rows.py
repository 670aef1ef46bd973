"""A line of the table of peers: how it follows from what was measured."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from peer_contenders import BASELINE, CONTENDERS, REFERENCE, Contender
from reference_network import NAME
from sides import Taken, calm_turns
from table import Figure

from livecare.models import IntensityWindow

HEADINGS: Final = (
    "who", "p50 ms", "p99 ms", "least ms", "times as fast", "differs", "others", "of what"
)  # fmt: skip


def result_file(scratch: Path, name: str) -> Path:
    """Return where a side saves what it made of the first frame."""
    return scratch / f"{''.join(each for each in name if each.isalnum())}.npy"


def compare(
    scratch: Path, names: Sequence[str], frames: NDArray[np.float32]
) -> Iterator[tuple[str, float]]:
    """Yield how far each is from livecare's fp32, parts of what the network changes (RMS)."""
    wanted_file = result_file(scratch, REFERENCE)
    if not wanted_file.exists():
        return
    window = IntensityWindow.from_frames(list(frames))
    raw = (frames[0] - window.low) / (window.high - window.low)
    wanted = (np.load(wanted_file)[0] - window.low) / (window.high - window.low)
    for each in CONTENDERS:
        if each.name in names and each.model == NAME:
            found = np.squeeze(np.load(result_file(scratch, each.name)))
            if not each.script:
                found = (found - window.low) / (window.high - window.low)
            error = np.sqrt(np.mean(np.square(found - wanted)))
            yield each.name, float(error / np.sqrt(np.mean(np.square(wanted - raw))))


def baseline_of(taken: dict[str, list[Taken]]) -> str:
    """Return whom the others are compared with: the first there is."""
    return BASELINE if BASELINE in taken else next(iter(taken), "")


def row_of(
    each: Contender,
    taken: dict[str, list[Taken]],
    told: dict[str, dict[str, Any]],
    differences: dict[str, float],
    refused: dict[str, str],
) -> dict[str, Any]:
    """Reckon a contender's row; its turns are compared with the baseline's of the same round."""
    row: dict[str, Any] = {"name": each.name, "model": each.model, "remark": each.remark}
    if each.name in refused:
        return row | {"refused": refused[each.name]}
    base, turns = taken[baseline_of(taken)], taken[each.name]
    kept = calm_turns([Taken((), max(*both)) for both in _others(turns, base)])
    ms = np.concatenate([turns[index].ms for index in kept])
    pairs = [(1e3 / np.median(turns[i].ms), 1e3 / np.median(base[i].ms)) for i in kept]
    speed = Figure(each.name, "fps", baseline_of(taken), pairs)
    p50_ms, p99_ms = np.percentile(ms, (50, 99))
    return row | {
        "p50_ms": round(float(p50_ms), 3),
        "p99_ms": round(float(p99_ms), 3),
        "least_ms": round(float(ms.min()), 3),
        "calls": len(ms),
        "times_as_fast": round(speed.ratio, 3),
        "ratios": [round(ratio, 3) for ratio in speed.ratios],
        "times_as_fast_least": round(
            min(min(each.ms) for each in base) / min(min(each.ms) for each in turns), 3
        ),
        "others": round(max(turns[index].others for index in kept), 3),
        "turns_kept": [len(kept), len(turns)],
        "difference": differences.get(each.name),
        **{key: told[each.name].get(key) for key in ("device", "versions", "check", "load_s")},
    }


def _others(turns: Sequence[Taken], base: Sequence[Taken]) -> Iterator[tuple[float, float]]:
    for turn, beside in zip(turns, base, strict=True):
        yield turn.others, beside.others


def as_cells(row: dict[str, Any]) -> tuple[str, ...]:
    """Return a row as a line of a table."""
    if "refused" in row:
        return (row["name"], "refused", "", "", "", "", "", row["refused"])
    ratios = row["ratios"]
    spread = f" ({min(ratios):.2f}-{max(ratios):.2f})" if len(ratios) > 1 else ""
    differs = "" if row["difference"] is None else f"{row['difference']:.1e}"
    return (
        row["name"],
        f"{row['p50_ms']:.1f}",
        f"{row['p99_ms']:.1f}",
        f"{row['least_ms']:.1f}",
        f"{row['times_as_fast']:.2f}{spread}",
        differs,
        f"{row['others']:.0%}",
        row["remark"] or "same network, same weights",
    )
