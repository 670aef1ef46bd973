"""How far the exposure can drop, asked for in the window and answered by the real advisor."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("PySide6", reason="the extra 'viewer' is missing")
pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from shown_widgets import cut_off, settle

from livecare.frame import FrameHeader, Position, Restoration
from livecare.viewer import theme
from livecare.viewer.advising import PAGE, Advising
from livecare.viewer.panels.exposure import USUAL_MS, ExposurePanel, ExposureQuestion
from livecare.viewer.panels.section import Column, Section
from livecare.viewer.seen import SeenFrame

PATIENCE_MS = 110_000
SIDE = 96


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> ExposurePanel:
    theme.apply_theme(qapp)
    made = ExposurePanel()
    qtbot.addWidget(made)
    made.show()
    return made


def asked_of(panel: ExposurePanel) -> ExposureQuestion:
    found: list[ExposureQuestion] = []
    panel.asked.connect(found.append)
    panel.ask.click()
    [question] = found
    return question


def test_the_camera_s_exposure_is_offered_unless_another_is_typed(panel: ExposurePanel) -> None:
    assert panel.exposure.value() == USUAL_MS
    panel.know_exposure(20.0)
    assert asked_of(panel) == ExposureQuestion(20.0, "as-good-as=20ms")
    panel.exposure.setValue(35.0)
    panel.know_exposure(10.0)
    assert panel.exposure.value() == 35.0
    panel.know_exposure(None)
    assert panel.exposure.value() == 35.0


def test_the_aim_follows_the_exposure_until_it_is_typed(panel: ExposurePanel) -> None:
    panel.exposure.setValue(200.0)
    assert asked_of(panel) == ExposureQuestion(200.0, "as-good-as=200ms")
    panel.value.setValue(80.0)
    panel.exposure.setValue(100.0)
    assert panel.value.value() == 80.0
    panel.aim.setCurrentIndex(1)
    assert panel.value.value() == 32.0
    panel.value.setValue(40.0)
    panel._typed = False
    panel.know_exposure(10.0)
    assert asked_of(panel) == ExposureQuestion(10.0, "psnr=40")


def test_every_aim_is_one_that_the_advisor_knows(panel: ExposurePanel) -> None:
    from livecare.advisor.target import Target  # noqa: PLC0415 - not of the viewer's own

    for index in range(panel.aim.count()):
        panel.aim.setCurrentIndex(index)
        aim = str(Target.parse(asked_of(panel).target))
        assert aim.split(maxsplit=1)[0].lower() in panel.aim.currentText().lower()


def test_it_fits_the_column(qtbot: QtBot, qapp: QApplication) -> None:
    theme.apply_theme(qapp)
    panel = ExposurePanel()
    panel.say("as good as a raw frame of 50 ms (whole image): 5.2 ms, 9.61 times less light")
    assert panel.answer.said.startswith("As good as")
    column = Column([Section("Exposure", panel)])
    qtbot.addWidget(column)
    column.show()
    settle()
    assert panel.minimumSizeHint().width() <= column.viewport().width()
    assert cut_off(column) == []


def test_what_is_refused_cannot_be_asked(panel: ExposurePanel, qtbot: QtBot) -> None:
    panel.refuse("another one is being answered")
    with qtbot.assertNotEmitted(panel.asked):
        panel.ask.click()


def frames_of(count: int) -> list[SeenFrame]:
    """Photographs of a still specimen: round spots, a camera of gain 2 and offset 100."""
    random = np.random.default_rng(3)
    rows, columns = np.mgrid[:SIDE, :SIDE]
    light_e = np.full((SIDE, SIDE), 4.0)
    for y, x in random.uniform(5, SIDE - 5, (30, 2)):
        light_e += 60 * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / (2 * 2.5**2))
    found = []
    for number in range(count):
        electrons = random.poisson(light_e) + random.normal(0, 1.6, light_e.shape)
        pixels = np.round(100 + 2 * electrons).astype(np.uint16)
        header = FrameHeader(number, Position(number), (SIDE, SIDE), "uint16", number)
        found.append(SeenFrame("run", header, pixels))
    return found


def test_the_real_advisor_answers(qtbot: QtBot, tmp_path: Path) -> None:
    advising = Advising(tmp_path / "not there yet")
    question = ExposureQuestion(100.0, "as-good-as=100ms")
    with qtbot.waitSignal(advising.answered, timeout=PATIENCE_MS) as answered:
        advising.ask(question, frames_of(4), (8, 8, 72, 72))
        assert advising.busy
    assert not advising.busy
    said = str(answered.args[0])
    assert "as good as a raw frame of 100 ms (region)" in said
    assert str(tmp_path / "not there yet" / PAGE) in said
    assert "<html" in (tmp_path / "not there yet" / PAGE).read_text(encoding="utf-8")
    advising.close()


def test_why_there_is_no_advice_is_said(qtbot: QtBot, tmp_path: Path) -> None:
    advising = Advising(tmp_path / "not there yet")
    with qtbot.waitSignal(advising.failed, timeout=PATIENCE_MS) as failed:
        advising.ask(ExposureQuestion(100.0, "as-good-as=100ms"), frames_of(1), None)
    assert "Too few" in str(failed.args[0])
    reduced = [replace(each, reduction=8) for each in frames_of(4)]
    with qtbot.waitSignal(advising.failed, timeout=PATIENCE_MS) as failed:
        advising.ask(ExposureQuestion(100.0, "as-good-as=100ms"), reduced, None)
    assert "--reduce" in str(failed.args[0])
    with qtbot.waitSignal(advising.failed, timeout=PATIENCE_MS) as failed:
        advising.ask(ExposureQuestion(100.0, "psnr=32"), frames_of(2), (0, 0, 900, 900))
    assert str(failed.args[0]).startswith("No advice: ")
    advising.close()


def test_the_camera_s_values_are_of_the_run_that_is_asked_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(Advising, "_start", lambda _, arguments: started.append(arguments))
    camera = {"gain": 2.0, "offset": 100.0, "read_noise": 1.6}
    made = Restoration("onnxruntime", "fp32", "m", "", "anscombe", camera, 0, 0, 0, 1)
    raw = frames_of(3)
    before = [replace(each, run_id="before") for each in raw]
    for run in (before, raw):
        advising = Advising(tmp_path)
        frames = [*before, replace(run[-1], restoration=made), *raw]
        advising.ask(ExposureQuestion(100.0, "psnr=32"), frames, None)
        advising.close()
    assert ["--gain=2.0" in arguments for arguments in started] == [False, True]
