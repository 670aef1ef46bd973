"""How the tap follows the sequences of somebody else."""

import threading

import numpy as np
import pytest
from bridge_watching import FORBIDDEN, Watch, serving, watching

from livecare.errors import ConfigError, SourceError, StoppedError
from livecare.simulated_bridge.server import SimulatedBridge
from livecare.sources.mm_bridge import MmBridgeSettings, MmBridgeSource

NOBODY = "tcp://127.0.0.1:9"
"""The discard port: nothing answers there."""


def test_the_stream_says_what_frames_do_not_carry() -> None:
    with (
        serving(channel="DAPI", pixel_size_um=0.065, dtype="uint8") as bridge,
        watching(bridge, frames=3) as watch,
    ):
        stream = watch.stream
        assert (stream.shape_yx, stream.dtype) == ((32, 48), "uint8")
        assert stream.source == "mm-bridge: Camera"
        assert stream.channels == ("DAPI",)
        assert stream.pixel_size_um == 0.065
        assert stream.detail["exposure_ms"] == 5.0
        assert stream.detail["bit_depth"] == 8
        assert stream.detail["endpoint"] == bridge.endpoint
        watch.frames(3)
        np.testing.assert_array_equal(
            watch.pictures[-1], bridge.picture(watch.arrivals[-1].camera_index)
        )


def test_frames_are_fetched_only_when_there_is_a_new_one() -> None:
    with serving(rate_hz=20.0) as bridge, watching(bridge) as watch:
        watch.frames(10)
        assert bridge.calls["getLastImageMD"] < bridge.calls["getRemainingImageCount"] / 2


def test_frames_passed_over_are_skipped_not_lost() -> None:
    with serving(rate_hz=100.0) as bridge, watching(bridge) as watch:
        watch.frames(1)
        later = threading.Event()
        threading.Timer(0.3, later.set).start()
        later.wait()
        watch.frames(1)
        first, second = watch.arrivals
        assert second.skipped_before == second.camera_index - first.camera_index - 1 >= 25
        assert second.lost_before == 0
        assert watch.source.lost_at_end == 0


def see_the_end(bridge: SimulatedBridge, watch: Watch) -> None:
    asked = bridge.calls["isSequenceRunning"]
    watch.until(lambda: bridge.calls["isSequenceRunning"] > asked)


def test_another_sequence_is_a_new_epoch_of_the_same_stream() -> None:
    with serving() as bridge, watching(bridge) as watch:
        watch.frames(3)
        bridge.camera.stop()
        see_the_end(bridge, watch)
        bridge.camera.start()
        seen = len(watch.arrivals)
        watch.frames(3)
        assert [each.new_epoch for each in watch.arrivals[seen:]] == [True, False, False]
        assert watch.arrivals[seen].camera_index < 40
        assert watch.streams == []
        assert watch.arrivals[-1].position.t == len(watch.arrivals) - 1


def test_a_sequence_that_began_anew_between_two_looks_is_a_new_epoch() -> None:
    with serving() as bridge, watching(bridge) as watch:
        watch.frames(100)  # half a second: the time has fallen when it is looked at next
        bridge.camera.start()
        seen = len(watch.arrivals)
        watch.frames(3)
        assert sum(each.new_epoch for each in watch.arrivals[seen:]) == 1


def test_the_last_frame_of_a_sequence_still_comes() -> None:
    with serving(live=False) as bridge:
        bridge.camera.start(30)
        with watching(bridge, end_with_sequence=True) as watch:
            watch.until(lambda: False)
            assert watch.ended
            assert watch.arrivals[-1].camera_index == 29
            assert watch.source.problem is None


def test_another_shape_is_another_stream_that_counts_from_nought() -> None:
    with serving() as bridge, watching(bridge) as watch:
        watch.frames(3)
        bridge.camera.set_size((16, 24))
        bridge.camera.start()
        watch.until(lambda: bool(watch.streams))
        assert watch.streams[0].shape_yx == (16, 24)
        seen = len(watch.arrivals)
        watch.frames(2)
        assert [each.position.t for each in watch.arrivals[seen:]] == [0, 1]
        assert watch.arrivals[seen].new_epoch
        np.testing.assert_array_equal(
            watch.pictures[-1], bridge.picture(watch.arrivals[-1].camera_index)
        )


def test_another_channel_is_another_stream() -> None:
    with serving() as bridge, watching(bridge) as watch:
        watch.frames(2)
        bridge.camera.stop()
        see_the_end(bridge, watch)
        bridge.set_channel("Cy5")
        bridge.camera.start()
        watch.until(lambda: bool(watch.streams))
        assert watch.streams[0].channels == ("Cy5",)


def test_an_array_of_another_shape_is_refused() -> None:
    with (
        serving() as bridge,
        watching(bridge) as watch,
        pytest.raises(SourceError, match="use the stream's shape"),
    ):
        watch.source.read_into(np.empty((8, 8), np.uint16), 5.0)


def test_open_waits_for_live_mode() -> None:
    with serving(live=False) as bridge:
        source = MmBridgeSource(MmBridgeSettings(endpoint=bridge.endpoint))
        opened = threading.Event()
        opening = threading.Thread(target=lambda: (source.open("run"), opened.set()))
        opening.start()
        while bridge.calls["isSequenceRunning"] < 3:
            assert not opened.is_set()
        bridge.camera.start()
        opening.join()
        assert opened.is_set()
        source.close()
        assert bridge.held == 0
        assert not FORBIDDEN & set(bridge.calls)


def test_open_waits_for_the_server() -> None:
    with serving() as first:
        port = int(first.endpoint.rpartition(":")[2])
    source = MmBridgeSource(MmBridgeSettings(endpoint=f"tcp://127.0.0.1:{port}"))
    found: list[str] = []
    opening = threading.Thread(target=lambda: found.append(source.open("run").source))
    opening.start()
    with serving(port=port):
        opening.join()
        source.close()
    assert found == ["mm-bridge: Camera"]


def test_a_stop_ends_the_wait_in_open() -> None:
    source = MmBridgeSource(MmBridgeSettings(endpoint=NOBODY))
    threading.Timer(0.2, source.request_stop).start()
    with pytest.raises(StoppedError):
        source.open("run")
    source.close()


def test_a_bounded_wait_names_the_server_and_the_cure() -> None:
    settings = MmBridgeSettings(endpoint=NOBODY, patience_s=0.3, reply_timeout_s=0.2)
    source = MmBridgeSource(settings)
    with pytest.raises(SourceError, match=r"tcp://127\.0\.0\.1:9 .*Run server on port 4827"):
        source.open("run")
    source.close()


def test_an_endpoint_that_no_socket_takes_is_named() -> None:
    source = MmBridgeSource(MmBridgeSettings(endpoint="tcp://-:4827"))
    with pytest.raises(SourceError, match=r"tcp://-:4827 .*correct endpoint"):
        source.open("run")
    source.close()


def test_joined_cameras_are_refused() -> None:
    with serving(cameras=2) as bridge:
        source = MmBridgeSource(MmBridgeSettings(endpoint=bridge.endpoint))
        with pytest.raises(SourceError, match="mm-bridge: Camera joins 2 cameras"):
            source.open("run")
        source.close()


def test_a_bounded_wait_says_that_no_sequence_runs() -> None:
    with serving(live=False) as bridge:
        source = MmBridgeSource(MmBridgeSettings(endpoint=bridge.endpoint, patience_s=0.2))
        with pytest.raises(SourceError, match=r"runs no sequence.*live mode on"):
            source.open("run")
        source.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "127.0.0.1"},
        {"endpoint": "tcp://127.0.0.1"},
        {"endpoint": "tcp://*:4827"},
        {"endpoint": "tcp://my pc:4827"},
        {"endpoint": "tcp://127.0.0.1:99999"},
        {"endpoint": "tcp://:4827"},
        {"frames": 0},
        {"patience_s": 0.0},
        {"reply_timeout_s": -1.0},
        {"control_timeout_s": 0.5},
    ],
)
def test_settings_out_of_their_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=f"mm-bridge: {next(iter(wrong))}"):
        MmBridgeSettings(**wrong)
