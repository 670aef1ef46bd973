"""What a misbehaving Micro-Manager does to the tap: nothing worse than a gap that is told of."""

import threading
import time

import numpy as np
import pytest
from bridge_watching import FORBIDDEN, Watch, serving, watching

from livecare.simulated_bridge.misbehaviour import Misbehaviour
from livecare.simulated_bridge.server import SimulatedBridge
from livecare.sources.mm_bridge.faults import BridgeCounts

NS_PER_S = 1e9
NOTICED_S, RECOVERED_S = 1.5, 5.0


def assert_intact(watch: Watch, bridge: SimulatedBridge) -> None:
    """Every frame that came is the camera's of that number; none is said to be lost."""
    for arrival, picture in zip(watch.arrivals, watch.pictures, strict=True):
        np.testing.assert_array_equal(picture, bridge.picture(arrival.camera_index))
        assert arrival.lost_before == 0
    assert [arrival.position.t for arrival in watch.arrivals] == [*range(len(watch.arrivals))]
    assert not FORBIDDEN & set(bridge.calls)


def numbers_add_up(watch: Watch) -> bool:
    """Tell whether skipped frames fill every jump of the camera's numbers, within an epoch."""
    return all(
        later.new_epoch or later.camera_index - earlier.camera_index == later.skipped_before + 1
        for earlier, later in zip(watch.arrivals, watch.arrivals[1:], strict=False)
    )


def test_truncated_pixels_are_counted_and_never_shown() -> None:
    fault = Misbehaviour.TRUNCATED_PIXELS
    with serving(misbehaviours={fault}, every=3) as bridge, watching(bridge) as watch:
        watch.frames(12)
        assert watch.source.counts.malformed == len(bridge.dealt) > 3
        assert_intact(watch, bridge)
        assert numbers_add_up(watch)
        assert not any(arrival.new_epoch for arrival in watch.arrivals)


def test_garbage_instead_of_json_is_counted_and_gone_over() -> None:
    fault = Misbehaviour.GARBAGE_JSON
    with serving(misbehaviours={fault}, every=3) as bridge, watching(bridge) as watch:
        watch.frames(12)
        assert watch.source.counts.malformed == len(bridge.dealt) > 3
        assert_intact(watch, bridge)
        assert numbers_add_up(watch)


def test_nothing_but_garbage_makes_it_connect_anew_and_wait_for_better() -> None:
    fault = Misbehaviour.GARBAGE_JSON
    with serving(misbehaviours={fault}, every=1) as bridge, watching(bridge) as watch:
        watch.until(lambda: watch.source.counts.lost_connections == 2)
        assert watch.source.counts.malformed == 40
        assert watch.source.problem is None


def test_a_channel_with_an_at_sign_is_a_name_like_any_other() -> None:
    fault = Misbehaviour.ODD_CHANNEL
    with serving(misbehaviours={fault}) as bridge, watching(bridge) as watch:
        watch.frames(5)
        assert watch.stream.channels == ("GFP@50%",)
        assert watch.source.counts.malformed == 0
        assert_intact(watch, bridge)


def test_an_empty_buffer_is_no_fault() -> None:
    fault = Misbehaviour.EMPTY_BUFFER
    with serving(misbehaviours={fault}, every=2) as bridge, watching(bridge) as watch:
        watch.frames(12)
        assert len(bridge.dealt) > 5
        counts = watch.source.counts
        assert (counts.malformed, counts.refused, counts.silent, counts.stale) == (0, 0, 0, 0)
        assert_intact(watch, bridge)


def test_a_buffer_that_empties_itself_hides_no_frames() -> None:
    with serving(buffer_frames=3) as bridge, watching(bridge) as watch:
        watch.frames(20)
        assert numbers_add_up(watch)
        assert not any(arrival.new_epoch for arrival in watch.arrivals)


def test_stale_handles_are_made_again_as_a_new_epoch() -> None:
    fault = Misbehaviour.STALE_HANDLE
    with serving(misbehaviours={fault}, every=10) as bridge, watching(bridge) as watch:
        watch.frames(25)
        assert watch.source.counts.stale >= len(bridge.dealt) >= 2
        assert bridge.held == 2
        assert sum(arrival.new_epoch for arrival in watch.arrivals) == len(bridge.dealt)
        assert not watch.arrivals[0].new_epoch
        assert_intact(watch, bridge)


def test_a_slow_server_is_no_new_epoch_and_keeps_no_objects_in_vain() -> None:
    fault = Misbehaviour.SLOW_REPLY
    with (
        serving(misbehaviours={fault}, every=10, slow_s=0.5) as bridge,
        watching(bridge, reply_timeout_s=0.2) as watch,
    ):
        watch.frames(25)
        assert watch.source.counts.silent >= len(bridge.dealt) >= 2
        assert not any(arrival.new_epoch for arrival in watch.arrivals)
        assert numbers_add_up(watch)
        assert bridge.held == 2
        assert_intact(watch, bridge)


def test_a_restart_is_noticed_and_survived() -> None:
    fault = Misbehaviour.RESTART
    with (
        serving(misbehaviours={fault}, every=10, away_s=1.2) as bridge,
        watching(bridge) as watch,
    ):
        watch.until(lambda: watch.source.counts.lost_connections == 1)
        noticed_ns = time.perf_counter_ns()
        before = len(watch.arrivals)
        watch.frames(1)
        recovered_ns = time.perf_counter_ns()

        assert bridge.died_ns is not None
        assert bridge.returned_ns is not None
        assert (noticed_ns - bridge.died_ns) / NS_PER_S <= NOTICED_S
        assert (recovered_ns - bridge.returned_ns) / NS_PER_S <= RECOVERED_S
        assert [arrival.new_epoch for arrival in watch.arrivals] == [False] * before + [True]
        assert_intact(watch, bridge)


def test_a_server_that_died_in_a_call_is_waited_for_until_another_comes() -> None:
    fault = Misbehaviour.DIE_IN_CALL
    with serving(misbehaviours={fault}, every=5) as bridge, watching(bridge) as watch:
        watch.until(lambda: watch.source.counts.lost_connections == 1)
        assert bridge.died_ns is not None
        assert (time.perf_counter_ns() - bridge.died_ns) / NS_PER_S <= NOTICED_S
        before = len(watch.arrivals)
        assert 0 < before <= 4  # how many of its calls went to one frame differs
        bridge.stop()

        port = int(bridge.endpoint.rpartition(":")[2])
        with serving(port=port) as another:
            watch.frames(3)
            after = watch.arrivals[before:]
            assert [arrival.new_epoch for arrival in after] == [True, False, False]
            assert_intact(watch, another)


def test_a_stop_ends_the_wait_for_a_dead_server_at_once() -> None:
    fault = Misbehaviour.DIE_IN_CALL
    with serving(misbehaviours={fault}, every=5) as bridge, watching(bridge) as watch:
        watch.until(lambda: watch.source.counts.lost_connections == 1)
        reading = threading.Thread(target=watch.until, args=(lambda: False,))
        reading.start()
        stopped_ns = time.perf_counter_ns()
        watch.source.request_stop()
        reading.join()
        assert (time.perf_counter_ns() - stopped_ns) / NS_PER_S < NOTICED_S
        assert watch.ended
        assert watch.source.problem is None


@pytest.mark.parametrize("fault", Misbehaviour)
def test_the_simulator_misbehaves_as_it_is_told(fault: Misbehaviour) -> None:
    with (
        serving(misbehaviours={fault}, every=4, away_s=0.1, slow_s=0.3) as bridge,
        watching(bridge, reply_timeout_s=0.2) as watch,
    ):
        watch.until(lambda: len(bridge.dealt) > 0)
        assert bridge.dealt == [fault]


def test_only_what_went_wrong_is_summed_up(capsys: pytest.CaptureFixture[str]) -> None:
    BridgeCounts().sum_up()
    assert "".join(capsys.readouterr()) == ""
    BridgeCounts(stale=2).sum_up()
    said = "".join(capsys.readouterr())
    assert "stale" in said
    assert "silent" not in said
