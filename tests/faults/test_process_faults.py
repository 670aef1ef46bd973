"""Every process of a run is killed, paused and frozen, at every stage of the run."""

from collections.abc import Iterator

import impatient
import pytest
from fault_run import Trial
from fault_stages import Blow, Stage, go_on, reach, strike, table_for, thaw
from live_run import LIVECARE

STAGES: tuple[Stage, ...] = (
    "starting",
    "acquiring",
    "switched",
    "draining",
    "backfilling",
    "ending",
)
BLOWS: dict[Blow, str] = {"kill": "killed", "pause": "paused", "freeze": "frozen for good"}
CHILDREN = ("restorer", "publisher", "exporter")
QUICK = {("restorer", "kill", "acquiring"), ("recorder", "kill", "acquiring")}

PATIENT: Stage = "acquiring"
"""Where a frozen restorer is noticed after the time that it really takes."""


def rows() -> Iterator[object]:
    for name in CHILDREN:
        for blow, words in BLOWS.items():
            for stage in STAGES:
                if name == "restorer" and stage == "draining" and blow != "kill":
                    continue  # it is paused there anyway
                if blow == "pause" and stage in ("starting", "switched", "backfilling"):
                    continue  # frozen for good there, it is the same and more
                if name == "exporter" and stage not in ("starting", "acquiring", "ending"):
                    continue  # it knows of no other stages
                marks = [pytest.mark.quick] if (name, blow, stage) in QUICK else []
                yield pytest.param(name, blow, stage, id=f"{name} {words}, {stage}", marks=marks)


@pytest.mark.parametrize(("name", "blow", "stage"), list(rows()))
def test_child(trial: Trial, name: str, blow: Blow, stage: Stage) -> None:
    """Nothing is lost, and all of it is restored in the end."""
    if stage == "backfilling":
        pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    hurried = name == "restorer" and blow == "freeze" and stage != PATIENT
    program = impatient.program(impatient.WITH_HANGS) if hurried else LIVECARE
    run = trial.start(table_for(stage), program=program)
    if name == "exporter" and "metrics" not in run.table:
        pytest.skip("the extra 'metrics' is missing")
    reach(run, stage)
    strike(run, name, blow, stage)
    go_on(run, stage)
    dumb = name == "exporter" and blow == "freeze"
    outcome = trial.settle(run, metrics=not dumb)
    ledger = outcome.report["ledger"]
    assert ledger["restored"] == ledger["recorded"] == ledger["acquired"] > 10


@pytest.mark.parametrize(
    "stage",
    [
        pytest.param(stage, id=stage, marks=[pytest.mark.quick] if stage == "acquiring" else [])
        for stage in STAGES
    ],
)
def test_recorder_killed(trial: Trial, stage: Stage) -> None:
    """What the disk had is there, the children end by themselves, the next run clears away."""
    if stage == "backfilling":
        pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    run = trial.start(table_for(stage))
    reach(run, stage)
    strike(run, "recorder", "kill")
    thaw(run)
    trial.settle_killed(run)


@pytest.mark.parametrize("stage", ["acquiring", "draining"])
def test_recorder_frozen_then_killed(trial: Trial, stage: Stage) -> None:
    """As a watchdog does it that hears nothing any more."""
    run = trial.start(table_for(stage))
    reach(run, stage)
    strike(run, "recorder", "freeze")
    strike(run, "recorder", "kill")
    thaw(run)
    trial.settle_killed(run)


@pytest.mark.parametrize("stage", STAGES)
def test_recorder_paused(trial: Trial, stage: Stage) -> None:
    """A camera that holds frames long enough loses none."""
    if stage == "backfilling":
        pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    run = trial.start(table_for(stage))
    reach(run, stage)
    strike(run, "recorder", "pause", stage)
    go_on(run, stage)
    ledger = trial.settle(run).report["ledger"]
    assert ledger["restored"] == ledger["acquired"]


def test_recorder_paused_longer_than_the_camera_can_hold(trial: Trial) -> None:
    """What the camera loses meanwhile is counted to the frame."""
    table = table_for("acquiring")
    table["source"]["simulated"] |= {"buffer_frames": 8, "rate_hz": 200, "frames": 400}
    run = trial.start(table)
    reach(run, "acquiring")
    strike(run, "recorder", "pause")
    outcome = trial.settle(run, exit_code=3, delivered=400)
    ledger = outcome.report["ledger"]
    assert ledger["lost"] > 50
    assert ledger["restored"] == ledger["recorded"] == 400 - ledger["lost"]
    assert f"{ledger['lost']} frames lost" in outcome.stderr
