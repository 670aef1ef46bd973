"""What a run has counted in all: parts added up, refusals of several publishers, and the sign."""

import re
import shutil
from dataclasses import fields
from pathlib import Path

import msgspec
import pytest

from livecare import run_place
from livecare.client.present_runs import present_runs
from livecare.config import make_config
from livecare.errors import ConfigError, MissingExtraError, RingError, UsageError
from livecare.exporter import orders
from livecare.exporter.listener import open_listener
from livecare.frame import Ledger
from livecare.link.tally import GuardTally, LatencyCounts
from livecare.metrics import BOUNDS_S
from livecare.supervisor import log_relay
from livecare.supervisor.exporting import check_metrics
from livecare.supervisor.log_relay import LogRelay
from livecare.supervisor.part_counts import PartCounts, add_ledgers
from livecare.supervisor.preview_refusals import PreviewRefusals
from livecare.supervisor.run_sign import RunSign, Where, say_where
from livecare.supervisor.showing import first_snapshot

SNAPSHOT = first_snapshot(make_config({}, "test"), "a")


def test_parts_add_up_in_every_field() -> None:
    latency = LatencyCounts(BOUNDS_S, tuple(range(len(BOUNDS_S) + 1)), 2.0)
    one = PartCounts(
        parts=1,
        recorded=Ledger(1, 2, 3, 4, 5, 6),
        unrecorded=Ledger(acquired=7),
        failed={"recorded": 1},
        restarts={"restorer": 2},
        rejected={"why": 3},
        skipped_live=1,
        backfilled=2,
        passed_over=3,
        malformed=4,
        loss_estimated=True,
        recorded_latency=latency,
        restored_latency=latency,
        guards={"empty": GuardTally(2.0, 1.0, 3, 1, 2.0)},
    )
    assert all(getattr(one, each.name) for each in fields(PartCounts)), "every field is tried"
    assert PartCounts() + one == one + PartCounts() == one
    twice = one + one
    assert twice.recorded == Ledger(2, 4, 6, 8, 10, 12)
    assert (twice.failed, twice.restarts, twice.rejected) == (
        {"recorded": 2},
        {"restorer": 4},
        {"why": 6},
    )
    assert twice.guards == {"empty": GuardTally(2.0, 1.0, 6, 2, 2.0)}
    assert twice.recorded_latency.counts == tuple(2 * n for n in latency.counts)
    assert twice.recorded_latency.sum_s == 4.0
    assert add_ledgers(Ledger(), one.recorded) == one.recorded


def test_refusals_of_publishers_that_were_restarted_add_up(tmp_path: Path) -> None:
    file = tmp_path / "preview.refusals"
    refusals = PreviewRefusals(file)
    found = [refusals.counts()]
    for written in ({"no key": 2}, {"no key": 5, "silent": 1}, {"no key": 1}, {"no key": 2}):
        file.write_bytes(msgspec.json.encode(written))
        found.append(refusals.counts())
    file.unlink()
    found.append(refusals.counts())
    assert found[0] == {}
    assert [each.get("no key", 0) for each in found] == [0, 2, 5, 6, 7, 7]
    assert [each.get("silent", 0) for each in found] == [0, 0, 1, 1, 1, 1]


def test_a_sign_that_was_deleted_is_put_up_again(tmp_path: Path) -> None:
    where = Where("tcp://127.0.0.1:1", "tcp://127.0.0.1:2", None)
    sign = RunSign("a", tmp_path, where)
    snapshot = msgspec.structs.replace(SNAPSHOT, stage="starting")
    sign.keep(snapshot)
    assert [run.telemetry for run in present_runs(tmp_path)] == [snapshot]
    shutil.rmtree(sign.path)
    later = msgspec.structs.replace(SNAPSHOT, stage="acquiring")
    sign.keep(later)
    assert [run.telemetry for run in present_runs(tmp_path)] == [later]
    assert [run.run_id for run in present_runs(tmp_path)] == ["a"]
    assert run_place.control_file(sign.path).read_text(encoding="utf-8") == where.control
    sign.remove()
    assert list(tmp_path.iterdir()) == []


def test_where_a_run_answers_cannot_be_said_in_a_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(RingError, match=re.escape(f"cannot write in {gone}")):
        say_where(gone, Where("tcp://127.0.0.1:1", "tcp://127.0.0.1:2", None))


def test_a_childs_log_is_passed_on_line_by_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log"
    relay = LogRelay("restorer", file)
    relay.pass_on()  # before it has begun
    with file.open("ab", buffering=0) as log:
        log.write(b'{"event": "one"}\n{"event": ')
        relay.pass_on()
        assert capsys.readouterr().err == '{"event": "one"}\n'
        log.write(b'"two"}\nTraceback:\n  "x"\n')
        relay.pass_on()
        said = capsys.readouterr()
        assert '{"event": "two"}\n' in said.err
        assert "child says" in said.out + said.err
        log.write(b"the end without an end of line")
        relay.pass_on()
        assert capsys.readouterr() == ("", "")
        relay.pass_on(everything=True)
        said = capsys.readouterr()
        assert "the end without an end of line" in said.out + said.err
    file.write_bytes(b'{"event": "anew"}\n')
    relay.pass_on()
    assert capsys.readouterr().err == '{"event": "anew"}\n'


def test_a_flood_is_passed_on_a_little_at_a_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_relay, "MOST_BYTES", 100)
    file = tmp_path / "log"
    file.write_bytes(b'{"event": "x"}\n' * 100)
    relay = LogRelay("restorer", file)
    relay.pass_on()
    assert capsys.readouterr().err.count("\n") == 6
    relay.pass_on(everything=True)
    assert capsys.readouterr().err.count("\n") == 94


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"http": "0.0.0.0:9464"}, "put a reverse proxy in front"),
        ({"http": "192.168.1.2:9464"}, "put a reverse proxy in front"),
        ({"http": "evil@127.0.0.1:9464"}, "give a host and a port"),
        ({"http": "127.0.0.1"}, "give a host and a port"),
        ({"http": "127.0.0.1:0"}, "give a host and a port"),
        ({"http": "127.0.0.1:9464/x"}, "give a host and a port"),
        ({"textfile": "livecare.prom"}, "give the whole path of a file that ends with .prom"),
        ({"textfile": "/tmp/livecare.txt"}, "that ends with .prom"),  # noqa: S108 - not written
        ({"labels": {"stage": "a"}}, "'stage' cannot be a label"),
        ({"labels": {"0a": "a"}}, "'0a' cannot be a label"),
        ({"labels": {"__a": "a"}}, "'__a' cannot be a label"),
    ],
)
def test_what_cannot_be_set(section: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as raised:
        make_config({"metrics": section}, "test")
    assert words in str(raised.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_addresses_of_this_machine_can_be_set(host: str) -> None:
    assert make_config({"metrics": {"http": f"{host}:9464"}}, "test").metrics.wanted
    assert not make_config({}, "test").metrics.wanted


def test_what_cannot_be_shown_is_said_before_a_run_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("uvicorn", reason="the extra 'metrics' is missing")
    with open_listener("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        config = make_config({"metrics": {"http": f"127.0.0.1:{port}"}}, "test")
        with pytest.raises(UsageError, match=r"set metrics\.http to another port"):
            check_metrics(config.metrics)
    check_metrics(config.metrics)
    nowhere = make_config({"metrics": {"textfile": str(tmp_path / "no" / "a.prom")}}, "test")
    with pytest.raises(UsageError, match=r"metrics\.textfile: no file can be written in"):
        check_metrics(nowhere.metrics)
    monkeypatch.setattr(orders, "PACKAGES", {"no_such_module": "no-such-package"})
    with pytest.raises(MissingExtraError, match=r"pip install 'livecare\[metrics\]'"):
        check_metrics(config.metrics)
    check_metrics(make_config({}, "test").metrics)
