import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from livecare.viewer import theme
from livecare.viewer.display.profile import profile
from livecare.viewer.display.trace import Trace, TracePoint
from livecare.viewer.panels.curves import CurvePlot, CurvesPanel


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> CurvesPanel:
    theme.apply_theme(qapp)
    shown = CurvesPanel()
    qtbot.addWidget(shown)
    shown.resize(960, 220)
    shown.show()
    qtbot.waitExposed(shown)
    return shown


def drawn(item: pg.PlotDataItem) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return item.getOriginalDataset()


def label(plot: CurvePlot, side: str) -> str:
    return plot.plot.getAxis(side).labelText


def test_it_says_how_to_get_a_curve(panel: CurvesPanel) -> None:
    assert panel.profile.nothing.isVisible()
    assert panel.profile.nothing.said.startswith("Draw a line in the picture")
    assert panel.trace.nothing.said.startswith("Draw a region in the picture")
    assert not panel.profile.plot.isVisible()
    assert not panel.profile.save.isEnabled()


def test_the_stored_values_are_drawn(panel: CurvesPanel) -> None:
    pixels = np.arange(600, dtype=np.uint16).reshape(20, 30)
    line = profile(pixels, (2, 3), (2, 12))
    panel.set_profile(line, None, 0.5)
    distances, values = drawn(panel.profile.raw)
    np.testing.assert_array_equal(values, pixels[2, 3:13])
    np.testing.assert_allclose(distances, np.arange(10) * 0.5)
    assert drawn(panel.profile.restored)[0] is None
    assert panel.profile.plot.isVisible()
    assert label(panel.profile, "bottom") == "distance (µm)"


def test_without_a_pixel_size_distances_are_in_pixels(panel: CurvesPanel) -> None:
    line = profile(np.zeros((4, 9), np.float32), (0, 0), (0, 8))
    panel.set_profile(None, line, None)
    np.testing.assert_allclose(drawn(panel.profile.restored)[0], np.arange(9))
    assert label(panel.profile, "bottom") == "distance (pixels)"


def test_means_over_time_with_gaps(panel: CurvesPanel) -> None:
    trace = Trace()
    trace.add(TracePoint(1, 0.1, 100.0, 99.0))
    trace.add(TracePoint(2, 0.2, None, 98.0))
    panel.set_trace(trace)
    np.testing.assert_array_equal(drawn(panel.trace.raw)[1], [100.0, np.nan])
    np.testing.assert_array_equal(drawn(panel.trace.restored)[1], [99.0, 98.0])
    assert label(panel.trace, "bottom") == "time (s)"
    panel.set_trace(None)
    assert not panel.trace.plot.isVisible()


def test_raw_is_thin_and_grey_and_restored_thick_and_blue(panel: CurvesPanel) -> None:
    raw, restored = (item.opts["pen"] for item in (panel.profile.raw, panel.profile.restored))
    assert (raw.color().name(), restored.color().name()) == (theme.RAW, theme.RESTORED)
    assert raw.width() < restored.width()


def test_each_plot_is_saved_for_itself(panel: CurvesPanel, qtbot: QtBot) -> None:
    asked = []
    panel.profile_csv_wanted.connect(lambda: asked.append("profile"))
    panel.trace_csv_wanted.connect(lambda: asked.append("trace"))
    trace = Trace()
    trace.add(TracePoint(1, 0.1, 100.0, 99.0))
    panel.set_trace(trace)
    qtbot.mouseClick(panel.profile.save, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(panel.trace.save, Qt.MouseButton.LeftButton)
    assert asked == ["trace"]
