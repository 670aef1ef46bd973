"""`livecare status`, as it is typed: one run, several, none, and one elsewhere."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import typer
from click.testing import Result
from made_up_snapshots import made_up_snapshot
from typer.testing import CliRunner

from livecare import run_place
from livecare.cli import status, status_sources
from livecare.cli.status_sources import Look
from livecare.cli.status_words import Shown
from livecare.errors import UsageError
from livecare.frame import Ledger
from livecare.link.last_snapshot import write_snapshot
from livecare.link.tally import RingUse, Tally
from livecare.link.telemetry import TelemetryServer
from livecare.supervisor.run_folder import RunFolder

NOW = made_up_snapshot(
    run_id="a",
    ledger=Ledger(acquired=40, recorded=39, restored=30, lost=2),
    persisted_raw=30,
    persisted_restored=28,
    acquired_hz=50.0,
    recorded_hz=49.0,
    restored_hz=48.0,
    latency_p50_ms=5.0,
    latency_p99_ms=9.0,
    free_bytes=10**10,
    free_minutes=20.0,
    model="default",
    engine="openvino fp32 on CPU",
    store="/data/[x] a.ome.zarr",
    recorded_s=90.0,
    marks=1,
    age_p50_ms=4.0,
    age_p99_ms=8.0,
    total=Ledger(acquired=140, recorded=139, restored=130, lost=2),
    tally=Tally(
        parts=2,
        unrecorded=Ledger(acquired=7),
        restarts={"restorer": 3},
        rejected={"push": {"numbers that cannot be": 4}},
        problems=("the disk is [almost] full",),
        raw_ring=RingUse(5, 64),
    ),
)

Sign = Callable[..., Path]
PATIENCE_S = 60.0


@pytest.fixture
def sign(tmp_path: Path) -> Iterator[Sign]:
    """Leave what a run of this process leaves; return its folder."""
    made: list[RunFolder] = []

    def leave(run_id: str, **changed: Any) -> Path:  # noqa: ANN401 - any field of it
        made.append(RunFolder.make(run_place.sign_name(run_id), tmp_path, 0))
        now = msgspec.structs.replace(NOW, run_id=run_id, **changed)
        write_snapshot(run_place.snapshot_file(made[-1].path), now)
        return made[-1].path

    yield leave
    for folder in made:
        folder.remove()


def ask(folder: Path | None, *words: str) -> Result:
    app = typer.Typer()
    app.command()(status.status)
    where = [] if folder is None else ["--directory", str(folder)]
    result = CliRunner().invoke(app, [*words, *where])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_one_run_is_told_in_lines(sign: Sign, tmp_path: Path) -> None:
    sign("a")
    result = ask(tmp_path)
    assert result.exit_code == 0, result.output
    for words in (
        "a (process ",
        "acquiring",
        "40 frames, 50.0 Hz",
        "5.0 ms p50, 9.0 ms p99",
        "10.0 GB, 20 min",
        "openvino fp32 on CPU, default",
        "/data/[x] a.ome.zarr, 1.5 min, 1 marks",
        "140 acquired, 139 recorded, 130 restored, 2 lost in 2 parts, 7 only looked at",
        "5 of 64 frames wait for the disk",
        "restorer 3",
        "push: 4 × numbers that cannot be",
        "the disk is [almost] full",
    ):
        assert words in result.output, words


def test_several_runs_become_a_table(sign: Sign, tmp_path: Path) -> None:
    sign("b", stage="backfilling")
    sign("a")
    result = ask(tmp_path)
    assert result.exit_code == 0
    heads, *rows = result.output.splitlines()
    assert heads.split()[:3] == ["run", "stage", "acquired"]
    assert [row.split()[:3] for row in rows] == [
        ["a", "acquiring", "147"],
        ["b", "backfilling", "147"],
    ]
    assert "/data/[x] a.ome.zarr" in rows[0], "a path is not cut off in a pipe"


def test_json_is_for_programs(sign: Sign, tmp_path: Path) -> None:
    sign("a")
    [found] = json.loads(ask(tmp_path, "--json").output)
    assert (found["run_id"], found["silent"]) == ("a", False)
    assert found["telemetry"]["total"]["acquired"] == 140


def test_nobody_is_there(tmp_path: Path) -> None:
    result = ask(tmp_path)
    assert result.exit_code == 1
    assert "no livecare run of yours goes on on this machine" in result.output
    assert ask(tmp_path, "--json").stdout == "[]\n"


def test_what_is_over_or_dead_does_not_count(sign: Sign, tmp_path: Path) -> None:
    folder = sign("a", stage="ended")
    assert ask(tmp_path).exit_code == 1
    write_snapshot(run_place.snapshot_file(folder), NOW)
    assert ask(tmp_path).exit_code == 0
    run_place.owner_file(folder).unlink()  # as after the end of a run
    assert ask(tmp_path).exit_code == 1


def test_a_run_that_is_silent_fails_the_command(
    sign: Sign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sign("a")
    monkeypatch.setattr(status_sources, "SILENT_S", -1.0)
    result = ask(tmp_path)
    assert result.exit_code == 1
    assert "it has said nothing for 0 s" in result.output
    run_place.snapshot_file(folder).write_bytes(b"of another version")
    assert "has not said anything yet" in ask(tmp_path).output


def test_of_each_run_that_is_followed_an_alarm_is_said_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alarmed = msgspec.structs.replace(NOW, alarm="It drifts.")
    with Shown(as_json=False, follows=True) as shown:
        for runs in ("a", "ab"):
            shown.show([Look(run, None, 0.0, alarmed) for run in runs])
    ends = [line[0] + line.partition(" free")[2] for line in capsys.readouterr().out.splitlines()]
    whole = "; NOT TO BE BELIEVED: It drifts."
    assert ends == [f"a{whole}", "a; guards: as before", f"b{whole}"]


def test_it_follows_until_the_run_has_ended(
    sign: Sign, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sign("a")
    waits: list[int] = []

    def wait(_: object) -> None:
        waits.append(1)
        stage = "ended" if len(waits) == 2 else "finishing"
        now = msgspec.structs.replace(NOW, stage=stage)  # type: ignore[arg-type]
        write_snapshot(run_place.snapshot_file(folder), now)

    monkeypatch.setattr(status_sources._Here, "wait", wait)
    result = ask(tmp_path, "--follow")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert [line.split(":")[0] for line in lines] == ["a acquiring", "a finishing"]


def test_whatever_a_run_says_is_shown_as_it_is(sign: Sign, tmp_path: Path) -> None:
    odd = "[/odd] [gfp] :key:"
    tally = msgspec.structs.replace(NOW.tally, rejected={odd: {odd: 1}}, restarts={odd: 1})
    sign("a", tally=tally, engine=odd, store=odd)
    said = ask(tmp_path).output
    for words in (f"{odd}: 1 × {odd}", f"{odd} 1", f"{odd}, default", f"{odd}, 1.5 min"):
        assert words in said, words


def test_a_run_elsewhere_is_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    server = TelemetryServer("tcp://127.0.0.1:*")
    listen = status_sources.TelemetryListener.wait

    def wait(listener: Any, timeout_s: float) -> bool:  # noqa: ANN401 - the listener
        while not listen(listener, 0.01):
            server.send(NOW)
        return bool(timeout_s)

    monkeypatch.setattr(status_sources.TelemetryListener, "wait", wait)
    result = ask(None, "--endpoint", server.endpoint)
    server.close()
    assert result.exit_code == 0
    assert "140 acquired" in result.output


def test_the_end_of_a_run_elsewhere_is_not_waited_for_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The interval between two looks ends with the run."""
    monkeypatch.setattr(status_sources, "INTERVAL_S", PATIENCE_S)
    server = TelemetryServer("tcp://127.0.0.1:*")
    listen = status_sources.TelemetryListener.wait
    ended = msgspec.structs.replace(NOW, stage="ended")
    said = itertools.chain([NOW], itertools.repeat(ended))

    def wait(listener: Any, timeout_s: float) -> bool:  # noqa: ANN401 - the listener
        now = next(said)
        while not listen(listener, 0.01):
            server.send(now)
        return bool(timeout_s)

    monkeypatch.setattr(status_sources.TelemetryListener, "wait", wait)
    began = time.monotonic()
    result = ask(None, "--endpoint", server.endpoint, "--follow")
    server.close()
    assert result.exit_code == 0
    assert [line.split(":")[0] for line in result.output.splitlines()] == ["a acquiring"]
    assert time.monotonic() - began < PATIENCE_S


def test_nobody_speaks_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status_sources, "FIRST_WORD_S", 0.01)
    with pytest.raises(UsageError, match="nobody says anything there"):
        ask(None, "--endpoint", "tcp://127.0.0.1:1")
    with pytest.raises(UsageError, match="go with --endpoint"):
        ask(None, "--key", "a")


def test_a_folder_here_and_a_run_elsewhere_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--endpoint for one elsewhere: give one"):
        ask(tmp_path, "--endpoint", "tcp://127.0.0.1:1")
