"""What subscribers are told of a stream that grows, and what that cannot hold up."""

from dataclasses import replace
from pathlib import Path

import pytest

from livecare import run_place, wire
from livecare.config import make_config
from livecare.frame import StreamInfo
from livecare.supervisor.briefing import Briefing

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
