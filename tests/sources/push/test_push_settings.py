import pytest
from push_bench import info

from livecare.errors import ConfigError, ProtocolError
from livecare.sources.push import PushSettings
from livecare.sources.push.stream import RecordedStream


@pytest.mark.parametrize(
    "endpoint",
    ["tcp://0.0.0.0:5764", "tcp://*:5764", "ipc://x", "5764", "tcp://10.0.0.1:1", "tcp://[bad"],
)
def test_only_this_machine_may_connect(endpoint: str) -> None:
    with pytest.raises(ConfigError, match=r"only this machine may connect: give tcp://127\.0\.0"):
        PushSettings(endpoint=endpoint)


@pytest.mark.parametrize("name", ["acquisitions", "silent_s", "buffer_frames"])
def test_impossible_settings_are_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"{name} is 0"):
        PushSettings(**{name: 0})


@pytest.mark.parametrize(
    "much",
    [
        {"channels": tuple(map(str, range(257)))},
        {"size_z": 10_001},
        {"positions": tuple(map(str, range(10_001)))},
        {"detail": {"notes": "x" * 65_500}},
    ],
    ids=["channels", "planes", "positions", "detail"],
)
def test_more_than_a_recording_can_hold_is_refused(much: dict[str, object]) -> None:
    with pytest.raises(ProtocolError, match="is the most"):
        RecordedStream("run", info(**much), grows=True, open_end=True)


def test_channels_of_further_senders_are_named_apart() -> None:
    stream = RecordedStream("run", info("a", source="left"), grows=True, open_end=True)
    for run_id in ("b", "c", "d", "d"):
        stream.add_block(info(run_id, source="right"))
    assert stream.info.channels == (
        "channel 0",
        "right channel 0",
        "c channel 0",
        "d channel 0",
        "d channel 0 2",
    )


def test_stage_positions_of_the_same_name_are_the_same_place() -> None:
    stream = RecordedStream("run", info("a", positions=("A1", "A2")), grows=True, open_end=True)
    block = stream.add_block(info("b", positions=("A2", "A3", "A2")))
    assert stream.info.positions == ("A1", "A2", "A3", "A2 (3)")
    assert block.positions == [1, 2, 3]
