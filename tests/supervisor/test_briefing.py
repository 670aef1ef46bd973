"""What subscribers are told of a stream that grows, and what that cannot hold up."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from livecare import run_place, wire
from livecare.config import make_config
from livecare.frame import StreamInfo
from livecare.link import RestorerSpec
from livecare.link.orders import read_spec
from livecare.supervisor.briefing import Briefing
from livecare.supervisor.plan import plan_restorers

INFO = StreamInfo("run", "made up", (24, 32), "uint16", grows=True)


def names(count: int) -> tuple[str, ...]:
    return tuple(f"well {number}" for number in range(count))


def told(folder: Path) -> int:
    """Return how many positions subscribers know of."""
    message = wire.decode(run_place.start_file(folder).read_bytes())
    assert isinstance(message, wire.StartMessage)
    return len(message.info.positions)


def test_more_positions_than_a_message_holds_are_recorded_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    briefing = Briefing(make_config({}, "test"), INFO, None, tmp_path)
    briefing.widen(replace(INFO, positions=names(3)))
    for count in (10_000, 10_001):
        briefing.widen(replace(INFO, positions=names(count)))
        assert len(briefing.info.positions) == count
    assert told(tmp_path) == 3, "those who look know of the first ones"
    said = capsys.readouterr()
    assert (said.out + said.err).count("more positions than subscribers can be told") == 1


@pytest.mark.usefixtures("engines")
def test_an_order_that_cannot_be_written_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rings fill the memory that orders lie in, too."""
    config = make_config({"restorer": {"engine": "first"}}, "test")
    other = make_config({"restorer": {"engine": "second", "max_batch": 2}}, "test")
    first, second = plan_restorers(config), plan_restorers(other)
    briefing = Briefing(config, INFO, first, tmp_path)
    woken: list[int] = []
    waker = SimpleNamespace(endpoint="nowhere", wake=lambda: woken.append(1))
    joints: Any = SimpleNamespace(
        wake_endpoints=(), control_waker=waker, inbox=SimpleNamespace(address="nowhere")
    )
    briefing.join(joints, tuple)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("livecare.disk.replace_file", full)
        for order in (lambda: briefing.order(second, other.restorer), briefing.order_relock):
            with pytest.raises(OSError, match="No space"):
                order()
        assert (briefing.restorers, briefing.config, woken) == (first, config, [])
    assert (ordered(briefing).revision, ordered(briefing).relocks) == (0, 0)
    assert briefing.order_relock() == 1
    assert (ordered(briefing).revision, ordered(briefing).relocks, woken) == (1, 1, [1])
    with monkeypatch.context() as patch:
        patch.setattr("livecare.disk.replace_file", full)
        briefing.adopt(second, other.restorer)  # what serves changes, whoever can be told of it
    assert ordered(briefing).engine == "second", "as it is started again"


def ordered(briefing: Briefing) -> RestorerSpec:
    """Return the orders that a restorer would be started with now."""
    return read_spec(briefing.restorer_orders(), RestorerSpec)
