"""One recording of any format into a TIFF: pixels, axes, and what the file says about itself."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from counted_files import assert_means, counts, write_ome, write_series, write_store
from small_models import SCALE, Restore, mean, write_model

from livecare import __version__
from livecare.errors import ConfigError, UsageError
from livecare.images import open_images
from livecare.models.anscombe import CameraNoise
from livecare.models.package import Model
from livecare.restore_files.provenance import read_provenance


def test_ome_tiff(restore: Restore, tmp_path: Path, model: Model) -> None:
    frames = counts()
    source, out = write_ome(tmp_path / "a.ome.tif", frames), tmp_path / "b.ome.tif"
    told: list[tuple[Path, int, int]] = []
    outcome = restore(source, out, watch=lambda *each: told.append(each))
    [done] = outcome.restored
    assert (done.source, done.target.restored, done.frames) == (source, out, 24)
    assert told == [(source, i + 1, 24) for i in range(24)]
    assert_means(out, frames)
    with open_images(out) as images:
        assert images.dtype == "uint16"
        assert images.channels == ("GFP", "RFP")
        assert images.pixel_size_um == pytest.approx(0.065)
        assert images.z_step_um == pytest.approx(0.3)
    with tifffile.TiffFile(out) as tiff:
        text = str(tiff.ome_metadata)
    for words in ("restored, not for intensity measurement", "a.ome.tif", model.sha256, "fixed"):
        assert words in text
    found = read_provenance(out)
    assert found is not None
    assert (found["version"], found["model"]) == (__version__, "mean of yx")
    assert [lock["channel"] for lock in found["locks"]] == ["GFP", "RFP"]


def test_each_channel_and_position_is_locked_to_its_own_frames(
    restore: Restore, tmp_path: Path
) -> None:
    frames = counts((2, 3, 2, 1, 16, 20))
    frames[0, :, 1] += 1000
    frames[1] += 3000
    source, out = tmp_path / "a.ome.tif", tmp_path / "b.ome.tif"
    with tifffile.TiffWriter(source, ome=True) as tiff:
        for p, position in enumerate(frames):
            tiff.write(position, metadata={"axes": "TCZYX", "Name": f"well {p}"})
    [done] = restore(source, out).restored
    for lock, first in zip(
        done.locks, (frames[p][:, c] for p in range(2) for c in range(2)), strict=True
    ):
        low, high = np.percentile(first, (2, 99.8))
        assert lock.record == pytest.approx({"low": low, "high": high})
    assert [lock.position for lock in done.locks] == ["well 0"] * 2 + ["well 1"] * 2
    with open_images(out) as images:
        for p, t, c in np.ndindex(2, 3, 2):
            expected = mean(frames[p, t, c, 0])
            np.testing.assert_allclose(images.read(t, c, 0, p), expected, atol=0.51, rtol=0)


def test_only_the_first_eight_frames_lock(restore: Restore, tmp_path: Path) -> None:
    frames = counts((12, 16, 20))
    frames[8:] *= 50
    source = write_series(tmp_path / "a.tif", frames)
    [done] = restore(source, tmp_path / "b.tif").restored
    low, high = np.percentile(frames[:8], (2, 99.8))
    assert done.locks[0].record == pytest.approx({"low": low, "high": high})


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_imagej_stays_imagej(restore: Restore, tmp_path: Path, dtype: str) -> None:
    frames = counts(dtype=dtype)
    source, out = tmp_path / "a.tif", tmp_path / "b.tif"
    tifffile.imwrite(
        source,
        frames.transpose(0, 2, 1, 3, 4),
        imagej=True,
        resolution=(1 / 0.108, 1 / 0.108),
        metadata={
            "axes": "TZCYX",
            "spacing": 0.5,
            "unit": "um",
            "finterval": 0.2,
            "Info": "NA 1.4",
            "Labels": [f"plane {i}" for i in range(24)],
        },
    )
    restore(source, out, dtype="raw")
    assert_means(out, frames)
    with tifffile.TiffFile(out) as tiff:
        found = tiff.imagej_metadata
        assert found is not None
        assert "restored, not for intensity measurement" in found["Info"]
        assert found["Info"].endswith("NA 1.4")
        assert found["Labels"][23] == "plane 23"
    with open_images(out) as images:
        assert images.dtype == dtype
        assert images.pixel_size_um == pytest.approx(0.108, rel=1e-4)
        assert images.z_step_um == pytest.approx(0.5)
        assert images.interval_s == pytest.approx(0.2)
    assert read_provenance(out) is not None


def test_imagej_becomes_ome_where_the_name_says_so(restore: Restore, tmp_path: Path) -> None:
    """Then it is said of no file that it is too long."""
    frames = counts((2, 16, 20))
    tifffile.imwrite(tmp_path / "a.tif", frames, imagej=True, metadata={"axes": "TYX"})
    [done] = restore(tmp_path / "a.tif", tmp_path / "b.ome.tif").restored
    assert done.notes == ()
    with tifffile.TiffFile(tmp_path / "b.ome.tif") as tiff:
        assert tiff.is_ome
    assert_means(tmp_path / "b.ome.tif", frames[:, None, None])


def test_imagej_becomes_ome_where_it_is_too_long(
    restore: Restore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livecare.restore_files.output.IMAGEJ_BYTES", 1000)
    tifffile.imwrite(tmp_path / "a.tif", counts((2, 16, 20)), imagej=True, metadata={"axes": "TYX"})
    [done] = restore(tmp_path / "a.tif", tmp_path / "b.tif").restored
    assert done.notes == ("written as OME-TIFF: ImageJ's own files end at 4 GB",)


@pytest.mark.parametrize(
    ("raw", "wanted", "made"),
    [
        ("uint16", None, "uint16"),
        ("uint8", None, "float32"),
        ("float32", None, "float32"),
        ("uint8", "raw", "uint8"),
        ("uint8", "uint16", "uint16"),
        ("uint16", "float32", "float32"),
    ],
)
def test_pixel_types(
    restore: Restore, tmp_path: Path, raw: str, wanted: str | None, made: str
) -> None:
    frames = counts((2, 16, 20), raw)
    source, out = write_series(tmp_path / "a.tif", frames), tmp_path / "b.tif"
    [done] = restore(source, out, dtype=wanted).restored
    assert tifffile.imread(out).dtype == made
    assert_means(out, frames[:, None, None], 1e-3 if made == "float32" else 0.51)
    said = any(f"written as {made}" in note for note in done.notes)
    assert said == (wanted is None and raw != made), "a type that nobody chose is said"


def test_a_recording_of_livecare_becomes_an_ome_tiff(restore: Restore, tmp_path: Path) -> None:
    frames = counts((4, 16, 20))
    source = write_store(tmp_path / "a.ome.zarr", frames)
    [done] = restore(source, tmp_path / "b.ome.tif").restored
    assert_means(tmp_path / "b.ome.tif", frames[:, None, None])
    assert any("OME-TIFF" in note for note in done.notes)
    (tmp_path / "folder").mkdir()
    [done] = restore(source, tmp_path / "folder").restored
    assert done.target.restored == tmp_path / "folder" / "a.ome.tif"


def test_missing_frames_are_black_and_said(restore: Restore, tmp_path: Path) -> None:
    frames = counts((4, 16, 20))
    source, out = write_store(tmp_path / "a.ome.zarr", frames, without=2), tmp_path / "b.ome.tif"
    [done] = restore(source, out).restored
    assert done.missing == 1
    assert any("1 of 4 frames are missing" in note for note in done.notes)
    restored = tifffile.imread(out)
    assert not restored[2].any()
    assert restored[3].all()


def test_ome_zarr_becomes_an_ome_tiff(restore: Restore, tmp_path: Path) -> None:
    frames = counts((4, 16, 20))
    source = tmp_path / "a.zarr"
    group = zarr.create_group(source)
    group.create_array("0", data=frames, chunks=(1, 16, 20))
    axes = [{"name": name} for name in "tyx"]
    group.attrs["ome"] = {"multiscales": [{"axes": axes, "datasets": [{"path": "0"}]}]}
    restore(source, tmp_path / "b.ome.tif")
    assert_means(tmp_path / "b.ome.tif", frames[:, None, None])


def test_camera_values_are_estimated_and_said(restore: Restore, tmp_path: Path) -> None:
    model = Model.load(write_model(tmp_path / "anscombe", kind="anscombe"))
    rng = np.random.default_rng(3)
    photons = np.tile(np.linspace(2, 80, 128), (128, 1))
    frames = np.rint(
        100 + 2 * rng.poisson(photons, (6, 128, 128)) + rng.normal(0, 3, (6, 128, 128))
    )
    source, out = write_series(tmp_path / "a.tif", frames.astype("uint16")), tmp_path / "b.tif"
    [done] = restore(source, out, model=model).restored
    assert done.locks[0].record["gain"] == pytest.approx(2, rel=0.1)
    assert "estimated from 6 frames" in str(done.locks[0])
    found = read_provenance(out)
    assert found is not None
    assert found["normalisation"] == "anscombe"
    assert found["locks"][0]["gain"] == done.locks[0].record["gain"]
    inner = tifffile.imread(out)[:, 4:-4, 4:-4].mean()
    assert inner == pytest.approx(frames[:, 4:-4, 4:-4].mean(), rel=0.02)


def test_camera_values_that_are_given(restore: Restore, tmp_path: Path, model: Model) -> None:
    anscombe = Model.load(write_model(tmp_path / "anscombe", kind="anscombe"))
    source, out = write_series(tmp_path / "a.tif", counts((2, 16, 20))), tmp_path / "b.tif"
    noise = CameraNoise(2.5, 99.0, 1.5)
    [done] = restore(source, out, model=anscombe, noise=noise).restored
    assert done.locks[0].record == {"gain": 2.5, "offset": 99.0, "read_noise": 1.5, "binning": 1.0}
    assert done.locks[0].source == "given"
    with pytest.raises(ConfigError, match="has no use for gain, offset and read noise"):
        restore(source, tmp_path / "c.tif", model=model, noise=noise)
    with pytest.raises(ConfigError, match="runs with 'anscombe' only"):
        restore(source, tmp_path / "c.tif", model=anscombe, kind="fixed")
    flat = write_series(tmp_path / "flat.tif", np.full((2, 64, 64), 7, "uint16"))
    with pytest.raises(ConfigError, match=r"flat\.tif, channel 0, position 0: .*no noise at all"):
        restore(flat, tmp_path / "c.tif", model=anscombe)
    assert not list(tmp_path.glob("c.tif*"))


def test_the_spread_is_a_file_of_its_own(restore: Restore, tmp_path: Path, model: Model) -> None:
    sure = Model.load(write_model(tmp_path / "sure", probabilistic=True))
    frames = counts((3, 16, 20))
    source, out = write_series(tmp_path / "a.tif", frames), tmp_path / "b.ome.tif"
    [done] = restore(source, out, model=sure, spread=True).restored
    assert done.target.spread == tmp_path / "b-spread.ome.tif"
    window = done.locks[0].record
    spread = tifffile.imread(done.target.spread)
    assert spread.dtype == np.float32
    np.testing.assert_allclose(spread, SCALE * (window["high"] - window["low"]), rtol=1e-5)
    assert_means(out, frames[:, None, None])
    with pytest.raises(UsageError, match="--spread: the model mean of yx does not say"):
        restore(source, tmp_path / "c.tif", model=model, spread=True)


def test_stacks_go_whole_through_a_model_of_three_axes(restore: Restore, tmp_path: Path) -> None:
    volumes = Model.load(write_model(tmp_path / "zyx", axes="zyx", probabilistic=True))
    frames = counts((2, 2, 5, 12, 14))
    source, out = write_ome(tmp_path / "a.ome.tif", frames), tmp_path / "b.ome.tif"
    [done] = restore(source, out, model=volumes, spread=True).restored
    assert done.frames == 20
    with open_images(out) as images:
        for t, c in np.ndindex(2, 2):
            found = np.stack([images.read(t, c, z) for z in range(5)])
            np.testing.assert_allclose(found, mean(frames[t, c]), atol=0.51, rtol=0)
    assert done.target.spread is not None
    assert tifffile.imread(done.target.spread).all()
    flat = write_series(tmp_path / "flat.tif", counts((3, 16, 20)))
    with pytest.raises(UsageError, match=r"flat\.tif: the model mean of zyx restores z-stacks"):
        restore(flat, tmp_path / "c.tif", model=volumes)
