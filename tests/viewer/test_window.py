"""The whole window, driven by hands, on real runs: what it shows is what is recorded."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

pytest.importorskip(
    "PySide6.QtWidgets",
    reason="the extra viewer is missing: pip install 'livecare[viewer]'",
    exc_type=ImportError,
)

from live_run import free_port
from PySide6.QtCore import Qt
from window_readings import Camera, Readings
from window_stage import (
    CAMERA,
    PATIENCE_S,
    SIMULATED,
    Operator,
    RunBehind,
    assert_whole,
    said,
    stored,
    tags,
)

from livecare.sinks.ome import RESTORED_NOTE
from livecare.sinks.reader import StoreReader
from livecare.viewer.feed.here import WAITING

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals, process groups")

Start = Callable[..., RunBehind]
Open = Callable[..., Operator]
Press = Callable[[str], None]
NETWORK = f"[restorer]\nengine = 'onnxruntime'\nmodel = 'default-fast'\nthreads = 1\n{CAMERA}"
PATIENT = f"{SIMULATED}buffer_frames = 4000\n"
"""A camera that loses nothing although a busy machine lets the recorder wait."""


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    runs: list[RunBehind] = []

    def begin(source: str = PATIENT, **more: str) -> RunBehind:
        runs.append(RunBehind(tmp_path / f"run{len(runs)}", tmp_path / "rings", source, **more))
        return runs[-1]

    yield begin
    for run in runs:
        run.close()


def test_who_has_read_nothing_sees_records_marks_and_keeps(
    look: Open, start: Start, tmp_path: Path
) -> None:
    operator = look(tmp_path / "rings")
    window = operator.window
    operator.until(lambda: window.health.words.said == WAITING)
    assert "no run is attached" in said(window.control).lower()
    assert said(window.time_bar).endswith("Waiting for a run")

    run = start()
    operator.until_pair((48, 64))
    assert tags(window) == ["RAW", "RESTORED"]
    assert window.picture.board.panes[1].labels.sides[0].warning == RESTORED_NOTE
    operator.until(lambda: window.control.record.text().startswith("Stop recording 00:"))

    operator.press(Qt.Key.Key_Space)
    assert not window.operating.busy, "no stray key stops the recording"

    _stop_and_record_again(operator)
    _mark(operator, "drug added")
    snapshot = _take_snapshot(operator)
    _choose_model(operator, "livecare default")
    _relock(operator)
    sequence = window.session.telemetry.ledger.recorded  # type: ignore[union-attr]

    report = run.end()
    operator.until(lambda: "The run has ended" in said(window.time_bar))
    assert window.banner.texts == [f"Recorded: {run.stores[-1]}"]
    _check_recordings(run, report)
    [mark] = StoreReader(run.stores[1]).marks()
    assert mark.text == "drug added"
    assert 0 <= mark.sequence <= sequence
    _check_snapshot(snapshot, run.stores[1])


def _refused(operator: Operator, key: str) -> str:
    telemetry = operator.window.session.telemetry
    return "" if telemetry is None else telemetry.refused.get(key, "")


def _stop_and_record_again(operator: Operator) -> None:
    control = operator.window.control
    operator.until(lambda: not control.record.refusal.reason)
    operator.click(control.record)
    operator.until(lambda: control.record.text() == "Record", "recording stops")
    assert "recorded: " in said(control)
    operator.until(lambda: _refused(operator, "mark") == "nothing is being recorded")
    operator.until(lambda: control.mark.refusal.reason)
    operator.click(control.mark)
    assert "Mark: nothing is being recorded" in said(control)
    assert control.field.isHidden()
    operator.until(lambda: not control.record.refusal.reason)
    operator.click(control.record)
    operator.until(lambda: control.record.text().startswith("Stop recording 00:"), "records again")
    assert "recording into " in said(control)
    operator.until_pair()


def _mark(operator: Operator, text: str) -> None:
    control = operator.window.control
    operator.until(lambda: not control.mark.refusal.reason)
    operator.click(control.mark)
    assert control.field.line.hasFocus()
    operator.type(text)
    assert control.field.line.text() == text, "letters are no shortcuts where one writes"
    operator.press(Qt.Key.Key_Return)
    assert control.field.isHidden()
    operator.until(lambda: "marked" in control.status.said, "the mark is said to be saved")


def _take_snapshot(operator: Operator) -> Path:
    control = operator.window.control
    operator.until_pair()
    operator.click(control.snapshot)
    assert control.status.said.startswith("Snapshot saved: ")
    [picture] = operator.snapshots.glob("*.png")
    return picture


def _choose_model(operator: Operator, model: str) -> None:
    window = operator.window
    combo = window.control.model.combo
    operator.until(lambda: not combo.refusal.reason and combo.findText(model) >= 0)
    combo.setFocus()
    operator.press(Qt.Key.Key_Down, on=combo)  # the list opens
    chosen = combo.findText(model)
    combo.view().setCurrentIndex(combo.model().index(chosen, 0))
    operator.press(Qt.Key.Key_Return, on=combo.view())
    assert "changing to" in combo.placeholderText()

    def serves() -> bool:
        restored = window.view.channels[0].restored
        made = None if restored is None else restored.restoration
        return made is not None and made.model == model

    operator.until(serves, f"{model} restores")
    operator.until(lambda: "swap" not in window.operating.busy)
    assert model in said(window.health)


def _relock(operator: Operator) -> None:
    """The configuration gives the camera's values: nothing is measured, and it is said why."""
    control = operator.window.control
    operator.until(lambda: control.relock.refusal.reason)
    operator.click(control.relock)
    assert control.status.said == f"Brightness: {_refused(operator, 'relock')}"
    assert "configuration" in control.status.said
    assert control.relock.toolTip() == f"Not now: {_refused(operator, 'relock')}"


def _check_recordings(run: RunBehind, report: dict[str, Any]) -> None:
    assert (report["exit"], report["complete"]) == (0, True), run.log
    assert len(run.stores) == 2
    counts = []
    for store in run.stores:
        assert_whole(store)
        counts.append(len(stored(store, "raw")))
    ledger = report["ledger"]
    assert min(counts) > 0
    assert (ledger["recorded"], ledger["lost"], ledger["failed"]) == (sum(counts), 0, 0)
    assert ledger["restored"] == sum(counts)


def _check_snapshot(picture: Path, store: Path) -> None:
    number = int(picture.stem.rpartition("-")[2])
    for lane in ("raw", "restored"):
        saved = tifffile.imread(picture.with_name(f"{picture.stem}-{lane}.ome.tif"))
        assert np.array_equal(saved.squeeze(), stored(store, lane)[number])  # type: ignore[arg-type]
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_values_profile_and_trace_are_the_stored_pixels_whatever_comes(
    look: Open, start: Start, tmp_path: Path
) -> None:
    """The shape and the type of the pixels change on the way: the next part is a new recording."""
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    endpoint = f"tcp://127.0.0.1:{free_port()}"
    kinds = [((48, 64), "uint16"), ((56, 40), "float32")]
    operator = look(tmp_path / "rings")
    run = start(
        f"[source]\nkind = 'push'\n[source.push]\nendpoint = '{endpoint}'\nacquisitions = 1\n"
        f"silent_s = {PATIENCE_S}\n",
        restorer=NETWORK,
    )
    with contextlib.closing(Camera(endpoint, kinds)) as camera:
        operator.until_pair(kinds[0][0])
        first = Readings(operator, tmp_path / "uint16").take()
        camera.next_kind()
        operator.until_pair(kinds[1][0])
        second = Readings(operator, tmp_path / "float32").take()
    report = run.end()
    assert (report["exit"], report["complete"], report["ledger"]["lost"]) == (0, True, 0), run.log
    assert len(run.stores) == 2
    for store, readings, (shape_yx, dtype) in zip(run.stores, (first, second), kinds, strict=True):
        assert_whole(store)
        raw, restored = stored(store, "raw"), stored(store, "restored")
        assert (raw[0].shape, raw[0].dtype.name, restored[0].dtype.name) == (shape_yx, dtype, dtype)
        assert not any(np.array_equal(raw[each], restored[each]) for each in raw)
        readings.check(raw, restored)
