"""The hook hands over what it is given, by its axes, and never disturbs who calls it."""

import inspect
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from preview_stage import PreviewStage
from push_receiver import PushReceiver, free_endpoint

from livecare import wire
from livecare.client import line
from livecare.client.hook import ImageHook, image_hook
from livecare.client.layout import Spot
from livecare.client.pycromanager_axes import spot_of
from livecare.errors import UsageError
from livecare.frame import FrameHeader, Position
from livecare.wire import FrameMessage

IMAGE = np.arange(12, dtype=np.uint16).reshape(3, 4)


@pytest.fixture
def receiver() -> Iterator[PushReceiver]:
    receiver = PushReceiver()
    yield receiver
    receiver.close()


def tags(**axes: object) -> dict[str, Any]:
    return {"Axes": axes, "PixelSize_um": 0.65, "Exposure": 5.0, "Camera": "Cam", "BitDepth": "12"}


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch) -> str:
    """Where nobody listens, and nobody is waited for long."""
    monkeypatch.setattr(line, "LINGER_S", 0.1)
    return free_endpoint()


def test_an_image_comes_back_as_it_is(receiver: PushReceiver) -> None:
    metadata = tags(time=0)
    with image_hook(receiver.endpoint) as hook:
        image, same = hook(IMAGE, metadata)
    assert image is IMAGE
    assert same is metadata
    [run] = receiver.await_ends()
    assert (run.frames[0] == IMAGE).all()
    assert run.info.shape_yx == (3, 4)
    assert run.info.source == "pycromanager: Cam"
    assert run.info.pixel_size_um == 0.65
    assert run.info.detail == {"camera": "Cam", "exposure_ms": 5.0, "bit_depth": 12}
    assert (hook.seen, hook.sent, hook.dropped, hook.errors) == (1, 1, 0, 0)


def test_what_is_done_to_the_image_afterwards_does_not_matter(receiver: PushReceiver) -> None:
    image, metadata = IMAGE.copy(), tags(time=3)
    with image_hook(receiver.endpoint) as hook:
        hook(image, metadata)
        image[:] = 0
        metadata["Axes"]["time"] = 9
    [run] = receiver.await_ends()
    assert (run.frames[0] == IMAGE).all()
    assert run.places == [(3, 0, 0, 0)]


def test_pycromanager_sees_two_parameters_and_older_ones_may_give_four(away: str) -> None:
    with image_hook(away) as hook:
        assert list(inspect.signature(hook).parameters) == ["image", "metadata"]
        assert hook(IMAGE, tags(time=0), "bridge", "queue")[0] is IMAGE


def test_channels_planes_and_positions_are_announced_as_they_appear(
    receiver: PushReceiver,
) -> None:
    with image_hook(receiver.endpoint) as hook:
        for t in range(2):
            for place in ("left", "right"):
                for colour in ("DAPI", "FITC"):
                    for z in range(3):
                        hook(IMAGE, tags(time=t, position=place, channel=colour, z=z))
    [run] = receiver.await_ends()
    assert run.places == [
        (t, c, z, p) for t in range(2) for p in range(2) for c in range(2) for z in range(3)
    ]
    assert all(info.grows for info in run.infos)
    assert run.infos[0].channels == ("DAPI",)
    assert (run.info.channels, run.info.positions) == (("DAPI", "FITC"), ("left", "right"))
    assert run.info.size_z == 3
    for earlier, later in zip(run.infos, run.infos[1:], strict=False):
        assert later.grows_from(earlier)


@pytest.mark.parametrize(
    ("axes", "spot"),
    [
        ({}, Spot(0)),
        ({"time": 4, "z": 2, "channel": "GFP@50%"}, Spot(4, "GFP@50%", 2)),
        ({"time": 0, "channel": 1, "position": 7}, Spot(0, "channel 1", 0, "position 7")),
        ({"time": 0, "channel": "A", "camera": "B"}, Spot(0, "A B")),
        ({"time": 1, "row": 2, "column": 3}, Spot(1, position="column 3 row 2")),
        ({"burst": 5}, Spot(5)),
        ({"burst": "five"}, Spot(0, position="burst five")),
        ({"time": np.int64(3)}, Spot(3)),
    ],
)
def test_axes_of_any_name_have_a_place(axes: dict[str, Any], spot: Spot) -> None:
    assert spot_of(axes) == spot


@pytest.mark.parametrize("axes", [{"time": -1}, {"time": "soon"}, {"z": -2}, {"z": 0.5}])
def test_what_is_no_index_is_counted_and_explained(
    receiver: PushReceiver, axes: dict[str, Any]
) -> None:
    with image_hook(receiver.endpoint) as hook:
        assert hook(IMAGE, tags(**axes))[0] is IMAGE
        hook(IMAGE, tags(time=0))
    receiver.await_ends()
    assert (hook.sent, hook.errors) == (1, 1)
    assert next(iter(axes)) in hook.last_error


@pytest.mark.parametrize(
    ("image", "metadata"),
    [
        (IMAGE, {}),
        (IMAGE, None),
        (IMAGE, {"Axes": None}),
        (np.zeros((3, 4, 3), np.uint8), tags(time=0)),
        (np.zeros((3, 4), np.int32), tags(time=0)),
        (np.zeros((0, 4), np.uint16), tags(time=0)),
        ("no image", tags(time=0)),
        (None, tags(time=0)),
    ],
)
def test_nothing_that_is_no_frame_raises(image: Any, metadata: Any) -> None:  # noqa: ANN401
    with image_hook(free_endpoint()) as hook:
        given = hook(image, metadata)
    assert all(one is other for one, other in zip(given, (image, metadata), strict=True))
    assert (hook.sent, hook.dropped, hook.errors, bool(hook.last_error)) == (0, 0, 1, True)


def test_another_shape_is_another_acquisition(receiver: PushReceiver) -> None:
    with image_hook(receiver.endpoint) as hook:
        hook(IMAGE, tags(time=0))
        hook(IMAGE[:2], tags(time=1))
        hook(IMAGE[:2].astype(np.uint8), tags(time=2))
    runs = receiver.await_ends(3)
    assert [(run.info.shape_yx, run.info.dtype) for run in runs] == [
        ((3, 4), "uint16"),
        ((2, 4), "uint16"),
        ((2, 4), "uint8"),
    ]
    assert [run.ledger.acquired for run in runs if run.ledger] == [1, 1, 1]


def test_an_acquisition_that_begins_anew_is_another(receiver: PushReceiver) -> None:
    with image_hook(receiver.endpoint) as hook:
        for _ in range(2):
            for t in range(3):
                for colour in ("DAPI", "FITC"):
                    hook(IMAGE, tags(time=t, channel=colour))
    runs = receiver.await_ends(2)
    assert [run.places for run in runs] == [[(t, c, 0, 0) for t in range(3) for c in range(2)]] * 2


def test_a_livecare_that_is_away_costs_nothing_and_everything_is_counted(away: str) -> None:
    with image_hook(away, queue_frames=4) as hook:
        for t in range(100):
            assert hook(IMAGE, tags(time=t))[0] is IMAGE
        began = time.monotonic()
    assert time.monotonic() - began < 20
    assert hook.sent + hook.dropped == 100
    assert hook.dropped >= 90
    assert hook(IMAGE, tags(time=0))[0] is IMAGE, "a closed hook does no harm"


def test_wrong_words_are_explained() -> None:
    for endpoint in ("nowhere", "tcp://127.0.0.1", "tcp://127.0.0.1:x", "ipc://a"):
        with pytest.raises(UsageError, match="source push"):
            image_hook(endpoint)
    with pytest.raises(UsageError, match="queue_frames=0"):
        image_hook(queue_frames=0)
    with pytest.raises(UsageError, match="budget_s=-1"):
        image_hook(budget_s=-1)


def test_it_may_be_closed_twice_and_leaves_no_thread(receiver: PushReceiver) -> None:
    hook = image_hook(receiver.endpoint)
    hook(IMAGE, tags(time=0))
    hook.close()
    hook.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("livecare-")]


FORGETFUL = """
import numpy as np
from livecare.client import image_hook
hook = image_hook({endpoint!r})
for t in range(5):
    hook(np.zeros((4, 4), np.uint16), {{"Axes": {{"time": t}}}})
"""


def test_a_script_that_forgets_to_close_says_the_end_all_the_same(receiver: PushReceiver) -> None:
    script = FORGETFUL.format(endpoint=receiver.endpoint)
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    [run] = receiver.await_ends()
    assert run.ledger is not None
    assert (len(run.frames), run.ledger.acquired) == (5, 5)


def test_a_script_ends_although_livecare_is_away() -> None:
    script = FORGETFUL.format(endpoint=free_endpoint())
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)


class Restorer:
    """Answers what is pushed with restored frames: the same, inverted."""

    def __init__(self, stage: PreviewStage) -> None:
        self.stage = stage
        self.stage.await_subscriptions()
        self.stage.start("run")

    def answer(self, number: int, pixels: np.ndarray[Any, Any]) -> None:
        header = FrameHeader(
            number + 100, Position(number), pixels.shape, pixels.dtype.name, 1, camera_index=number
        )
        message = wire.encode(FrameMessage("run", header))
        self.stage.say(b"restored", message, pixels.tobytes())


@pytest.fixture
def restoring(receiver: PushReceiver) -> Iterator[tuple[ImageHook, Restorer]]:
    stage = PreviewStage()
    with image_hook(receiver.endpoint, restored=stage.endpoint, budget_s=10.0) as hook:
        restorer = Restorer(stage)
        while not hook._restored.live:
            threading.Event().wait(0.01)
        yield hook, restorer
    stage.close()


def test_the_restored_image_is_returned_instead(
    restoring: tuple[ImageHook, Restorer], receiver: PushReceiver
) -> None:
    hook, restorer = restoring
    for number in range(3):
        answer = threading.Thread(
            target=lambda n=number: (receiver.await_frames(n + 1), restorer.answer(n, ~IMAGE))
        )
        answer.start()
        image, metadata = hook(IMAGE, tags(time=number))
        answer.join()
        assert (image == ~IMAGE).all()
        assert image.flags.writeable
        assert metadata["Axes"] == {"time": number}
    assert hook.late == 0


def test_an_image_whose_restoration_is_late_comes_back_raw(
    restoring: tuple[ImageHook, Restorer],
) -> None:
    hook, restorer = restoring
    hook._budget_s = 0.02
    for number in range(10):
        assert hook(IMAGE, tags(time=number))[0] is IMAGE
    assert hook.late == 10
    hook._budget_s = 10.0
    began = time.monotonic()
    assert hook(IMAGE, tags(time=10))[0] is IMAGE
    assert time.monotonic() - began < 5, "after some in vain nobody waits"
    restorer.answer(10, ~IMAGE)  # in time, had anybody waited
    while hook._restored._in_vain:
        threading.Event().wait(0.01)
    restorer.answer(11, ~IMAGE)
    assert (hook(IMAGE, tags(time=11))[0] == ~IMAGE).all()


def test_a_restoration_of_another_type_is_not_returned(
    restoring: tuple[ImageHook, Restorer],
) -> None:
    hook, restorer = restoring
    restorer.answer(0, IMAGE.astype(np.float32))
    assert hook(IMAGE, tags(time=0))[0] is IMAGE
    assert hook.late == 1


def test_without_a_run_nobody_waits(receiver: PushReceiver) -> None:
    with image_hook(receiver.endpoint, restored=free_endpoint(), budget_s=30.0) as hook:
        began = time.monotonic()
        assert hook(IMAGE, tags(time=0))[0] is IMAGE
        assert time.monotonic() - began < 10
    assert hook.late == 1
