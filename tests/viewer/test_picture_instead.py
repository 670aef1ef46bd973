"""Draws and predicted errors in place of the restored frame: what is drawn, and what stays."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("PySide6", reason="the extra 'viewer' is missing")

from panel_samples import restoration, telemetry, view
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from livecare.frame import PASSED_THROUGH, FrameHeader, Pixels, Position
from livecare.link import SpreadMeasured
from livecare.models.uncertainty.spread_table import SpreadTable
from livecare.sinks.ome import RESTORED_NOTE
from livecare.viewer import theme
from livecare.viewer.display.sureness import SCALES
from livecare.viewer.panels.trust import TrustPanel
from livecare.viewer.picture.choices import MODES
from livecare.viewer.picture.content import Composite
from livecare.viewer.picture.instead import (
    EVERY_S,
    NOT_KNOWN,
    REDUCED,
    TAGS,
    TOO_LARGE,
    Instead,
)
from livecare.viewer.picture.picture import Picture
from livecare.viewer.picture.sides import RESTORED_TAG, Side, restored_side
from livecare.viewer.seen import ChannelView, SeenFrame, View

TABLE = SpreadTable((50.0,), ((2.0,), (5.0,)), ((1.0, 3.0), (4.0, 9.0)))
TABLES = {0: TABLE}
SHAPE = (40, 48)


class Scene:
    """A restored frame, something instead of it, and a clock that is set by hand."""

    def __init__(self, engine: str = "onnxruntime", shape: tuple[int, int] = SHAPE) -> None:
        self.now_s = 0.0
        self.instead = Instead(lambda: self.now_s, seed=1)
        self.instead.tables = TABLES
        header = FrameHeader(5, Position(5), shape, "uint16", 0)
        self.pixels = np.full(shape, 10, np.uint16)
        self.pixels[:, shape[1] // 2 :] = 100
        self.frame = SeenFrame("run", header, self.pixels, restoration(engine))

    def side(self) -> Side:
        shown = View((ChannelView(None, self.frame, None),), 0, 1)
        return self.instead.of(restored_side(shown, None, ()))


def pixels_of(side: Side) -> Pixels:
    assert isinstance(side.content, Composite)
    return side.content.layers[0].frame.pixels


def test_a_draw_has_the_predicted_errors_and_is_called_one() -> None:
    scene = Scene()
    scene.instead.what = "draws"
    side = scene.side()
    assert (side.tag, side.warning) == (TAGS["draws"], RESTORED_NOTE)
    found = []
    for _ in range(60):
        scene.now_s += EVERY_S
        found.append(pixels_of(scene.side()) - scene.pixels)
    within = np.abs(found) <= SCALES * TABLE.over(scene.pixels.astype(np.float32))
    assert within.mean() == pytest.approx(0.9, abs=0.02)
    assert scene.frame.pixels is scene.pixels, "the frame stays as it is"


def test_draws_change_four_times_a_second_and_errors_with_the_frame() -> None:
    scene = Scene()
    scene.instead.what = "draws"
    first = scene.side()
    scene.now_s += 0.9 * EVERY_S
    assert scene.side() is first
    scene.now_s += 0.2 * EVERY_S
    assert scene.side() is not first
    scene.instead.what = "errors"
    errors = scene.side()
    np.testing.assert_allclose(
        pixels_of(errors), SCALES * TABLE.over(scene.pixels.astype(np.float32)), rtol=1e-6
    )
    scene.now_s += 10.0
    assert scene.side() is errors
    scene.frame = replace(scene.frame)
    assert scene.side() is not errors
    assert "± 20.7" in errors.lines[-1]


def test_what_cannot_be_drawn_is_shown_as_it_is_and_why() -> None:
    unknown = Scene()
    unknown.instead.what, unknown.instead.tables = "draws", {}
    assert unknown.side().tag == RESTORED_TAG
    assert unknown.side().lines[-1] == NOT_KNOWN
    large = Scene(shape=(1025, 1025))
    large.instead.what = "errors"
    assert (large.side().tag, large.side().lines[-1]) == (RESTORED_TAG, TOO_LARGE)
    reduced = Scene()
    reduced.instead.what = "draws"
    reduced.frame = replace(reduced.frame, reduction=8)
    assert (reduced.side().tag, reduced.side().lines[-1]) == (RESTORED_TAG, REDUCED)
    passed = Scene(engine=PASSED_THROUGH)
    passed.instead.what = "draws"
    assert pixels_of(passed.side()) is passed.pixels


def test_the_picture_shows_it_and_the_crosshair_does_not(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply_theme(qapp)
    picture = Picture()
    qtbot.addWidget(picture)
    scene = Scene()
    shown = View((ChannelView(None, scene.frame, None),), 0, 1)
    picture.set_view(shown, None, ())
    for mode in MODES:
        picture.set_mode(mode)
        for what in ("draws", "errors", "restored"):
            picture.show_instead(what, TABLES)  # type: ignore[arg-type]
            assert picture._view is shown
            picture.grab()


def test_one_of_the_two_is_chosen_or_none(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply_theme(qapp)
    trust = TrustPanel()
    qtbot.addWidget(trust)
    wanted: list[str] = []
    trust.instead_wanted.connect(wanted.append)
    trust.draws.click()
    trust.errors.click()
    assert (trust.draws.isChecked(), trust.errors.isChecked()) == (False, True)
    trust.errors.click()
    assert wanted == ["draws", "errors", "restored"]
    found = SpreadMeasured(0, TABLE.levels, TABLE.slopes, TABLE.spreads)
    trust.show_trust(view(restoration()), {}, telemetry(spreads=(found,)))
    assert not trust.draws.isChecked()


def test_errors_that_were_put_off_come_without_a_new_frame() -> None:
    scene = Scene()
    scene.instead.what = "errors"
    first = scene.side()
    scene.frame = replace(scene.frame, pixels=scene.pixels[::-1].copy())
    scene.now_s += 0.1 * EVERY_S
    assert scene.side() is first
    assert scene.instead.moves
    scene.now_s += EVERY_S
    assert scene.side() is not first
