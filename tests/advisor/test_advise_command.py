"""`livecare advise`: its words, its page, its exit codes, and a camera that takes the advice."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from advisor_scenes import CAMERA, expose, photons

from livecare.advisor.microscope import open_core, record_series, set_exposure
from livecare.advisor.reading import parse_exposures, read_series
from livecare.cli import main
from livecare.disk import aligned_block
from livecare.errors import SourceError, UsageError
from livecare.frame import FrameHeader, Position, StreamInfo
from livecare.sinks.checksum import CHECKSUM_BYTES
from livecare.sinks.store import Store

Call = Callable[..., tuple[int, str, str]]

KNOWN = ("--gain", 2, "--offset", 100, "--read-noise", 1.6)
ENGINE = ("--engine", "onnxruntime", "--threads", 1)


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command in this process; returns its exit code, output and error output."""

    def run(*arguments: str | Path | float) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["livecare", "advise", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Series of 10 and 50 ms."""
    paths = []
    for exposure in (10, 50):
        paths.append(tmp_path / f"series{exposure}.tif")
        frames = expose(photons(96) * exposure / 50, 4, seed=exposure)
        tifffile.imwrite(paths[-1], frames, imagej=True, metadata={"axes": "TYX"})
    return paths


def test_advice_from_files(call: Call, files: list[Path], tmp_path: Path) -> None:
    pytest.importorskip("onnxruntime", reason="runs the model: livecare[onnxruntime]")
    page = tmp_path / "page.html"
    code, said, aside = call(
        *files, "--exposure-ms", "10,50", *KNOWN, *ENGINE, "--region", "10,12,40,48",
        "--target", "psnr=20", "--target", "as-good-as=60ms", "--out", page,
    )  # fmt: skip
    assert code == 0, aside
    for words in ("whole image", "bright structures", "region", "measured", "PSNR ≥ 20 dB"):
        assert words in said
    assert "times less light than 50 ms" in said
    assert f"page: {page}" in said
    assert "as good as a raw frame of 60 ms" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "either FILEs or --config"),
        (("FILES",), "series10.tif does not say its exposure"),
        (("FILES", "--exposure-ms", "10"), "1 exposures for 2 files"),
        (("FILES", "--exposure-ms", "10,x"), "--exposure-ms 10,x"),
        (("FILES", "--exposure-ms", "10,50", "--target", "good"), "psnr=32"),
        (("FILES", "--exposure-ms", "10,50", "--region", "1,2"), "--region"),
        (("FILES", "--exposure-ms", "10,50", "--area", "all"), "--area"),
        (("FILES", "--exposure-ms", "10,50", "--apply"), "--apply needs"),
        (("FILES", "--exposure-ms", "10,50", "--yes"), "--yes answers the question of --apply"),
        (("FILES", "--frames", "9", "--adapter-path", "a"), "not go with --adapter-path, --frames"),
        (("--config", "demo"), "--exposure-ms"),
        (("missing.tif", "--exposure-ms", "10"), "missing.tif"),
        (("FILES", "--exposure-ms", "10,50", "--gain", "2"), "--offset"),
    ],
)
def test_wrong_use_is_exit_code_2(
    call: Call, files: list[Path], arguments: tuple[str, ...], words: str
) -> None:
    given = [path for each in arguments for path in (files if each == "FILES" else [each])]
    code, _, said = call(*given, *ENGINE)
    assert code == 2
    assert words in " ".join(said.replace("│", " ").split())


def test_an_ome_file_says_its_exposure(tmp_path: Path) -> None:
    path = tmp_path / "said.ome.tif"
    frames = np.full((3, 32, 32), 7, np.uint16)
    plane = {"ExposureTime": [0.025] * 3, "ExposureTimeUnit": ["s"] * 3}
    tifffile.imwrite(path, frames, ome=True, metadata={"axes": "TYX", "Plane": plane})
    (found,) = read_series([path], [])
    assert found.exposure_ms == 25.0
    assert found.frames.shape == (3, 32, 32)
    (told,) = read_series([path], [40.0])
    assert told.exposure_ms == 40.0


@pytest.mark.parametrize(
    ("said", "exposure_ms"),
    [("10.0", 10.0), (25, 25.0), (True, None), (0, None), (-1, None), ("auto", None)],
)
def test_an_exposure_is_read_of_a_recording_as_of_a_stream(
    tmp_path: Path, said: object, exposure_ms: float | None
) -> None:
    info = StreamInfo("run", "test", (16, 16), "uint16", detail={"exposure_ms": said})
    with Store.create(tmp_path / "told", info) as store:
        block = aligned_block(16 * 16 * 2 + CHECKSUM_BYTES)
        store.raw.append(FrameHeader(0, Position(0), (16, 16), "uint16", 0), block, {})
    if exposure_ms is None:
        with pytest.raises(UsageError, match="does not say its exposure"):
            read_series([tmp_path / "told"], [])
        return
    assert read_series([tmp_path / "told"], [])[0].exposure_ms == exposure_ms


@pytest.mark.parametrize("text", ["0", "-3", "nan", "inf", "ten"])
def test_exposures_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="--exposure-ms"):
        parse_exposures(text)


def test_a_real_core_records_and_takes_an_exposure() -> None:
    pytest.importorskip("pymmcore", reason="needs a real core: livecare[micromanager]")
    pytest.importorskip("mm_test_adapters", reason="needs DemoCamera: livecare[micromanager]")
    core = open_core("demo", None)
    before = core.getExposure()
    short, long = record_series(core, [4.0, 2.0], 3)
    assert (short.exposure_ms, long.exposure_ms) == (2.0, 4.0)
    assert short.frames.shape == (3, 512, 512)
    assert core.getExposure() == before
    assert set_exposure(core, 7.5) == 7.5
    assert core.getExposure() == 7.5
    core.reset()


class StubbornCore:
    """A camera that takes one exposure whatever it is asked for, and fails at the second frame."""

    def __init__(self, exposure_ms: float) -> None:
        self.exposure_ms = exposure_ms
        self.snapped = 0

    def getExposure(self) -> float:  # noqa: N802 the core's name
        return self.exposure_ms

    def setExposure(self, exposure_ms: float, /) -> None:  # noqa: N802
        if exposure_ms > 100:
            raise RuntimeError("out of range")

    def snapImage(self) -> None:  # noqa: N802
        self.snapped += 1
        if self.snapped > 1:
            raise RuntimeError("camera unplugged")

    def getImage(self) -> object:  # noqa: N802
        return np.zeros((32, 32), np.uint16)


def test_a_camera_that_does_not_obey_is_named() -> None:
    with pytest.raises(SourceError, match="asked for 5 ms the camera takes 20 ms"):
        record_series(StubbornCore(20.0), [5.0], 1)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r"frame 1 of 20 ms.*unplugged"):
        record_series(StubbornCore(20.0), [20.0], 3)  # type: ignore[arg-type]
    with pytest.raises(SourceError, match="200 ms: out of range"):
        set_exposure(StubbornCore(20.0), 200.0)  # type: ignore[arg-type]


def test_the_advice_is_applied_after_a_yes(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """A core of the test that shows the specimen, and remembers what it was set to."""
    pytest.importorskip("onnxruntime", reason="runs the model: livecare[onnxruntime]")

    class SpecimenCore:
        taken: list[float] = [33.0]  # noqa: RUF012 one core

        def getExposure(self) -> float:  # noqa: N802
            return self.taken[-1]

        def setExposure(self, exposure_ms: float, /) -> None:  # noqa: N802
            self.taken.append(exposure_ms)

        def snapImage(self) -> None:  # noqa: N802
            self.taken.append(self.taken[-1])

        def getImage(self) -> object:  # noqa: N802
            seed = len(self.taken)
            return expose(photons(96) * self.taken[-1] / 50, 1, CAMERA, seed=seed)[0]

    core = SpecimenCore()
    monkeypatch.setattr("livecare.advisor.microscope.open_core", lambda *_: core)
    arguments = ("--config", "x.cfg", "--exposure-ms", "10,50", "--frames", 4, *KNOWN, *ENGINE,
                 "--target", "psnr=22", "--apply")  # fmt: skip
    monkeypatch.setattr("typer.confirm", lambda _: False)
    code, said, _ = call(*arguments)
    assert code == 0
    assert core.taken[-1] == 33.0
    assert "set:" not in said
    code, said, _ = call(*arguments, "--yes")
    assert code == 0
    assert "set: the camera takes" in said
    assert 0.4 < core.taken[-1] < 50

    core.taken[-1] = 33.0
    wrong = ("--gain", 20, "--offset", 100, "--read-noise", 1.6)
    code, said, aside = call(*arguments, *wrong, "--yes")
    assert code == 0
    assert "warning: " in aside
    assert "nothing is set: there are warnings" in aside
    assert core.taken[-1] == 33.0
