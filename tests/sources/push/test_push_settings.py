"""What a push source may be told."""

import pytest
from push_bench import info

from livecare.config import make_config
from livecare.errors import ConfigError, ProtocolError
from livecare.sources.push import PushSettings
from livecare.sources.push.stream import RecordedStream


@pytest.mark.parametrize("endpoint", ["ipc://x", "5764", "tcp://[bad", "tcp://127.0.0.1"])
def test_what_is_no_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigError, match=r"no endpoint: give tcp://HOST:PORT.*tcp://127\.0\.0"):
        PushSettings(endpoint=endpoint)


@pytest.mark.parametrize("endpoint", ["tcp://0.0.0.0:5764", "tcp://*:5764", "tcp://10.0.0.1:1"])
def test_only_this_machine_may_connect_without_keys(endpoint: str) -> None:
    table = {"source": {"kind": "push", "push": {"endpoint": endpoint}}}
    with pytest.raises(ConfigError, match=r"source\.push\.endpoint.*only this machine may connect"):
        make_config(table, "test")
    table["source"]["kind"] = "simulated"
    make_config(table, "test")


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
