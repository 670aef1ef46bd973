import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

import string
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from panel_samples import restoration, telemetry, view
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget
from shiboken6 import delete
from shown_widgets import bury, cut_off, settle

from livecare.frame import PASSED_THROUGH, GuardReading, Ledger
from livecare.viewer import theme
from livecare.viewer.panels.banner import Banner
from livecare.viewer.panels.contrast import ContrastPanel
from livecare.viewer.panels.control import ControlPanel
from livecare.viewer.panels.curves import CurvesPanel
from livecare.viewer.panels.health import HealthPanel
from livecare.viewer.panels.live import LiveBadge
from livecare.viewer.panels.section import Column, Section
from livecare.viewer.panels.time_bar import TimeBar
from livecare.viewer.panels.trust import TrustPanel

LONG = {
    "ledger": Ledger(123_456_789, 123_456_700, 123_000_000, lost=123_456, failed=1234),
    "restorer": "building",
    "restarts": 12,
    "skipped_live": 12_345_678,
    "model": "structured_noise_of_mitochondria_in_living_cells_2048x2048_version_17_best",
    "engine": "tensorrt-rtx fp16 on NVIDIA RTX 6000 Ada Generation, driver 580.65.06",
    "recorded_s": 360_000.0,
    "age_p50_ms": 99_999.0,
    "free_minutes": 99_999.0,
    "cpu_percent": 100.0,
    "gpu_percent": 100.0,
    "acquired_hz": 12_345.6,
    "refused": {
        "mark": "nothing is recorded at present: press Record, and mark the event then",
        "swap": "the restorer is not ready: ask again when it is",
        "relock": "the normalisation is fixed in the configuration of this run, at 100 to 4,000",
    },
}
QWIDGETSIZE_MAX = (1 << 24) - 1
WORDS = st.text(string.ascii_letters + string.digits + "_-. /µWW", max_size=80)
WHY = {name: GuardReading(2.0, 1.0) for name in ("noise", "erased", "reference")}


@dataclass
class Shown:
    window: QWidget
    control: ControlPanel
    badge: LiveBadge
    banner: Banner
    health: HealthPanel
    trust: TrustPanel
    contrast: ContrastPanel
    time: TimeBar


@pytest.fixture(scope="module", params=[1.0, 1.5], ids=["100 %", "150 %"])
def shown(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Shown]:
    bury()
    theme.apply_theme(qapp, request.param)
    whole = assemble()
    whole.window.resize(theme.scaled(1280), theme.scaled(800))
    whole.window.show()
    yield whole
    whole.window.close()
    delete(whole.window)
    theme.apply_theme(qapp)


def assemble() -> Shown:
    """Put all panels where the viewer's window has them."""
    panels = Shown(
        QWidget(),
        ControlPanel(),
        LiveBadge(),
        Banner(),
        HealthPanel(),
        TrustPanel(),
        ContrastPanel(),
        TimeBar(),
    )
    top, middle, left = QHBoxLayout(), QHBoxLayout(), QVBoxLayout()
    top.addWidget(panels.control, 1)
    top.addWidget(panels.badge)
    left.addStretch(1)
    left.addWidget(panels.time)
    left.addWidget(Section("Curves", CurvesPanel()))
    middle.addLayout(left, 1)
    named = {"Health": panels.health, "Trust": panels.trust, "Contrast": panels.contrast}
    middle.addWidget(Column([Section(name, panel) for name, panel in named.items()]))
    whole = QVBoxLayout(panels.window)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.addLayout(top)
    whole.addWidget(panels.banner)
    whole.addLayout(middle, 1)
    return panels


def check(shown: Shown) -> None:
    settle()
    assert shown.window.width() == theme.scaled(1280)
    assert shown.window.minimumSizeHint().width() <= theme.scaled(1280)
    assert shown.window.minimumSizeHint().height() <= theme.scaled(800)
    assert cut_off(shown.window) == []
    for area in shown.window.findChildren(QScrollArea):
        assert area.widget().width() == area.viewport().width()


def test_nothing_is_cut_off_before_a_run_is_there(shown: Shown) -> None:
    check(shown)


def test_nothing_is_cut_off_with_long_values(shown: Shown) -> None:
    run = telemetry(**LONG)
    shown.control.show_state(run, ("a", run.model), set())
    shown.health.show_state(run, 1234.5, "livecare does not answer: these values are 17 s old")
    shown.trust.show_trust(view(restoration(PASSED_THROUGH), 16), WHY, run)
    shown.contrast.set_channels(("EGFP 488 nm, long pass 525/50", "mCherry", "brightfield"))
    shown.time.set_extent(9999, 17, live=False)
    shown.time.set_time(999.9, 9_999_999)
    shown.badge.show_following("paused")
    shown.banner.show_loss(123_456, "run")
    shown.banner.show_message("trouble", "warning", "The disk is slow: " + 9 * "it slept ")
    shown.banner.show_message("ended", "note", "Recording ended: saved in /" + 9 * "a_long_folder/")
    check(shown)
    shown.banner.note_loss()
    shown.control.show_state(run, ("a", run.model), {"swap", "record"})
    check(shown)


def test_the_check_finds_words_that_are_cut_off(shown: Shown) -> None:
    label = shown.health.words
    shown.health.show_state(None, None, "word")
    label.setFixedSize(10, 5)
    settle()
    assert cut_off(shown.window) == ["'word' in 10 × 5"]
    label.setMinimumSize(0, 0)
    label.setMaximumSize(QWIDGETSIZE_MAX, QWIDGETSIZE_MAX)
    settle()
    assert cut_off(shown.window) == []


@settings(max_examples=12)
@given(model=WORDS, engine=WORDS, reason=WORDS, words=WORDS)
def test_nothing_is_cut_off_whatever_it_is_called(
    shown: Shown, model: str, engine: str, reason: str, words: str
) -> None:
    run = telemetry(model=model, engine=engine, refused={"mark": reason}, restorer="restarting")
    shown.control.show_state(run, (model,), set())
    shown.health.show_state(run, 30.0, words)
    shown.trust.show_trust(view(), WHY, run)
    shown.banner.show_message("words", "warning", words)
    check(shown)


def test_no_large_area_is_bright(shown: Shown) -> None:
    shown.control.show_state(telemetry(), ("a",), set())
    shown.health.show_state(telemetry(), 30.0, "")
    settle()
    grabbed = shown.window.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(grabbed.constBits(), np.uint8).reshape(grabbed.height(), -1)
    pixels = rows[:, : grabbed.width()]
    assert pixels.mean() < 40
    assert (pixels > 200).mean() < 0.03
