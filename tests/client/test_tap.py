"""A real core under pymmcore-plus: its MDA sequences and live sequences, in processes of their own.

Frames arrive at useq's indexes, pixel by pixel; live ones are looked at, and none is stolen.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from push_receiver import PushReceiver, Taken

pytest.importorskip("pymmcore_plus", reason="pymmcore-plus is not installed")
pytest.importorskip("mm_test_adapters", reason="the extra 'micromanager' is missing")

from useq import MDAEvent, MDASequence

from livecare.client.layout import Spot
from livecare.client.tap import tap_core
from livecare.client.useq_index import Announced, Told, describe
from livecare.errors import UsageError

SCRIPT = Path(__file__).with_name("pymmcore_plus_script.py")


def run_script(folder: Path, what: str, ends: int) -> tuple[list[Taken], list[np.ndarray]]:
    """Return what came, and what pymmcore-plus itself had."""
    receiver = PushReceiver()
    try:
        ended = subprocess.run(
            [sys.executable, str(SCRIPT), receiver.endpoint, str(folder), what],
            capture_output=True,
            text=True,
            timeout=110,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        runs = receiver.await_ends(ends)
    finally:
        receiver.close()
    with np.load(folder / "frames.npz") as saved:
        return runs, [saved[name] for name in saved.files]


@pytest.fixture(scope="module")
def mda(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Taken], list[np.ndarray]]:
    return run_script(tmp_path_factory.mktemp("mda"), "mda", 4)


def test_every_frame_of_every_sequence_arrives_pixel_by_pixel(
    mda: tuple[list[Taken], list[np.ndarray]],
) -> None:
    runs, had = mda
    came = [frame for run in runs for frame in run.frames]
    assert len(runs) == 4
    assert all((a == b).all() for a, b in zip(came, had, strict=True))
    for run in runs:
        assert run.ledger is not None
        assert (run.ledger.acquired, run.ledger.failed) == (len(run.frames), 0)


def test_an_mda_sequence_arrives_at_its_indexes(mda: tuple[list[Taken], object]) -> None:
    for run in mda[0][:2]:
        assert run.places == [
            (t, c, z, p) for t in range(4) for p in range(2) for c in range(3) for z in range(3)
        ]
        assert len(run.infos) == 1, "everything was known at the start"
        assert run.info.channels == ("DAPI", "FITC", "FITC (2)")
        assert run.info.positions == ("position 0", "right")
        assert (run.info.size_z, run.info.z_step_um, run.info.pixel_size_um) == (3, 1.0, 1.0)
        assert run.info.source == "pymmcore-plus: Camera"


def test_events_without_indexes_follow_each_other(mda: tuple[list[Taken], object]) -> None:
    run = mda[0][2]
    assert run.places == [(0, 0, 0, 0), (0, 1, 0, 0), (1, 0, 0, 0)]
    assert run.info.channels == ("DAPI", "FITC")


def test_a_sequence_that_the_hardware_runs_arrives_once(mda: tuple[list[Taken], object]) -> None:
    assert mda[0][3].places == [(t, 0, 0, 0) for t in range(30)]


def test_live_sequences_are_looked_at(tmp_path: Path) -> None:
    runs, viewed = run_script(tmp_path, "live", 2)
    assert [run.info.shape_yx for run in runs] == [(48, 64), (48, 32)]
    popped = {frame.tobytes() for frame in viewed}
    for run in runs:
        assert len(run.frames) >= 5
        assert run.places == [(t, 0, 0, 0) for t in range(len(run.frames))]
        assert run.info.source == "pymmcore-plus live: Camera"
        times = [header.camera_time_ns for header in run.headers]
        assert times == sorted(set(times)), "no frame twice"
        assert {frame.tobytes() for frame in run.frames[:5]} & popped, "the viewer had them too"


def told(event: MDAEvent, sequence: MDASequence | None = None, **metadata: object) -> Told:
    return Told(Announced(1, sequence), event, metadata)


@pytest.mark.parametrize(
    ("event", "spot"),
    [
        (MDAEvent(), Spot()),
        (MDAEvent(index={"t": 3, "c": 1, "z": 2, "p": 4}), Spot(3, "channel 1", 2, "position 4")),
        (MDAEvent(index={"t": 0, "g": 5, "p": 1}), Spot(0, position="position 1 g 5")),
        (MDAEvent(pos_name="well A1", channel="FITC"), Spot(None, "FITC", 0, "well A1")),
        (MDAEvent(index={"t": 0, "cam": 1}), Spot(0, "channel 0 1")),
    ],
)
def test_indexes_without_a_sequence_have_names(event: MDAEvent, spot: Spot) -> None:
    assert describe(told(event)).spot == spot


def test_two_cameras_are_two_channels() -> None:
    sequence = MDASequence(channels=["DAPI"])
    event = MDAEvent(index={"c": 0, "cam": 1}, channel="DAPI")
    described = describe(told(event, sequence, camera_device="Right"))
    assert described.spot.channel == "DAPI Right"
    assert described.about.channels == ()


def test_spacing_and_interval_are_said() -> None:
    sequence = MDASequence(
        z_plan={"range": 4, "step": 0.5}, time_plan={"interval": 2.5, "loops": 3}
    )
    about = describe(told(MDAEvent(), sequence, pixel_size_um=0.11)).about
    assert (about.size_z, about.z_step_um, about.interval_s) == (9, 0.5, 2.5)
    assert about.pixel_size_um == 0.11


def test_wrong_words_are_explained() -> None:
    with pytest.raises(UsageError, match="queue_frames=0"):
        tap_core(None, queue_frames=0)
    with pytest.raises(UsageError, match="source push"):
        tap_core(None, "nowhere")
