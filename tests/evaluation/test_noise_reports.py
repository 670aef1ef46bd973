"""Noise that is not independent from pixel to pixel is reported, and white noise is not."""

from pathlib import Path

import numpy as np
import pytest
import tifffile
from evaluation_scenes import CAMERA, blobs, expose

from livecare.errors import ConfigError, UsageError
from livecare.evaluation import ImageSet, Recording
from livecare.evaluation.camera import VIOLATED, characterise
from livecare.evaluation.describing import describe_set
from livecare.evaluation.preparing import prepare
from livecare.evaluation.suite.spoiling import add_row_noise, correlate_noise
from livecare.frame import Pixels
from livecare.models.anscombe import CameraNoise

COUNTS = np.random.default_rng(4).poisson(blobs(side=128, peak=15), (8, 128, 128)).astype(np.uint8)


@pytest.mark.parametrize("frames", [1, 8])
def test_white_noise_is_not_reported(frames: int) -> None:
    for movie in (COUNTS[:frames], expose(blobs(side=128), frames)):
        found = characterise(Recording("white", movie))
        assert found.violation == ""
        assert found.estimated


@pytest.mark.parametrize("frames", [1, 8])
def test_row_noise_is_reported(frames: int) -> None:
    found = characterise(Recording("rows", add_row_noise(COUNTS, seed=0)[:frames]))
    assert found.violation.startswith(VIOLATED)
    assert "rows or columns share" in found.violation


@pytest.mark.parametrize("frames", [1, 8])
def test_correlated_noise_is_reported(frames: int) -> None:
    found = characterise(Recording("smooth", correlate_noise(COUNTS)[:frames]))
    assert found.violation.startswith(VIOLATED)
    assert "neighbouring pixels" in found.violation


def test_what_the_spoilers_do() -> None:
    rows = add_row_noise(COUNTS, seed=0)
    assert not np.array_equal(rows, add_row_noise(COUNTS, seed=1))
    extra = (rows.astype(float) - 100 - 8.0 * COUNTS).mean(axis=2)
    assert extra.std() == pytest.approx(0.6 * 8 * COUNTS.mean() ** 0.5, rel=0.1)
    smooth = correlate_noise(COUNTS)
    assert smooth.shape == COUNTS.shape
    assert smooth.mean() == pytest.approx(100 + 8 * COUNTS.mean(), rel=0.01)
    with pytest.raises(UsageError, match="black"):
        add_row_noise(np.zeros((1, 8, 8), np.uint8), seed=0)


def test_given_values_are_kept_and_said() -> None:
    camera = CameraNoise(2.0, 100.0, 1.5)
    found = characterise(Recording("known", expose(blobs(side=64), 2), camera=camera))
    assert found.noise == camera
    assert "given" in found.words
    assert "2" in found.words


@pytest.mark.parametrize("frames", [expose(blobs(side=24), 2), np.full((2, 64, 64), 7, np.uint16)])
def test_frames_that_show_no_noise_are_judged_with_given_values(frames: Pixels) -> None:
    with pytest.raises(ConfigError):
        characterise(Recording("small or flat", frames))
    known = Recording("known", frames, camera=CAMERA)
    found = characterise(known)
    assert (found.noise, found.restored_with, found.violation) == (CAMERA, CAMERA, "")
    images = ImageSet("known", "Known", (known,))
    assert "do not show" in describe_set(images, [prepare(images, known)])["noise"]


def test_enlarged_low_light_frames_are_reported(recorded_data: Path) -> None:
    movie = tifffile.imread(recorded_data / "sim_lowlight" / "LE_raw15_plus_mean.tif")[:-1]
    found = characterise(Recording("SIM", movie))
    assert found.violation.startswith(VIOLATED)
    assert min(found.correlation_yx) > 0.5


@pytest.mark.parametrize(
    "name",
    [
        "nandb_fkbp/well2_cell2_before.tif",
        "timelapse/fura2_pc12_340.tif",
        "fmd/Confocal_BPAE_R_raw.tif",  # shakes a little: differences of frames hold structure
    ],
)
def test_ordinary_recordings_are_not_reported(recorded_data: Path, name: str) -> None:
    found = characterise(Recording(name, tifffile.imread(recorded_data / name)[:8]))
    assert found.violation == ""


def test_real_frames_with_row_noise_are_reported(recorded_data: Path) -> None:
    counts = tifffile.imread(recorded_data / "nandb_fkbp" / "well2_cell2_before.tif")[:8]
    found = characterise(Recording("rows", add_row_noise(counts, seed=1)))
    assert found.violation.startswith(VIOLATED)
