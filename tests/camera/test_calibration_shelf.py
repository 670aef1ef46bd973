"""Calibrations are kept per camera and mode, and found again by a stream's metadata."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from camera_scenes import CAMERA, KEY, still

from livecare.camera import (
    Calibration,
    CameraKey,
    Measured,
    PixelMaps,
    key_of_metadata,
    measure_scene,
)
from livecare.camera.shelf import entries, find, load, matching, name_for, save, shelf_folder
from livecare.errors import ConfigError, StoreError

METADATA = {"camera": "Zyla", "binning": "1x1", "bit_depth": 16, "readout": {"Gain": "1"}}


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cameras"
    monkeypatch.setattr("livecare.camera.shelf.shelf_folder", lambda: folder)
    return folder


def calibration(key: CameraKey = KEY, gain: float = 2.0, day: int = 1) -> Calibration:
    sure = Measured(gain, 0.01)
    return Calibration(
        key=key,
        method="still scene",
        measured=f"2026-03-{day:02d}T10:00:00+00:00",
        frames=100,
        gain=sure,
        offset=Measured(100.0, 0.1),
        read_noise=Measured(1.6, None),
        noise_free_level=Measured(95.0, 0.1),
        separated=True,
        levels=(101.0, 200.0),
    )


def test_a_calibration_comes_back_as_it_was(tmp_path: Path) -> None:
    found, maps = measure_scene(still(CAMERA, 24), KEY, moving=False)
    save(found, maps, tmp_path / "zyla")
    assert load(tmp_path / "zyla") == found
    assert np.array_equal(np.load(tmp_path / "zyla" / "hot.npy"), maps.hot)
    assert not (tmp_path / "zyla" / "gain.npy").exists()


def test_a_stream_finds_the_newest_of_its_camera_and_mode(shelf: Path) -> None:
    save(calibration(gain=2.0, day=1), PixelMaps(), shelf / "old")
    save(calibration(gain=2.1, day=3), PixelMaps(), shelf / "new")
    save(calibration(gain=2.2, day=2), PixelMaps(), shelf / "between")
    key = key_of_metadata("uint16", METADATA)
    assert key is not None
    entry = matching(key)
    assert entry is not None
    assert entry.origin == "calibration new of 2026-03-03"
    assert [each.name for each in entries()] == ["between", "new", "old"]


@pytest.mark.parametrize(
    "change",
    [
        {"camera": "Zyla 2"},
        {"binning": "2"},
        {"bit_depth": 12},
        {"readout": {"Gain": "2"}},
        {"readout": {}},
        {"readout": {"Gain": "1", "ScanMode": "2"}},
    ],
)
def test_another_mode_finds_nothing(shelf: Path, change: dict[str, object]) -> None:
    save(calibration(), PixelMaps(), shelf / "zyla")
    key = key_of_metadata("uint16", METADATA | change)
    assert key is not None
    assert matching(key) is None
    other_type = key_of_metadata("uint8", METADATA)
    assert other_type is not None
    assert matching(other_type) is None


def test_streams_that_do_not_say_their_camera_have_no_key() -> None:
    assert key_of_metadata("uint16", {}) is None
    assert key_of_metadata("uint16", {"camera": "", "binning": "1"}) is None
    assert key_of_metadata("uint16", {"camera": "Zyla"}) is None  # binning may be anything
    unnamed = CameraKey("", "uint16")
    assert not unnamed.matches(unnamed)


@pytest.mark.parametrize(("said", "plain"), [("2x2", "2"), (None, "1"), (4, "4"), ("1x2", "1x2")])
def test_binning_is_read_as_adapters_spell_it(said: object, plain: str) -> None:
    key = key_of_metadata("uint16", {"camera": "Zyla", "binning": said})
    assert key is not None
    assert key.binning == plain


def test_a_mode_has_one_name_and_another_mode_another() -> None:
    assert name_for(KEY) == name_for(replace(KEY, readout={"Gain": "1"}))
    other = [replace(KEY, bit_depth=12), replace(KEY, readout={"Gain": "2"})]
    assert len({name_for(each) for each in (KEY, *other)}) == 3
    assert name_for(replace(KEY, camera="Orca / Flash: 4.0 µ" * 9)).startswith("Orca-Flash-4.0-")


def test_one_mode_is_replaced_and_another_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "zyla"
    save(calibration(), PixelMaps(gain=np.ones((2, 2), np.float32)), folder)
    save(calibration(gain=3.0), PixelMaps(), folder)
    assert load(folder).gain.value == 3.0
    assert not (folder / "gain.npy").exists()
    with pytest.raises(ConfigError, match="another --name"):
        save(calibration(replace(KEY, binning="2")), PixelMaps(), folder)


def test_a_damaged_calibration_is_listed_and_never_used(shelf: Path) -> None:
    save(calibration(), PixelMaps(), shelf / "zyla")
    path = shelf / "zyla" / "calibration.json"
    path.write_text(path.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    (entry,) = entries()
    assert entry.calibration is None
    assert "measure it again" in entry.fault
    assert matching(KEY) is None
    with pytest.raises(ConfigError, match="zyla"):
        find("zyla")


def test_one_of_a_newer_livecare_is_refused(tmp_path: Path) -> None:
    save(calibration(), PixelMaps(), tmp_path)
    path = tmp_path / "calibration.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('calibration": 1', 'calibration": 2', 1), encoding="utf-8")
    with pytest.raises(ConfigError, match="newer livecare"):
        load(tmp_path)


def test_a_name_that_is_not_there_is_answered_with_those_that_are(shelf: Path) -> None:
    save(calibration(), PixelMaps(), shelf / "zyla")
    with pytest.raises(ConfigError, match="there are: zyla"):
        find("orca")
    with pytest.raises(ConfigError, match="no calibration"):
        find("../zyla")


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        save(calibration(), PixelMaps(), tmp_path / "file" / "zyla")


def test_the_shelf_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert shelf_folder().name == "cameras"


@pytest.mark.parametrize(
    ("measured", "words"),
    [
        (Measured(2.2013, 0.0123), "2.201 ± 0.012"),
        (Measured(100.0, 0.00049), "100.00000 ± 0.00049"),
        (Measured(488.8, 6.04), "488.8 ± 6.0"),
        (Measured(1.6, None), "1.6"),
        (Measured(0.0, 0.0), "0"),
    ],
)
def test_values_have_the_digits_that_their_errors_allow(measured: Measured, words: str) -> None:
    assert measured.words == words


def test_what_is_damaged_is_measured_again_and_stops_nobody(shelf: Path) -> None:
    for content in (b"{", b"\xe9", b'{"livecare_calibration": 99}'):
        save(calibration(), PixelMaps(), shelf / "zyla")
        (shelf / "zyla" / "calibration.json").write_bytes(content)
        key = key_of_metadata("uint16", METADATA)
        assert key is not None
        assert matching(key) is None
        save(calibration(gain=2.5), PixelMaps(), shelf / "zyla")
        assert load(shelf / "zyla").gain.value == 2.5
