"""`livecare calibrate` measures files and cameras, keeps what it finds, and says what it means."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from camera_scenes import CAMERA, dark, series, still
from typer.testing import CliRunner

from livecare.camera.shelf import load
from livecare.cli.calibrate_files import FileRun
from livecare.cli.main import app
from livecare.disk import aligned_block
from livecare.errors import ConfigError
from livecare.frame import FrameHeader, Position, StreamInfo
from livecare.sinks.checksum import CHECKSUM_BYTES
from livecare.sinks.store import Store


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "user" / "cameras"
    monkeypatch.setattr("livecare.camera.shelf.shelf_folder", lambda: folder)
    return folder


def calibrate(*arguments: object) -> str:
    done = CliRunner().invoke(app, ["calibrate", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def write(path: Path, frames: list[np.ndarray]) -> Path:
    tifffile.imwrite(path, np.stack(frames), metadata={"axes": "TYX"})
    return path


def test_a_still_scene_is_kept_for_its_camera(tmp_path: Path, shelf: Path) -> None:
    path = write(tmp_path / "still.tif", still(CAMERA, 40, seed=4))
    said = calibrate("--static", path, "--camera", "Zyla", "--binning", "2x2", "--bit-depth", 16)
    assert "Zyla, binning 2, uint16, 16 bits" in said
    assert "restore with it from now on" in said
    (folder,) = shelf.iterdir()
    found = load(folder)
    assert found.method == "still scene"
    assert found.gain.value == pytest.approx(2.2, rel=0.03)
    listed = calibrate("--list")
    assert folder.name in listed
    assert "Zyla" in listed
    assert "gain = 2." in calibrate("--show", folder.name)


def test_dark_frames_and_a_series_from_files(tmp_path: Path) -> None:
    arguments: list[object] = ["--dark", write(tmp_path / "dark.tif", dark(CAMERA, 24))]
    for index, frames in enumerate(series(CAMERA, 14)):
        arguments += ["--series", write(tmp_path / f"{index}.tif", frames)]
    out = tmp_path / "zyla"
    said = calibrate(*arguments, "--output", out)
    assert "[restorer.camera]" in said
    assert load(out).offset.value == pytest.approx(100.0, abs=0.1)
    assert {each.name for each in out.iterdir()} >= {"offset.npy", "read_variance.npy", "hot.npy"}


def test_a_moving_scene_of_an_unknown_camera_is_kept_but_not_used(
    tmp_path: Path, shelf: Path
) -> None:
    path = write(tmp_path / "live.tif", still(CAMERA, 24, seed=4))
    said = calibrate("--frames", path, "--name", "mine")
    assert "no run knows" in said
    assert load(shelf / "mine").method == "moving scene"


@pytest.mark.parametrize(("axes", "frames"), [("TYX", 5), ("ZYX", 5), ("TZYX", 2)])
def test_planes_are_frames_of_a_stack_without_time_points(
    tmp_path: Path, axes: str, frames: int
) -> None:
    stack = np.arange(5 * 16 * 16, dtype=np.uint16).reshape(5, 16, 16)
    wanted = stack if frames == 5 else np.stack([stack[:3], stack[1:4]])
    tifffile.imwrite(tmp_path / "a.tif", wanted, imagej=True, metadata={"axes": axes})
    run = FileRun([tmp_path / "a.tif", tmp_path / "a.tif"], 0)
    assert len(run) == 2 * frames
    np.testing.assert_array_equal(np.stack(list(run))[:frames], stack[:frames])


def lay_down(path: Path, places: list[Position]) -> Path:
    """Store frames at some places of two channels."""
    info = StreamInfo("run", "test", (16, 16), "uint16", ("gfp", "reference"))
    with Store.create(path, info) as store:
        for sequence, at in enumerate(places):
            block = aligned_block(16 * 16 * 2 + CHECKSUM_BYTES)
            store.raw.append(FrameHeader(sequence, at, (16, 16), "uint16", sequence), block, {})
    return path


def test_frames_of_the_channel_are_counted_that_are_there(tmp_path: Path) -> None:
    places = [Position(t, c) for t in range(12) for c in (0, 1) if c == 0 or t % 4 == 3]
    path = lay_down(tmp_path / "referenced", places)
    assert [len(FileRun([path], channel)) for channel in (0, 1)] == [12, 3]
    assert len([*FileRun([path], 1)]) == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "give one of"),
        (("--list", "--show", "x"), "give one of"),
        (("--show", "x"), "there are: none yet"),
        (("--dark", "PATH"), "need each other"),
        (("--series", "PATH", "--series", "PATH"), "need each other"),
        (("--static", "PATH", "--channel", "3"), "1 channels"),
        (("--static", "PATH", "--readout", "fast"), "NAME=VALUE"),
        (("--static", "PATH", "--name", "a/b"), "--name a/b"),
        (("--static", "PATH", "--name", "a", "--output", "b"), "--output does not go with --name"),
        (("--static", "PATH", "--property", "Gain=2"), "^--property: .* give --config"),
        (
            ("--frames", "PATH", "--exposures-ms", "5", "--per-level", "30"),
            "^--exposures-ms, --per",
        ),
        (("--static", "PATH", "--adapter-path", "a"), "^--adapter-path: .* give --config"),
        (("--static", "PATH", "--dark-exposure-ms", "1"), "^--dark-exposure-ms: .* give --config"),
        (
            ("--config", "demo", "--camera", "Zyla", "--channel", "1"),
            "go with --channel, --camera:",
        ),
        (("--config", "demo", "--binning", "2", "--bit-depth", "12"), "go with --binning, --bit-d"),
        (("--config", "demo", "--readout", "ScanMode=2"), "does not go with --readout: .* leave"),
        (("--config", "demo", "--exposures-ms", "0,5"), "above 0"),
        (("--config", "demo", "--property", "Gain"), "NAME=VALUE"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, arguments: tuple[str], words: str) -> None:
    path = write(tmp_path / "still.tif", still(CAMERA, 24, seed=4))
    with pytest.raises(ConfigError, match=words):
        calibrate(*(path if each == "PATH" else each for each in arguments))


def test_an_empty_shelf_says_so() -> None:
    assert "no calibration in" in calibrate("--list")


def test_a_core_takes_dark_frames_and_exposures(shelf: Path) -> None:
    """Micro-Manager's DemoCamera makes noise of gain 1, offset 100 and 2.5 e; no structure."""
    pytest.importorskip("pymmcore")
    pytest.importorskip("mm_test_adapters")
    properties = {
        "Mode": "Noise",
        "PixelType": "16bit",
        "BitDepth": "16",
        "Photon Flux": "8",
        "OnCameraCCDXSize": "128",
        "OnCameraCCDYSize": "128",
    }
    arguments = [f"--property={name}={value}" for name, value in properties.items()]
    said = calibrate("--config", "demo", *arguments, "--dark-exposure-ms", 0, "--per-level", 12)
    (folder,) = shelf.iterdir()
    found = load(folder)
    assert found.key.camera == "Camera"
    assert dict(found.key.readout or {})["Photon Conversion Factor"] == "1.0000"
    assert found.gain.value == pytest.approx(1.0, rel=0.02)
    assert found.offset.value == pytest.approx(99.5, abs=0.2)  # it cuts fractions off
    assert found.read_noise.value == pytest.approx(2.5, rel=0.05)
    assert "restore with it from now on" in said
