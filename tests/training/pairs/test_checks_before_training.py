"""Every mistake in the recordings is told before training, with the file and the cure."""

from pathlib import Path

import numpy as np
import pytest
from pair_files import exposures, recordings, scene, write, write_store

from livecare.errors import ConfigError, UsageError
from livecare.frame import Position
from livecare.training.pairs import PairSettings, Patches, noisy_stacks, successive_pairs
from livecare.training.pairs.recordings import find_recordings

SETTINGS = PairSettings(patch_px=32)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no recording"):
        noisy_stacks([tmp_path], SETTINGS)


def test_no_path_is_refused() -> None:
    with pytest.raises(UsageError, match="no path: there is no recording"):
        noisy_stacks([], SETTINGS)


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_pixels_that_are_no_numbers_are_named(tmp_path: Path, wrong: float) -> None:
    frames = exposures(scene(), 3).astype(np.float32)
    frames[2, 10, 20] = wrong
    path = write(tmp_path / "cell.ome.tif", frames)
    with pytest.raises(UsageError, match=r"cell\.ome\.tif, frame 2: 1 pixels .* row 10, column 20"):
        noisy_stacks([path], SETTINGS)


def test_a_constant_image_is_named(tmp_path: Path) -> None:
    frames = exposures(scene(), 3)
    frames[1] = 100
    path = write(tmp_path / "cell.ome.tif", frames)
    with pytest.raises(UsageError, match=r"cell\.ome\.tif, frame 1: every pixel is 100"):
        noisy_stacks([path], SETTINGS)


def test_saturated_images_are_noted(tmp_path: Path) -> None:
    frames = np.minimum(exposures(scene(), 3, gain=300), 4095)
    path = write(tmp_path / "cell.ome.tif", frames)
    notes = noisy_stacks([path], SETTINGS).notes
    assert any("1 of 1 recordings are saturated" in note for note in notes)
    clean_notes = noisy_stacks([recordings(tmp_path / "other", 1, 3)[0]], SETTINGS).notes
    assert not any("saturated" in note for note in clean_notes)


def test_frames_smaller_than_a_patch_are_refused(tmp_path: Path) -> None:
    path = recordings(tmp_path, 1, 2)[0]
    with pytest.raises(
        UsageError, match=r"96 × 96 pixels are too small for patches of 128.*--patch"
    ):
        noisy_stacks([path], PairSettings(patch_px=128))


def test_frames_smaller_than_the_receptive_field_are_refused(tmp_path: Path) -> None:
    path = recordings(tmp_path, 1, 2)[0]
    with pytest.raises(UsageError, match="looks 60 pixels far"):
        noisy_stacks([path], PairSettings(patch_px=32, receptive_px=60))


def test_one_frame_is_no_pair(tmp_path: Path) -> None:
    path = recordings(tmp_path, 1, 1)[0]
    with pytest.raises(UsageError, match=r"cell0\.ome\.tif has one frame only.*n2v2"):
        successive_pairs([path], SETTINGS)
    assert noisy_stacks([path], SETTINGS).batch(2, 32, np.random.default_rng(0)).target is None


def test_planes_are_no_pair(tmp_path: Path) -> None:
    path = write(tmp_path / "stack.ome.tif", exposures(scene(), 4), "ZYX")
    with pytest.raises(UsageError, match=r"stack\.ome\.tif has 4 planes of one.*as a time series"):
        successive_pairs([path], SETTINGS)


def test_time_points_that_lack_a_frame_are_left_out(tmp_path: Path) -> None:
    places = [Position(t, 0, z, p) for t in range(3) for p in range(2) for z in range(2)]
    lost = {Position(1, 0, 1, 0), Position(2, 0, 0, 1), Position(2, 0, 1, 1)}
    pixels = exposures(scene(), len(places))
    frames = {at: each for at, each in zip(places, pixels, strict=True) if at not in lost}
    path = write_store(tmp_path / "run.ome.zarr", frames)
    left, right = find_recordings([path])
    assert [left.place(frame) for frame in range(left.frames)] == [(0, 0), (2, 0), (0, 1), (2, 1)]
    assert [right.place(frame) for frame in range(right.frames)] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    source = noisy_stacks([path], SETTINGS)
    source.batch(16, 32, np.random.default_rng(0))
    said = "2 time points are left out, since frames of them are missing; the most, 1 of 3, in run"
    assert any(note.startswith(said) for note in source.notes)


def test_planes_and_positions_that_a_channel_lacks_are_left_out(tmp_path: Path) -> None:
    stack = {Position(t, 0, z, p) for t in range(2) for z in range(3) for p in range(2)}
    middle = [Position(t, 1, 1, 1) for t in range(2)]
    frames = dict.fromkeys([*stack, *middle], exposures(scene(), 1)[0])
    path = write_store(tmp_path / "run.ome.zarr", frames)
    [recording] = find_recordings([path], 1)
    assert recording.name == "run.ome.zarr, right"
    assert [recording.place(frame) for frame in range(recording.frames)] == [(0, 1), (1, 1)]


def test_a_channel_without_a_whole_time_point_is_named(tmp_path: Path) -> None:
    lossy = [Position(0, 1, 0), Position(1, 1, 1), Position(0)]
    path = write_store(tmp_path / "run.ome.zarr", dict.fromkeys(lossy, exposures(scene(), 1)[0]))
    with pytest.raises(UsageError, match=r"run\.ome\.zarr lacks frames of channel 1 .* at every"):
        find_recordings([path], 1)


def test_copies_of_a_frame_are_no_pair(tmp_path: Path) -> None:
    frame = exposures(scene(), 1)[0]
    path = write(tmp_path / "copy.ome.tif", np.stack([frame, frame]))
    with pytest.raises(UsageError, match=r"frame 0 and .*frame 1 are identical"):
        successive_pairs([path], SETTINGS)


def test_several_channels_need_a_choice(tmp_path: Path) -> None:
    frames = np.stack([exposures(scene(), 4), exposures(scene(1), 4) + 500], axis=1)
    path = write(tmp_path / "two.ome.tif", frames, "TCYX")
    with pytest.raises(UsageError, match=r"two.ome.tif has 2 channels.*--channel one of 0"):
        noisy_stacks([path], SETTINGS)
    with pytest.raises(UsageError, match="has no channel 2"):
        noisy_stacks([path], PairSettings(patch_px=32, channel=2))
    second = noisy_stacks([path], PairSettings(patch_px=32, channel="1"))
    assert second.provenance["recordings"][0]["units"]["low"] > 500


def test_mixed_sizes_train_together(tmp_path: Path) -> None:
    paths = [*recordings(tmp_path / "a", 2, 2), *recordings(tmp_path / "b", 1, 2, side=160)]
    source = noisy_stacks(paths, SETTINGS)
    assert source.batch(32, 32, np.random.default_rng(0)).source.shape == (32, 1, 32, 32)


def test_one_small_frame_cannot_be_split(tmp_path: Path) -> None:
    path = recordings(tmp_path, 1, 1)[0]
    with pytest.raises(UsageError, match=r"96 rows are too few.*second recording"):
        noisy_stacks([path], PairSettings(patch_px=64))


def test_a_batch_of_larger_patches_than_announced_is_refused(tmp_path: Path) -> None:
    source = noisy_stacks([recordings(tmp_path, 1, 1)[0]], SETTINGS)
    with pytest.raises(UsageError, match="too few for patches of 90"):
        source.batch(1, 90, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"patch_px": 0}, "patch_px"),
        ({"validation_part": 0.9}, "validation_part"),
        ({"low_percentile": 99.9, "high_percentile": 2.0}, "percentiles"),
        ({"high_percentile": float("nan")}, "percentiles"),
        ({"cache_bytes": 0}, "cache_bytes"),
    ],
)
def test_impossible_settings_are_named(wrong: dict[str, float], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        PairSettings(**wrong)


def test_patches_of_two_sizes_are_refused() -> None:
    with pytest.raises(UsageError, match="source has shape"):
        Patches(np.zeros((2, 1, 8, 8), np.float32), np.zeros((2, 1, 8, 9), np.float32))
