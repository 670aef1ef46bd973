"""A whole run with reference frames: recorded, restored, compared, and taken as pairs to train."""

from pathlib import Path

import numpy as np
import pytest
from live_run import Outcome
from run_here import assert_sound, finished

from livecare.errors import UsageError
from livecare.frame import Position
from livecare.models.anscombe import CameraNoise
from livecare.references.watch import ERROR, FIRST, LIKENESS
from livecare.sinks.frame_line import FrameLine
from livecare.sinks.reader import StoreReader
from livecare.training.pairs.care import care_pairs
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.referenced import find_sides
from livecare.training.pairs.settings import PairSettings

FRAMES, EVERY, LIGHT = 60, 6, 20.0
REFERENCES = FRAMES // EVERY
NOISE = CameraNoise(2.0, 100.0, 1.6)


def run_of(
    folder: Path, bleach_half_life: float, camera: dict[str, float] | None = None
) -> tuple[Path, Outcome]:
    simulated = {
        "frames": FRAMES,
        "size_yx": [192, 192],
        "rate_hz": 20.0,
        "bank_frames": 0,
        "photons": 40.0,
        "hot_pixel_fraction": 0.0,
        "bleach_half_life": bleach_half_life,
        "reference": {"every": EVERY, "light": LIGHT},
    }
    restorer = {"engine": "onnxruntime", "threads": 1}
    given = {} if camera is None else {"camera": camera}
    table = {"source": {"simulated": simulated}, "restorer": {**restorer, **given}}
    store, outcome = finished(folder, table)
    assert outcome.exit_code == 0, outcome.stderr
    return store, outcome


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    return run_of(tmp_path_factory.mktemp("steady"), 1e6)


def references(store: Path) -> list[FrameLine]:
    lines = StoreReader(store).lines("restored")
    return sorted((each for each in lines if each.position.c == 1), key=lambda each: each.sequence)


def test_every_frame_is_recorded_restored_and_at_its_place(steady: tuple[Path, Outcome]) -> None:
    store, outcome = steady
    reader = StoreReader(store)
    assert reader.info.channels == ("channel 0", "reference")
    ledger = outcome.report["ledger"]
    assert ledger["acquired"] == ledger["recorded"] == ledger["restored"] == FRAMES + REFERENCES
    assert (ledger["lost"], ledger["failed"], ledger["skipped"]) == (0, 0, 0)
    assert_sound(store)
    raw = sorted(reader.lines("raw"), key=lambda each: each.sequence)
    order = [(each.position.t, each.position.c) for each in raw]
    assert order == sorted(order)
    assert [t for t, c in order if c == 1] == list(range(EVERY - 1, FRAMES, EVERY))


def test_references_are_compared_where_both_were_restored_in_turn(
    steady: tuple[Path, Outcome],
) -> None:
    store, outcome = steady
    found = [dict((each.provenance or {})["guards"]) for each in references(store)]
    read = [each for each in found if each]
    assert len(read) > FIRST
    assert all(set(each) == {ERROR, LIKENESS} for each in read), "other guards judge other light"
    assert all(0 < value <= threshold for each in read for value, threshold in each.values())
    assert outcome.report["guards"][ERROR]["alarms"] == 0
    assert outcome.report["guards"][ERROR]["frames"] == len(read)
    for each in StoreReader(store).lines("restored"):
        if each.position.c == 0:
            assert ERROR not in (each.provenance or {})["guards"]


@pytest.mark.slow
def test_a_specimen_that_bleaches_raises_it(tmp_path: Path) -> None:
    camera = {"gain": 2.0, "offset": 100.0, "read_noise": 1.6}
    store, outcome = run_of(tmp_path / "bleaching", 10.0, camera)
    readings = [dict((each.provenance or {})["guards"]).get(ERROR) for each in references(store)]
    values = [reading[0] for reading in readings if reading is not None]
    assert values[-1] > 1.5 * values[0]
    tally = outcome.report["guards"]
    assert tally[ERROR]["alarms"] + tally[LIKENESS]["alarms"] > 0


def test_pairs_are_found_in_the_recording(steady: tuple[Path, Outcome]) -> None:
    store, _ = steady
    (low,), (high,) = find_sides([store], [store], None)
    assert low.frames == high.frames == REFERENCES
    reader, stored = FrameReader(1 << 26), StoreReader(store)
    for frame in range(REFERENCES):
        t = EVERY * (frame + 1) - 1
        assert low.place(frame) == high.place(frame) == (t, 0)
        noisy, clean = reader.read(low, frame), reader.read(high, frame)
        dim, bright = (float(each.mean()) - 100.0 for each in (noisy, clean))
        assert bright == pytest.approx(LIGHT * dim, rel=0.02)
        kept = stored.read("raw", Position(t=t, c=1))
        np.testing.assert_array_equal(clean, kept)


def test_they_teach_as_pairs_of_files_do(steady: tuple[Path, Outcome]) -> None:
    store, _ = steady
    settings = PairSettings(patch_px=64, receptive_px=16, kind="anscombe", noise=NOISE)
    patches = care_pairs([store], [store], settings)
    assert any("20 times as bright" in note for note in patches.notes)
    assert patches.provenance["frames_total"] == REFERENCES


def test_both_channels_are_restored_for_one_camera(steady: tuple[Path, Outcome]) -> None:
    store, outcome = steady
    low, high = outcome.report["engine"]["normalisation"]
    assert (low["channel"], high["channel"]) == (0, 1)
    assert low["values"] == high["values"]
    assert {each.position.t for each in references(store)} == set(range(EVERY - 1, FRAMES, EVERY))


def test_a_recording_without_references_has_no_pairs_in_itself(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.ome.zarr"
    nothing.mkdir()
    with pytest.raises(UsageError, match="no recording with reference frames"):
        find_sides([nothing], [nothing], None)
