"""Folders of recordings: every one, on from where a run ended, whatever one bad file does."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import tifffile
from counted_files import counts, write_store
from small_models import Restore, write_model

from livecare.disk import PARTIAL_SUFFIX
from livecare.errors import StoreExistsError, UsageError
from livecare.models.package import Model
from livecare.restore_files import RestoreOptions, camera_noise, restoring
from livecare.restore_files.plan import make_plan
from livecare.restore_files.provenance import read_provenance


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("t1.tif", "t2.tif", "t10.ome.tif"):
        frames = np.random.default_rng(len(name)).integers(0, 999, (2, 16, 20)).astype("uint16")
        tifffile.imwrite(folder / name, frames, photometric="minisblack", metadata={"axes": "TYX"})
    return folder


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_every_file(restore: Restore, recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    outcome = restore(recordings, out)
    assert [done.source.name for done in outcome.restored] == ["t1.tif", "t2.tif", "t10.ome.tif"]
    assert sorted(stamps(out)) == ["t1.tif", "t10.ome.tif", "t2.tif"]


def test_an_interrupted_run_goes_on(restore: Restore, recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def interrupt(source: Path, done: int, _: int) -> None:
        if (source.name, done) == ("t2.tif", 1):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(recordings, out, watch=interrupt)
    finished = stamps(out)
    assert sorted(finished) == ["t1.tif"]
    (out / f"t2.tif{PARTIAL_SUFFIX}").write_bytes(b"half of what a kill leaves")
    outcome = restore(recordings, out)
    assert [path.name for path in outcome.skipped] == ["t1.tif"]
    assert [done.source.name for done in outcome.restored] == ["t2.tif", "t10.ome.tif"]
    assert stamps(out)["t1.tif"] == finished["t1.tif"]
    assert sorted(stamps(out)) == ["t1.tif", "t10.ome.tif", "t2.tif"]
    outcome = restore(recordings, out)
    assert (len(outcome.restored), len(outcome.skipped)) == (0, 3)
    outcome = restore(recordings, out, overwrite=True)
    assert (len(outcome.restored), len(outcome.skipped)) == (3, 0)


def test_going_on_with_other_settings(restore: Restore, recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    restore(recordings, out)
    (out / "t2.tif").unlink()
    other = Model.load(write_model(tmp_path / "other", probabilistic=True))
    for chosen in ({"model": other}, {"dtype": "float32"}, {"kind": "per-frame"}):
        with pytest.raises(StoreExistsError, match=r"t1\.tif was restored with another model"):
            restore(recordings, out, **chosen)
    assert not (out / "t2.tif").exists(), "nothing is begun"
    restore(recordings, out, dtype="float32", overwrite=True)
    assert tifffile.imread(out / "t1.tif").dtype == np.float32


def test_going_on_in_another_precision(
    restore: Restore, recordings: Path, tmp_path: Path, model: Model
) -> None:
    out, computed = tmp_path / "out", {"engine": "onnxruntime", "precision": "fp32"}
    restore(recordings, out)
    plan = make_plan(recordings, out, model, RestoreOptions(), computed)
    assert all(job.done for job in plan.jobs)
    for other in ({"precision": "fp16"}, {"engine": "openvino"}):
        with pytest.raises(StoreExistsError, match="another model, engine, precision or other"):
            make_plan(recordings, out, model, RestoreOptions(), computed | other)


@pytest.mark.parametrize("differs", ["size", "time"])
def test_other_recordings_of_the_same_names(
    restore: Restore, recordings: Path, tmp_path: Path, differs: str
) -> None:
    other, out = tmp_path / "day2", tmp_path / "out"
    shutil.copytree(recordings, other)  # as old as what they are copies of
    restore(recordings, out)
    assert len(restore(other, out).skipped) == 3
    before = (other / "t1.tif").stat()
    if differs == "size":
        (other / "t1.tif").write_bytes((other / "t1.tif").read_bytes() + b"0")
        os.utime(other / "t1.tif", ns=(before.st_atime_ns, before.st_mtime_ns))
    else:
        os.utime(other / "t1.tif", ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))
    finished = stamps(out)
    with pytest.raises(StoreExistsError, match=r"t1\.tif was restored from another recording of"):
        restore(other, out)
    assert stamps(out) == finished
    assert len(restore(other, out, overwrite=True).restored) == 3


def test_other_folders_of_the_same_names(restore: Restore, tmp_path: Path) -> None:
    for day, seed in (("day1", 1), ("day2", 2)):
        (tmp_path / day).mkdir()
        store = write_store(tmp_path / day / "a.ome.zarr", counts((2, 16, 20), seed=seed))
        os.utime(store / "zarr.json", ns=(0, seed * 10**9))
    restore(tmp_path / "day1", tmp_path / "out")
    assert len(restore(tmp_path / "day1", tmp_path / "out").skipped) == 1
    with pytest.raises(StoreExistsError, match=r"a\.ome\.tif was restored from another recording"):
        restore(tmp_path / "day2", tmp_path / "out")


def test_files_of_versions_that_said_less_of_the_recording(
    restore: Restore, recordings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they say must agree."""
    out = tmp_path / "out"
    with monkeypatch.context() as older:
        older.setattr(restoring, "describe_source", lambda path: {"source": path.name})
        restore(recordings, out)
    assert len(restore(recordings, out).skipped) == 3
    (out / "t1.tif").unlink()
    (out / "t2.tif").rename(out / "t1.tif")
    with pytest.raises(StoreExistsError, match="from another recording"):
        restore(recordings, out)


def test_a_file_that_livecare_did_not_write(
    restore: Restore, recordings: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "t1.tif").write_bytes((recordings / "t1.tif").read_bytes())
    with pytest.raises(StoreExistsError, match=r"t1\.tif exists and is no file that livecare"):
        restore(recordings, out)


def test_a_missing_spread_is_made(restore: Restore, recordings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    sure = Model.load(write_model(tmp_path / "sure", probabilistic=True))
    restore(recordings, out, model=sure)
    outcome = restore(recordings, out, model=sure, spread=True)
    assert len(outcome.restored) == 3
    assert (out / "t10-spread.ome.tif").is_file()
    assert (out / "t1-spread.tif").is_file()
    assert len(restore(recordings, out, model=sure, spread=True).skipped) == 3


def test_one_bad_file_does_not_stop_the_others(
    restore: Restore, recordings: Path, tmp_path: Path
) -> None:
    (recordings / "t0.tif").write_bytes(b"no image")
    broken = np.full((2, 16, 20), np.nan, "float32")
    tifffile.imwrite(recordings / "t3.tif", broken, photometric="minisblack")
    outcome = restore(recordings, tmp_path / "out")
    assert [path.name for path, _ in outcome.failed] == ["t0.tif", "t3.tif"]
    for path, error in outcome.failed:
        assert path.name in str(error)
    assert len(outcome.restored) == 3
    assert sorted(stamps(tmp_path / "out")) == ["t1.tif", "t10.ome.tif", "t2.tif"]


def test_where_it_must_not_write(restore: Restore, recordings: Path, tmp_path: Path) -> None:
    for out in (recordings, recordings / "out", recordings / ".." / "in" / "out"):
        with pytest.raises(UsageError, match="lies inside"):
            restore(recordings, out)
    (tmp_path / "file.tif").write_bytes(b"")
    with pytest.raises(UsageError, match=r"file\.tif is a file, but .* is a folder"):
        restore(recordings, tmp_path / "file.tif")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "t1.tif").hardlink_to(recordings / "t1.tif")
    with pytest.raises(UsageError, match="the recording itself"):
        restore(recordings, tmp_path / "link", overwrite=True)
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="holds no recording"):
        restore(tmp_path / "empty", tmp_path / "out")


def test_two_recordings_of_one_name(restore: Restore, recordings: Path, tmp_path: Path) -> None:
    frames = tifffile.imread(recordings / "t1.tif")
    sure = Model.load(write_model(tmp_path / "sure", probabilistic=True))
    tifffile.imwrite(recordings / "t1-spread.tif", frames, photometric="minisblack")
    with pytest.raises(UsageError, match=r"would both become .*t1-spread"):
        restore(recordings, tmp_path / "out", model=sure, spread=True)


def test_camera_values_in_part() -> None:
    assert camera_noise(None, None, None) is None
    made = camera_noise(2.0, 100.0, 0.0)
    assert made is not None
    assert (made.gain_adu_per_e, made.offset_adu, made.read_noise_e) == (2.0, 100.0, 0.0)
    with pytest.raises(UsageError, match="--offset, --read-noise is not given"):
        camera_noise(2.0, None, None)
    for wrong in ((0.0, 1.0, 1.0), (1.0, float("nan"), 1.0), (1.0, 1.0, -1.0)):
        with pytest.raises(UsageError, match="camera noise: "):
            camera_noise(*wrong)


def test_provenance_of_other_files(recordings: Path, tmp_path: Path) -> None:
    assert read_provenance(recordings / "t1.tif") is None
    (tmp_path / "text.tif").write_text("no TIFF", encoding="utf-8")
    assert read_provenance(tmp_path / "text.tif") is None
    for text in ("livecare: {", "livecare: 7", "nothing"):
        path = tmp_path / "a.ome.tif"
        metadata = {"axes": "YX", "Description": text}
        tifffile.imwrite(path, np.zeros((16, 20), "uint8"), ome=True, metadata=metadata)
        assert read_provenance(path) is None
