from typing import Any

import pytest

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from panel_samples import restoration, telemetry, view
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextDocumentFragment
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from livecare.frame import PASSED_THROUGH, GuardReading, Ledger
from livecare.guards import GUARDS
from livecare.link import SpreadMeasured
from livecare.viewer import theme
from livecare.viewer.panels.health import ROWS, HealthPanel
from livecare.viewer.panels.states import restorer_words
from livecare.viewer.panels.trust import NOT_SENT, NOT_WATCHED, QUIET, TrustPanel
from livecare.viewer.seen import View


@pytest.fixture
def health(qtbot: QtBot, qapp: QApplication) -> HealthPanel:
    theme.apply_theme(qapp)
    panel = HealthPanel()
    qtbot.addWidget(panel)
    panel.show()
    return panel


@pytest.fixture
def trust(qtbot: QtBot, qapp: QApplication) -> TrustPanel:
    theme.apply_theme(qapp)
    panel = TrustPanel()
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_without_a_run_nothing_is_known(health: HealthPanel) -> None:
    health.show_state(telemetry(), 24.0, "")
    health.show_state(None, None, "Waiting for a run")
    assert health.words.said == "Waiting for a run"
    assert {health.facts.said(name) for name in ROWS} == {"–"}
    assert {health.facts.tone(name) for name in ROWS} <= {"muted", "plain"}


def test_a_run_that_is_well(health: HealthPanel) -> None:
    health.show_state(telemetry(), 24.3, "")
    assert {name: health.facts.said(name) for name in ROWS} == {
        "Camera": "100 fps",
        "Restored": "98.4 fps",
        "Shown here": "24.3 fps",
        "Usual delay": "38 ms",
        "Longest delay": "122 ms",
        "Recorded": "12,345",
        "Lost": "none",
        "Skipped": "44 live, restored afterwards",
        "Disk": "3 h 20 min left",
        "Computer": "CPU 61 %, GPU: none",
        "Restorer": "ready",
        "Model": "default-fast",
        "Engine": "onnxruntime fp32 on CPU",
        "Light": "2.8 s given, raw would need 12 ×",
    }
    assert {health.facts.tone(name) for name in ROWS} == {"plain", "fine"}
    assert health.facts.tip("Engine") == "the fastest of those that were tried"
    assert health.words.said == "Running"


@pytest.mark.parametrize(
    ("changed", "row", "words"),
    [
        ({"free_minutes": 9.9}, "Disk", "9 min 54 s left"),
        ({"age_p50_ms": 1001.0}, "Usual delay", "1.00 s"),
        ({"age_p99_ms": 2400.0}, "Longest delay", "2.40 s"),
        ({"restorer": "starting"}, "Restorer", "starting: frames pass through unrestored"),
    ],
)
def test_what_is_warned_of_is_said_in_words_and_by_a_symbol(
    health: HealthPanel, changed: dict[str, Any], row: str, words: str
) -> None:
    health.show_state(telemetry(**changed), 24.0, "")
    assert health.facts.said(row) == words
    assert health.facts.tone(row) == "warning"
    assert health.facts.symbol(row) == "warning"
    health.show_state(telemetry(), 24.0, "")
    assert health.facts.symbol(row) != "warning"


@pytest.mark.parametrize(
    ("changed", "row"),
    [({"free_minutes": 10.0}, "Disk"), ({"age_p99_ms": 1000.0}, "Longest delay")],
)
def test_what_is_just_enough_is_not_warned_of(
    health: HealthPanel, changed: dict[str, Any], row: str
) -> None:
    health.show_state(telemetry(**changed), 24.0, "")
    assert health.facts.tone(row) == "plain"


def test_lost_frames_are_a_loss(health: HealthPanel) -> None:
    health.show_state(telemetry(ledger=Ledger(20, 20, 18, lost=17)), 24.0, "")
    assert (health.facts.said("Lost"), health.facts.symbol("Lost")) == ("17 frames", "loss")
    health.show_state(telemetry(ledger=Ledger(20, 17, 17, failed=3)), 24.0, "")
    assert health.facts.said("Lost") == "none; 3 could not be stored or restored"
    assert health.facts.tone("Lost") == "loss"


def test_what_nobody_knows_is_a_dash_or_said_otherwise(health: HealthPanel) -> None:
    unknown = {"age_p50_ms": None, "free_minutes": None, "model": "", "engine": ""}
    health.show_state(telemetry(**unknown, cpu_percent=None), None, "")
    said = {name: health.facts.said(name) for name in ROWS}
    assert [said[name] for name in ("Usual delay", "Model", "Engine", "Shown here")] == ["–"] * 4
    assert said["Disk"] == "823 GB free"
    assert said["Computer"] == "CPU –, GPU: none"


def test_a_gpu_is_shown_where_there_is_one(health: HealthPanel) -> None:
    health.show_state(telemetry(gpu_percent=97.2), 24.0, "")
    assert health.facts.said("Computer") == "CPU 61 %, GPU: 97 %"


def test_reasons_that_look_like_html_are_shown_as_they_are(health: HealthPanel) -> None:
    health.show_state(telemetry(why="<i>a</i> was slower"), None, "")
    tip = QTextDocumentFragment.fromHtml(health.facts.tip("Engine")).toPlainText()
    assert tip == "<i>a</i> was slower"


def test_frames_that_are_not_recorded_now(health: HealthPanel) -> None:
    health.show_state(telemetry(recording=False), 24.0, "")
    assert health.facts.said("Recorded") == "12,345 (not now)"


@pytest.mark.parametrize(
    ("state", "restarts", "words"),
    [
        ("ready", 0, "ready"),
        ("ready", 1, "ready; restarted once"),
        ("restarting", 2, "restarting: frames pass through unrestored; restarted 2 times"),
        ("building", 0, "building an engine: frames pass through unrestored"),
        ("given up", 0, "given up: recording goes on, nothing is restored"),
        ("off", 0, "off: nothing is restored"),
    ],
)
def test_the_restorer_in_plain_words(state: str, restarts: int, words: str) -> None:
    assert restorer_words(telemetry(restorer=state, restarts=restarts)) == words


def test_it_says_always_what_restored_pictures_are_not_for(trust: TrustPanel) -> None:
    for shown in (View(), view(), view(restoration())):
        trust.show_trust(shown, {}, None)
        assert trust.always.isVisible()
        assert trust.always.said == "Restored, not for intensity measurement"


def test_it_says_what_does_not_exist(trust: TrustPanel) -> None:
    trust.show_trust(view(restoration()), {}, telemetry())
    assert trust.guards.said == NOT_WATCHED
    assert trust.sureness.said == NOT_SENT
    assert {trust.guards.tone, trust.sureness.tone} == {"unknown"}


def test_it_says_how_sure_the_model_is(trust: TrustPanel) -> None:
    spreads = ((1.0,) * 2, (9.0,) * 2)
    found = SpreadMeasured(0, (50.0,), ((3.0,), (4.0,)), spreads)
    trust.show_trust(view(restoration()), {}, telemetry(spreads=(found,)))
    assert trust.sureness.tone == "plain"
    assert "± 2.3 counts of dark pixels and ± 20.7 of bright ones, for" in trust.sureness.said


def test_it_says_which_guards_object(trust: TrustPanel) -> None:
    quiet = {"saturated": GuardReading(0.0, 0.001), "noise": GuardReading(1.0, 1.2)}
    trust.show_trust(view(restoration()), quiet, None)
    assert (trust.guards.tone, trust.guards.said) == ("fine", QUIET.format(count=2))
    alarm = quiet | {"saturated": GuardReading(0.25, 0.001)}
    trust.show_trust(view(restoration()), alarm, None)
    assert trust.guards.tone == "warning"
    assert GUARDS["saturated"].sentence(alarm["saturated"]) in trust.guards.said
    assert GUARDS["saturated"].cure in trust.guards.said
    assert GUARDS["noise"].cure not in trust.guards.said


def test_it_says_why_most_guards_cannot_judge(trust: TrustPanel) -> None:
    few = {"saturated": GuardReading(0.0, 0.001)}
    trust.show_trust(view(restoration()), few, None)
    assert trust.guards.tone == "unknown"
    assert "the normalisation 'fixed' knows nothing of the camera's noise" in trust.guards.said


def test_the_frame_says_what_made_it(trust: TrustPanel) -> None:
    trust.show_trust(view(restoration()), {}, telemetry(model="another", engine="another"))
    assert trust.facts.said("Model") == "default-fast"
    assert trust.facts.said("Engine") == "onnxruntime, fp32"
    trust.show_trust(View(), {}, None)
    assert trust.facts.said("Model") == "–"


def test_frames_that_pass_are_no_restored_ones(trust: TrustPanel) -> None:
    trust.show_trust(view(restoration()), {}, telemetry())
    assert trust.picture.tone == "fine"
    trust.show_trust(view(restoration(PASSED_THROUGH)), {}, telemetry())
    assert trust.picture.tone == "warning"
    assert trust.picture.said.startswith("NOT restored")
    assert "a guard objects" in trust.picture.said, "the restorer may be ready"
    trust.show_trust(view(), {}, telemetry())
    assert (trust.picture.tone, trust.picture.said) == ("unknown", "no restored frame yet")


def test_reduced_pictures_say_so(trust: TrustPanel) -> None:
    trust.show_trust(view(restoration(), reduction=4), {}, telemetry())
    assert trust.reduced.isVisible()
    assert trust.reduced.said == "values are means of 4 × 4 pixels"
    trust.show_trust(view(restoration()), {}, telemetry())
    assert not trust.reduced.isVisible()


def test_the_difference_is_asked_for_and_no_setter_asks(trust: TrustPanel, qtbot: QtBot) -> None:
    asked = []
    trust.difference_wanted.connect(asked.append)
    qtbot.mouseClick(trust.difference, Qt.MouseButton.LeftButton)
    qtbot.keyClick(trust.difference, Qt.Key.Key_Space)
    trust.set_difference(shown=True)
    assert trust.difference.isChecked()
    assert asked == [True, False]
