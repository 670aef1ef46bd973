"""What a terminal shows of a run: words of others are words, whatever is in them."""

import io
from pathlib import Path

import msgspec
import pytest
from made_up_snapshots import made_up_snapshot
from rich.console import Console

from livecare.cli import file_progress
from livecare.cli.file_progress import FileProgress
from livecare.cli.progress import Progress, line_of
from livecare.frame import Ledger
from livecare.link.tally import GuardTally, Tally

ODD = "[/ONNXRuntimeError] : 6 : [red]no memory[/] :warning: in C:\\[models]"


def test_what_is_done_instead_is_said_with_its_reason(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with Progress() as progress:
        progress.show(made_up_snapshot(restorer="degraded", degraded=ODD, restarts=2))
    said = capfd.readouterr().err
    assert f"restorer degraded (restarted 2 times): {ODD}" in said


def test_where_all_is_well_there_is_nothing_to_say(capfd: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.show(made_up_snapshot())
    assert "restorer ready;" in capfd.readouterr().err


def test_a_line_now_and_then(capfd: pytest.CaptureFixture[str]) -> None:
    snapshot = made_up_snapshot(
        ledger=Ledger(acquired=7, recorded=6, lost=2),
        latency_p50_ms=12.34,
        latency_p99_ms=56.78,
        free_bytes=2 * 10**9,
        free_minutes=3.0,
        restorer="restarting",
        restarts=2,
    )
    with Progress() as progress:
        for _ in range(10):
            progress.show(snapshot)
    [line] = capfd.readouterr().err.splitlines()
    for words in ("7 acquired", "2 lost", "12.3 ms p50", "restarted 2 times", "2.0 GB, 3 min"):
        assert words in line


def test_a_long_alarm_is_said_once(capfd: pytest.CaptureFixture[str]) -> None:
    guards = {"drift": GuardTally(3.0, 2.0), "noise": GuardTally(1.0, 2.0)}
    drifting = made_up_snapshot(alarm="It drifts. Focus.", tally=Tally(guards=guards))
    worse = msgspec.structs.replace(drifting, stage="draining", alarm="It drifts and blurs.")
    first = line_of(drifting)
    assert first.endswith("; NOT TO BE BELIEVED: It drifts. Focus.")
    assert line_of(drifting, "It drifts. Focus.").endswith("; guards: drift")
    assert "guards" not in line_of(made_up_snapshot(), "It drifts. Focus.")
    with Progress() as progress:
        for stage in ("starting", "acquiring"):
            progress.show(msgspec.structs.replace(drifting, stage=stage))
        progress.show(worse)
        progress.show(made_up_snapshot(stage="backfilling"))
        progress.show(msgspec.structs.replace(drifting, stage="finishing"))
    ends = [line.partition(" free")[2] for line in capfd.readouterr().err.splitlines()]
    assert ends == [
        "; NOT TO BE BELIEVED: It drifts. Focus.",
        "; guards: drift",
        "; NOT TO BE BELIEVED: It drifts and blurs.",
        "",
        "; NOT TO BE BELIEVED: It drifts. Focus.",
    ]


def test_a_report_names_its_recording_as_it_is_called(capfd: pytest.CaptureFixture[str]) -> None:
    with Progress() as progress:
        progress.print_table([("store", "/data/[gfp] a[/b].ome.zarr"), ("lost", 3)])
    said = capfd.readouterr().err
    assert "/data/[gfp] a[/b].ome.zarr" in said
    assert said.splitlines()[-1].split() == ["lost", "3"]


def test_bars_name_files_as_they_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = io.StringIO()
    monkeypatch.setattr(
        file_progress, "plain_console", lambda **_: Console(file=shown, force_terminal=True)
    )
    with FileProgress() as progress:
        progress.show(Path("[gfp] a.tif"), 1, 2)
    assert "[gfp] a.tif" in shown.getvalue()
