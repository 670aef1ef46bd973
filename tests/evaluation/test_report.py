"""The report: one file that needs nothing else, with everything in it."""

import base64
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from evaluation_scenes import image_set
from test_evaluating import TRUTH, Fake

from livecare.evaluation import Evaluation, SetResult, summarise, verdicts
from livecare.evaluation.contestants import Classical, Contestant, RawFrame
from livecare.evaluation.evaluating import evaluate_set
from livecare.evaluation.model_card import loss_curves
from livecare.evaluation.number_words import difference, number
from livecare.evaluation.picturing import SHADES, View, diverging_palette
from livecare.evaluation.report import render_report
from livecare.evaluation.results import ModelCard
from livecare.models.png import encode_png
from livecare.pages.charts import Axis, Series, line_chart, span

VOID = {"meta", "img", "br", "line", "circle"}


class Checker(HTMLParser):
    """Notes what a page loads, and whether its tags are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.words: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag not in {"p", "li", "td", "tr", "th"}:
            raise AssertionError(f"{tag} closes {self.open[-3:]}")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def result() -> SetResult:
    contestants: list[Contestant] = [
        RawFrame(),
        Classical("gaussian"),
        Classical("wiener"),
        Fake(lambda _: TRUTH + 1, name="<my> model", spread=1.0),
    ]
    return evaluate_set(image_set(note="a & b"), contestants)


@pytest.fixture(scope="module")
def evaluation(result: SetResult) -> Evaluation:
    card = ModelCard(
        "<my> model",
        "Restores & denoises.",
        "ab" * 32,
        {"script": "x", "data": {"files": ["y" * 999]}},
        {"halo": "50 px"},
        {"training": [(0.0, 1.0), (1.0, 0.5)], "validation": [(0.0, 1.1), (1.0, 0.7)]},
    )
    return Evaluation("evaluate blobs", {"made": "today"}, (result,), (card,))


def test_the_page_is_whole_and_loads_nothing(evaluation: Evaluation) -> None:
    page = render_report(evaluation)
    checker = Checker()
    checker.feed(page)
    assert set(checker.open) <= {"html", "p"}
    assert "script" not in checker.tags
    assert "link" not in checker.tags
    assert checker.loaded
    assert all(each.startswith(("data:image/png;base64,", "#")) for each in checker.loaded)
    assert not re.search(r"url\(|@import|https?://", page)


def test_everything_is_in_it(evaluation: Evaluation) -> None:
    checker = Checker()
    checker.feed(render_report(evaluation))
    words = " ".join(checker.words)
    for expected in (
        "<my> model",
        "a & b",
        "best Gaussian",
        "not applicable",
        "give --psf",
        "photon factor",
        "gain 2 counts/e",
        "Profile along row",
        "Power spectrum",
        "Residual raw − restored",
        "Coverage of predicted intervals",
        "Loss: training, validation",
        "one standard deviation of the raw noise",
        "y" * 390,
    ):
        assert expected in words
    assert checker.tags.count("img") == 3 * 2 + 1, "picture and error of three, and the truth"
    assert checker.tags.count("svg") == 5


def test_a_model_without_losses_says_so(evaluation: Evaluation) -> None:
    bare = replace(evaluation, models=(replace(evaluation.models[0], losses={}),))
    assert "holds no loss curve" in render_report(bare)
    assert "None was evaluated" in render_report(replace(evaluation, models=()))


def test_scores_without_pictures(evaluation: Evaluation) -> None:
    bare = evaluation.without_pictures()
    assert bare.sets[0].outcomes[0].pictures == {}
    assert bare.sets[0].outcomes[0].scores == evaluation.sets[0].outcomes[0].scores


def test_verdicts_compare_with_the_best_baseline(result: SetResult) -> None:
    groups = summarise([result])
    best, model = result.outcomes[1].scores, result.outcomes[3].scores
    (said,) = verdicts(groups)
    assert f"{model.psnr_db - best.psnr_db:+.2f} dB to best Gaussian" in said
    assert groups[0].lines[2].scores is None


def test_groups_are_means_over_frames(result: SetResult) -> None:
    outcomes = tuple(
        replace(each, frames=1, scores=replace(each.scores, psnr_db=10.0, photon_factor=4.0))
        for each in result.outcomes
    )
    other = replace(result, name="other", groups=("g",), outcomes=outcomes)
    this = replace(
        result,
        groups=("g", "h"),
        outcomes=tuple(
            replace(each, frames=3, scores=replace(each.scores, psnr_db=30.0, photon_factor=1.0))
            for each in result.outcomes
        ),
    )
    both, one = summarise([this, other])
    assert (both.name, both.frames, one.name, one.frames) == ("g", 4, "h", 3)
    assert both.lines[0].scores is not None
    assert both.lines[0].scores.psnr_db == pytest.approx(25)
    assert both.lines[0].scores.photon_factor == pytest.approx(2**0.5), "a geometric mean"


TRAINED = [
    {"step": 4, "loss": 2.0, "validation": 3.0},
    {"step": 8, "loss": 1.0, "validation": 2.5},
]
"""A loss curve as `livecare train` keeps it."""


@pytest.mark.parametrize(
    ("provenance", "expected"),
    [
        ({}, {}),
        ({"losses": {"training": [3.0, 2.0]}}, {"training": [(0, 3), (1, 2)]}),
        ({"losses": {"v": [[10, 3.0], [20, 2.0]]}}, {"v": [(10, 3), (20, 2)]}),
        (
            {"history": [{"epoch": 1, "a": 2.0, "b": "x"}, {"epoch": 2, "a": 1.0}]},
            {"a": [(1, 2), (2, 1)]},
        ),
        ({"losses": "none"}, {}),
        ({"losses": [5.0]}, {}),
        ({"loss_curve": [5.0, 4]}, {"loss": [(0, 5), (1, 4)]}),
        (
            {"trainings": {"network": {"loss_curve": TRAINED}}},
            {"network: loss": [(4, 2), (8, 1)], "network: validation": [(4, 3), (8, 2.5)]},
        ),
        (
            {"trainings": {"member-1": {"steps": 4, "loss_curve": TRAINED[:1]}, "member-2": None}},
            {},
        ),
    ],
)
def test_loss_curves(provenance: dict[str, Any], expected: dict[str, Any]) -> None:
    assert loss_curves(provenance) == expected


def test_an_error_map_is_symmetric_and_its_middle_neutral() -> None:
    palette = diverging_palette().astype(int)
    assert palette.shape == (SHADES, 3)
    red, green, blue = palette[SHADES // 2]
    assert red == green == blue
    assert palette[0][2] > palette[0][0]
    assert palette[-1][0] > palette[-1][2]
    view = View.of(TRUTH, error_limit=5.0)
    shades = decode(base64.b64decode(view.error_map(TRUTH + 99, TRUTH)))
    assert (shades == SHADES - 1).all()
    assert (decode(base64.b64decode(view.error_map(TRUTH, TRUTH))) == SHADES // 2).all()


def test_a_view_shows_the_liveliest_part() -> None:
    frame = np.zeros((600, 500))
    frame[400:420, 300:320] = 50
    view = View.of(frame, error_limit=1.0)
    assert (view.rows, view.columns) == (192, 192)
    assert view.cut(frame).max() == 50
    assert max(view.profile(frame)) == 50


def decode(png: bytes) -> np.ndarray:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    columns, rows = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    at, body = 8, b""
    while at < len(png):
        size, kind = int.from_bytes(png[at : at + 4], "big"), png[at + 4 : at + 8]
        content = png[at + 8 : at + 8 + size]
        assert zlib.crc32(kind + content) == int.from_bytes(
            png[at + 8 + size : at + 12 + size], "big"
        )
        body += content if kind == b"IDAT" else b""
        at += 12 + size
    lines = np.frombuffer(zlib.decompress(body), np.uint8).reshape(rows, columns + 1)
    assert (lines[:, 0] == 0).all()
    return lines[:, 1:]


def test_png_files_hold_what_was_given() -> None:
    grey = np.random.default_rng(0).integers(0, 256, (7, 11)).astype(np.uint8)
    assert np.array_equal(decode(encode_png(grey)), grey)
    palette = np.array([[1, 2, 3], [4, 5, 6]], np.uint8)
    coloured = encode_png(grey % 2, palette)
    assert np.array_equal(decode(coloured), grey % 2)
    assert b"PLTE\x01\x02\x03\x04\x05\x06" in coloured


def test_charts_leave_out_what_cannot_be_drawn() -> None:
    line = Series("a<b", "red", [0, 1, 2, 3], [1.0, float("nan"), float("inf"), 0.0], dots=True)
    drawn = line_chart("t", Axis("x", 0, 3), span("y", [1.0, 100.0], log=True), [line])
    assert drawn.count("<circle") == 1
    assert "a&lt;b" in drawn
    assert "nan" not in drawn
    assert span("y", []).low < span("y", []).high
    assert span("y", [5.0, 5.0]).low < 5 < span("y", [5.0, 5.0]).high


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.7, 12), (1e-6, 3e-6), (100, 1e5)])
def test_ticks_are_round_and_inside(low: float, high: float) -> None:
    ticks = Axis("x", low, high).ticks()
    assert 3 <= len(ticks) <= 8
    assert all(low <= tick <= high * (1 + 1e-9) for tick in ticks)


def test_numbers() -> None:
    assert number(None, 2) == number(float("nan"), 2) == "–"
    assert (number(float("inf"), 1), number(-1.25, 1)) == ("∞", "−1.2")
    assert difference(3.0, 1.5, 2) == "+1.50"
    assert difference(1.0, 1.5, 2) == "−0.50"
    assert difference(float("inf"), 1.0, 2) == difference(None, 1.0, 2) == ""
