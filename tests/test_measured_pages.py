"""What pages say of guards, advice, intervals and calibrations is what was measured."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "benchmarks"))

import tables
from measured import Document, Measured
from measured_pages import PAGES
from measured_tables import table_of


def measured(benchmark: str, **parts: object) -> Measured:
    return Measured(({"benchmark": benchmark, **parts},))


def test_every_table_has_its_place_in_one_page() -> None:
    pages = [path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")]
    placed = [match[2] for page in pages for match in tables.BLOCK.finditer(page)]
    assert {name: placed.count(name) for name in PAGES} == dict.fromkeys(PAGES, 1)


@pytest.mark.parametrize("name", PAGES)
def test_what_was_not_measured_is_said(name: str) -> None:
    said = PAGES[name](Measured(()))
    assert said.startswith("Not measured in this form yet: `python benchmarks/")
    assert (ROOT / "benchmarks" / said.split("/")[1].rstrip("`.")).exists()


def test_a_clean_case_lists_all_alarms_and_others_the_frequent_ones() -> None:
    case: Document = {"case": "right", "claimed": [], "clean": True, "frames": 36, "hits": None}
    alarms = {"noise": 0.003, "drift": 0.02, "empty": 0.0}
    wrong = case | {"case": "gain", "claimed": ["noise"], "clean": False, "hits": 0.996}
    unclaimed = case | {"case": "tissue", "clean": False}
    cases = [case | {"alarms": alarms}, wrong | {"alarms": alarms}, unclaimed | {"alarms": {}}]
    assert PAGES["cases"](measured("guards", cases=cases)).splitlines()[2:] == [
        "| right | 36 | - | - | `drift` 2.0%, `noise` 0.3% |",
        "| gain | 36 | `noise` | 100% | - |",
        "| tissue | 36 | - | not claimed | - |",
    ]


def test_a_part_that_was_measured_anew_leaves_the_others_as_they_were() -> None:
    live = {"engine": 40.0, "onlookers": 4.0}
    cost: Document = {"benchmark": "guards", "cost": [{"side": 512, "live_ms": live}]}
    found = Measured((cost, {"benchmark": "guards", "cases": []}))
    assert "Not measured" not in PAGES["cases"](found)
    assert table_of("onlookers", found).endswith("| 512² | 40 | 4 | 0.10 |")


def test_an_advisor_that_gave_no_advice_met_nothing() -> None:
    group = {"predictions": 4, "psnr_error_mean_db": -0.05, "psnr_error_sd_db": 0.1}
    group |= {"psnr_error_largest_db": 0.7, "psnr_within_1_db": 1.0, "interval_coverage": 0.96}
    none: Document = {"advice_asked": 3, "advice_given": 0, "advice_met": None}
    groups = {"cells; whole": group | none | {"exposure_ratio_median": None}}
    line = PAGES["advisor"](measured("advisor", groups=groups)).splitlines()[-1]
    assert line == "| cells; whole | 4 | -0.05 ± 0.10 | 0.70 | 100% | 96% | 0 / 3 |  |  |"


def test_intervals_are_those_of_the_groups_that_are_used() -> None:
    row = {"set": "fmd", "model": "default", "left_out": "fields", "promised": True}
    row |= {"before": 0.9, "before_range": [0.8, 0.95], "after_range": [0.85, 0.93]}
    sets = [row | {"groups": 1, "after": 0.5}, row | {"groups": 6, "after": 0.91}]
    line = PAGES["coverage"](measured("coverage", sets=sets)).splitlines()[-1]
    assert line == "| fmd | – | – | – | 90.0% (80% to 95%) | 91.0% (85% to 93%) | – |"


def test_calibrations_are_counted_by_kind_of_frames_and_way() -> None:
    row = {"method": "still scene", "gain_off": -0.02, "variance_off": None, "met": {"gain": True}}
    row |= {"gain_within_two_errors": True, "separated": False}
    missed = row | {"case": "nandb b", "gain_off": 0.04, "met": {"gain": True, "offset": False}}
    found = measured("calibration", rows=[row | {"case": "nandb a"}, missed])
    line = PAGES["calibration"](found).splitlines()[-1]
    assert line == "| photon counting confocal | still scene | 2 | 1 | 3.0%, 4.0% |  | 2 | 0 |"


def test_sets_without_a_truth_have_no_scores() -> None:
    def contestant(label: str, **scores: float) -> Document:
        return {"label": label, "scores": scores}

    known = [contestant("default", psnr_db=34.874, ssim=0.91, coverage_90=0.94)]
    sets = [
        {"name": "fmd", "contestants": known},
        {"name": "fura2", "contestants": [contestant("default", flicker=1.0)]},
    ]
    lines = PAGES["scores"](measured("suite", sets=sets)).splitlines()[2:]
    assert lines == ["| fmd |  |  |  | 34.87 / 0.910 | 94% |"]
