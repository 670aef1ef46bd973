"""The tables of other pages than docs/performance.md: how right what livecare says of itself is."""

from collections.abc import Callable
from statistics import median
from typing import Any, Final

from measured import Document, Measured, absent, markdown, scored

CLEAN_LEAST: Final = 0.001
"""Alarms that are listed in a case in which nothing is wrong, as a share of its frames."""
OTHER_LEAST: Final = 0.05
"""The same beside the claimed guards where something is: one fault is seen by several."""
CAMERAS: Final = {
    "maps": "maps of a real sCMOS",
    "nandb": "photon counting confocal",
    "fura": "Fura-2 movies",
}
"""What frames of a calibration are called, by the first word of the case; others are simulated."""
MODELS: Final = ("default-fast", "default")
"""Bundled models whose intervals are judged."""
LEFT_OUT: Final = ("fields", "frames, each field by itself")
"""What intervals are fitted without before they are judged."""
GROUPS: Final = 6
"""Groups of pixels with a factor each, as `livecare models recalibrate` makes them."""
SUITE_LABELS: Final = ("best Gaussian", "Anscombe + BM3D", *MODELS)
"""Restorations whose scores docs/evaluation.md shows."""


def cases_table(measured: Measured) -> str:
    """Return how often each guard alarms in each case."""
    document = measured.document("guards", "cases")
    if document is None:
        return absent("guards.py")
    rows = [("case", "frames", "claimed by", "hits", "other alarms")]
    for case in document["cases"]:
        claimed = ", ".join(f"`{name}`" for name in case["claimed"])
        hits = "-" if case["clean"] else "not claimed"
        if case["hits"] is not None:
            hits = f"{case['hits']:.0%}"
        others = _other_alarms(case)
        rows.append((case["case"], str(case["frames"]), claimed or "-", hits, others))
    return markdown(rows)


def _other_alarms(case: Document) -> str:
    least = CLEAN_LEAST if case["clean"] else OTHER_LEAST
    others = {
        name: share
        for name, share in case["alarms"].items()
        if name not in case["claimed"] and share >= least
    }
    places = 1 if case["clean"] else 0
    order = sorted(others, key=others.__getitem__, reverse=True)
    said = ", ".join(f"`{name}` {others[name]:.{places}%}" for name in order)
    return said or ("none" if case["clean"] else "-")


def advisor_table(measured: Measured) -> str:
    """Return how right predictions and advice of the advisor are."""
    document = measured.document("advisor")
    if document is None:
        return absent("advisor.py")
    rows = [
        (
            *("case; area", "predictions", "error, mean ± sd, dB", "largest", "within 1 dB"),
            *("in the 90 % interval", "advice given / asked", "met", "× light"),
        )
    ]
    for name, found in document["groups"].items():
        met, light = found["advice_met"], found["exposure_ratio_median"]
        rows.append(
            (
                name,
                str(found["predictions"]),
                f"{found['psnr_error_mean_db']:+.2f} ± {found['psnr_error_sd_db']:.2f}",
                f"{found['psnr_error_largest_db']:.2f}",
                f"{found['psnr_within_1_db']:.0%}",
                f"{found['interval_coverage']:.0%}",
                f"{found['advice_given']} / {found['advice_asked']}",
                "" if met is None else f"{met:.0%}",
                "" if light is None else f"{light:.2f}",
            )
        )
    return markdown(rows)


def references_table(measured: Measured) -> str:
    """Return what reference frames alarm of."""
    rows = [[str(cell) for cell in row] for row in measured.rows("references")]
    if not rows:
        return absent("references.py")
    alarms = ("references", "`reference`", "`reference_ssim`", "either")
    heads = ["case", "wrong", *alarms, "error grew by (median)"]
    return markdown([heads, *rows[1:]])


def coverage_table(measured: Measured) -> str:
    """Return how many pixels intervals of 90 % hold, as predicted and recalibrated."""
    found: dict[tuple[str, str, str], Document] = {}
    for document in measured.documents:  # the newest first: models may have been judged by turns
        for row in document["sets"] if document.get("benchmark") == "coverage" else ():
            if row["promised"] and row["groups"] == GROUPS:
                found.setdefault((row["set"], row["model"], row["left_out"]), row)
    if not found:
        return absent("coverage.py")
    heads = [
        head
        for model in MODELS
        for head in (f"`{model}` as predicted", "other fields", "other frames of this field")
    ]
    rows = [("set", *heads)]
    for name in dict.fromkeys(name for name, *_ in found):
        cells = []
        for model in MODELS:
            judged = [found.get((name, model, left_out)) for left_out in LEFT_OUT]
            cells.append(_held(judged[0] or judged[1], "before"))
            cells += [_held(each, "after") for each in judged]
        rows.append((name, *cells))
    return markdown(rows)


def _held(row: Document | None, when: str) -> str:
    if row is None:
        return "–"
    low, high = row[f"{when}_range"]
    return f"{row[when]:.1%} ({low:.0%} to {high:.0%})"


def spread_cost_table(measured: Measured) -> str:
    """Return what predicted errors cost beside the frame alone."""
    document = measured.document("coverage_live")
    if document is None:
        return absent("coverage_live.py")
    heads = ("frame alone, ms", "with its spread", "spread's way to counts", "table")
    rows = [("engine", "network", "side", *heads)]
    for each in document["costs"]:
        times = (each["alone"], each["with_spread"], each["to_counts"], each["table"])
        name = each["model"].replace("livecare ", "").replace(MODELS[0], f"`{MODELS[0]}`")
        rows.append((each["engine"], name, f"{each['side_px']}²", *(f"{ms:.0f}" for ms in times)))
    return markdown(rows)


def calibration_table(measured: Measured) -> str:
    """Return how right calibrations are, by kind of frames and way."""
    groups: dict[tuple[str, str], list[Document]] = {}
    for row in measured.rows("calibration"):
        kind = CAMERAS.get(row["case"].split()[0], "simulated")
        groups.setdefault((kind, row["method"]), []).append(row)
    rows = [
        (
            *("frames", "way", "cases", "met", "gain off: median, worst"),
            *("noise off: median, worst", "within 2 errors", "offset told apart"),
        )
    ]
    for (kind, way), found in groups.items():
        rows.append(
            (
                *(
                    kind,
                    way,
                    str(len(found)),
                    str(sum(all(each["met"].values()) for each in found)),
                ),
                _off(found, "gain_off"),
                _off(found, "variance_off"),
                str(sum(each["gain_within_two_errors"] for each in found)),
                str(sum(each["separated"] for each in found)),
            )
        )
    return markdown(rows) if groups else absent("calibration.py")


def _off(rows: list[Document], name: str) -> str:
    sizes = [abs(each[name]) for each in rows if each[name] is not None]
    return f"{median(sizes):.1%}, {max(sizes):.1%}" if sizes else ""


def scores_table(measured: Measured) -> str:
    """Return PSNR and SSIM of some restorations on each set with a truth."""
    document = measured.document("suite")
    if document is None or "contestants" not in document["sets"][0]:
        return absent("suite.py")
    heads = [f"`{name}`" if name in MODELS else name for name in SUITE_LABELS]
    rows = [("set", *heads, "its intervals of 90 % hold")]
    for each in document["sets"]:
        found = [scored(each, label) for label in SUITE_LABELS]
        if any(found):
            held = (found[-1] or {}).get("coverage_90")
            cells = (_psnr_and_ssim(scores) for scores in found)
            rows.append((each["name"], *cells, "" if held is None else f"{held:.0%}"))
    return markdown(rows)


def _psnr_and_ssim(scores: dict[str, Any] | None) -> str:
    return "" if scores is None else f"{scores['psnr_db']:.2f} / {scores['ssim']:.3f}"


PAGES: Final[dict[str, Callable[[Measured], str]]] = {
    "cases": cases_table,
    "advisor": advisor_table,
    "references": references_table,
    "coverage": coverage_table,
    "spread-cost": spread_cost_table,
    "calibration": calibration_table,
    "scores": scores_table,
}
"""Tables that are not of docs/performance.md."""
