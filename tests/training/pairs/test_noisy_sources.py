import gc
from pathlib import Path

import numpy as np
import pytest
import tifffile
from pair_files import (
    SIDE,
    averaged,
    clean,
    exposures,
    recordings,
    scene,
    shifted_scene,
    write,
)

from livecare.errors import UsageError
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.training.pairs import PairSettings, noisy_stacks, successive_pairs, twin_pairs
from livecare.training.pairs.footage import lock_frames
from livecare.training.pairs.partners import Neighbours
from livecare.training.pairs.protocol import PatchSource
from livecare.training.pairs.reading import FrameReader
from livecare.training.pairs.recordings import find_recordings
from livecare.training.pairs.signal import SignalMap
from livecare.training.pairs.stillness import is_still

SETTINGS = PairSettings(patch_px=32, augment=False)


def residual(source: PatchSource) -> float:
    patches = source.batch(64, 32, np.random.default_rng(0))
    assert patches.target is not None
    return float((patches.source - patches.target).std() / patches.source.std())


def test_a_still_scene_is_compared_with_means_of_other_frames(tmp_path: Path) -> None:
    paths = recordings(tmp_path, 2, 20)
    still = successive_pairs(paths, SETTINGS)
    neighbours = successive_pairs(paths, SETTINGS, static=False)
    assert "none of the 2 recordings moves: each frame is compared with the mean of the others" in (
        still.notes
    )
    assert any(note.startswith("all 2 recordings move: ") for note in neighbours.notes)
    # a mean of 16 has a sixteenth of the noise: √(1 + 1/16) against √2
    assert residual(still) / residual(neighbours) == pytest.approx((17 / 32) ** 0.5, rel=0.05)


def test_a_moving_scene_is_compared_with_neighbours(tmp_path: Path) -> None:
    frames = [exposures(shifted_scene(0.4 * t, 0), 1, t)[0] for t in range(20)]
    source = successive_pairs([write(tmp_path / "moves.ome.tif", np.stack(frames))], SETTINGS)
    assert "moves.ome.tif moves: each frame is compared with its neighbours" in source.notes
    assert any("the last 2 of 20 frames" in note for note in source.notes)


def test_a_stack_is_still_only_if_all_of_its_planes_are(tmp_path: Path) -> None:
    below = np.full((SIDE, SIDE), 2.0)
    moving = [shifted_scene(0.4 * t, 0) for t in range(20)]
    for name, upper in (("moves", moving), ("still", [scene()] * 20)):
        frames = [exposures(np.stack([below, each]), 1, t)[0] for t, each in enumerate(upper)]
        path = write(tmp_path / f"{name}.ome.tif", np.stack(frames), "TZYX")
        assert is_still(find_recordings([path])[0], FrameReader(1 << 26)) is (name == "still")


def test_a_still_scene_is_not_judged_by_itself(tmp_path: Path) -> None:
    source = successive_pairs(recordings(tmp_path, 1, 20), SETTINGS)
    assert any("rows of" in note for note in source.notes)


def test_real_repeats_count_as_still_and_a_calcium_movie_does_not(recorded_data: Path) -> None:
    settings = PairSettings(patch_px=64)
    cells = successive_pairs(
        [recorded_data / "nandb_fkbp" / f"well2_cell{cell}_before.tif" for cell in (1, 3)], settings
    )
    assert any(note.startswith("none of the 2 recordings moves") for note in cells.notes)
    movie = successive_pairs([recorded_data / "timelapse" / "fura2_pc12_380.tif"], settings)
    assert any("fura2_pc12_380.tif moves: " in note for note in movie.notes)


def test_photons_of_real_counts_are_kept(recorded_data: Path) -> None:
    settings = PairSettings(patch_px=64, noise=CameraNoise(1.0), kind="anscombe")
    path = recorded_data / "nandb_fkbp" / "well1_cell2_before.tif"
    patches = successive_pairs([path], settings).batch(48, 64, np.random.default_rng(0))
    assert patches.target is not None
    difference = patches.source - patches.target
    assert float(difference.mean()) == pytest.approx(0, abs=0.02)
    assert float(difference.std()) == pytest.approx(1, abs=0.2)


def test_two_recordings_are_compared_frame_by_frame(tmp_path: Path) -> None:
    first = recordings(tmp_path / "a", 2, 3)
    for each in range(2):
        write(tmp_path / "b" / f"cell{each}.ome.tif", exposures(scene(each), 3, 50 + each))
    source = twin_pairs(first, [tmp_path / "b"], SETTINGS)
    neighbours = successive_pairs(first, SETTINGS, static=False)
    assert residual(source) == pytest.approx(residual(neighbours), rel=0.05)
    assert len(source.notes) == 1


def test_twins_are_shifted_by_whole_pixels_only(tmp_path: Path) -> None:
    first = write(tmp_path / "a.ome.tif", exposures(scene(), 2))
    second = write(tmp_path / "b.ome.tif", exposures(shifted_scene(2.4, 0), 2, 9))
    with pytest.raises(UsageError, match=r"a\.ome\.tif and b\.ome\.tif.*--align"):
        twin_pairs([first], [second], SETTINGS)
    source = twin_pairs([first], [second], PairSettings(patch_px=32, augment=False, align=True))
    assert any("pixels apart" in note for note in source.notes)
    patches = source.batch(16, 32, np.random.default_rng(0))
    counts = patches.target * _width(source) + _low(source)
    assert np.abs(counts - np.rint(counts)).max() < 0.01  # never interpolated


def test_one_noisy_frame_is_no_target_of_many(tmp_path: Path) -> None:
    many, one = recordings(tmp_path, 1, 12)[0], recordings(tmp_path / "one", 1, 1)[0]
    with pytest.raises(UsageError, match=r"has one frame for the 12 of cell0.*as many frames"):
        twin_pairs([many], [one], SETTINGS)


def _low(source: PatchSource) -> float:
    return source.provenance["recordings"][0]["units"]["low"]


def _width(source: PatchSource) -> float:
    return source.provenance["recordings"][0]["units"]["high"] - _low(source)


def test_twins_of_other_brightness_are_noted(tmp_path: Path) -> None:
    first = write(tmp_path / "a.ome.tif", exposures(scene(), 2))
    second = write(tmp_path / "b.ome.tif", exposures(scene(), 2, 9, gain=4))
    notes = twin_pairs([first], [second], SETTINGS).notes
    assert any("times as bright as a.ome.tif" in note for note in notes)


def _correlated(frames: np.ndarray) -> np.ndarray:
    spread = (frames + np.roll(frames, 1, 1) + np.roll(frames, 1, 2)) / 3
    return np.rint(spread).astype(np.uint16)


def _striped(frames: np.ndarray) -> np.ndarray:
    rows = np.random.default_rng(3).normal(0, 12, (len(frames), SIDE, 1))
    return np.clip(np.rint(frames + rows), 0, 65535).astype(np.uint16)


@pytest.mark.parametrize("change", [_correlated, _striped])
def test_noise_that_neighbours_share_is_noted(tmp_path: Path, change) -> None:  # noqa: ANN001
    path = write(tmp_path / "cell.ome.tif", change(exposures(scene(), 12)))
    notes = noisy_stacks([path], SETTINGS).notes
    assert any("pixel-wise independence violated: use structn2v" in note for note in notes)
    quiet = noisy_stacks([path], SETTINGS, pixelwise=False).notes
    assert not any("structn2v" in note for note in quiet)


def test_strongly_shared_noise_is_learnt_from_as_it_is_restored(tmp_path: Path) -> None:
    frames = [averaged(exposures(scene(each), 20, each)) for each in range(2)]
    paths = [write(tmp_path / f"cell{at}.ome.tif", each) for at, each in enumerate(frames)]
    settings = PairSettings(patch_px=SIDE // 2, kind="anscombe", augment=False)
    source = successive_pairs(paths, settings)
    assert any("cell0.ome.tif, cell1.ome.tif that the network learns" in n for n in source.notes)
    patches = source.batch(6, SIDE // 2, np.random.default_rng(0))
    assert patches.target is not None
    assert float((patches.source - patches.target).std()) == pytest.approx(1, abs=0.15)
    quarters = []
    for told, recording in zip(source.provenance["recordings"], frames, strict=True):
        units = told["units"]
        noise = CameraNoise(units["gain"], units["offset"], units["read_noise"], 2)
        assert units["binning"] == noise.binning
        for frame in recording:
            mosaic = np.empty(frame.shape, np.float32)
            NoiseUnits(noise).normalise(frame, mosaic)
            quarters.append(mosaic[: SIDE // 2, : SIDE // 2])
    for patch in patches.source[:, 0]:
        assert any(np.allclose(patch, quarter, atol=1e-4) for quarter in quarters)


def test_means_of_pixels_need_twice_the_room(tmp_path: Path) -> None:
    path = write(tmp_path / "cell.ome.tif", averaged(exposures(scene(), 20)))
    settings = PairSettings(patch_px=32, kind="anscombe")
    with pytest.raises(UsageError, match=r"96 rows .*32 pixels, each the mean of 2 × 2.*--patch"):
        successive_pairs([path], settings)
    two = [path, write(tmp_path / "other.ome.tif", averaged(exposures(scene(1), 20, 1)))]
    with pytest.raises(UsageError, match=r"96 × 96 pixels .*56 pixels, each the mean of 2 × 2"):
        successive_pairs(two, PairSettings(patch_px=56, kind="anscombe"))


def test_white_noise_is_not_noted(tmp_path: Path) -> None:
    for frames in (1, 12):
        path = recordings(tmp_path / str(frames), 1, frames)[0]
        assert not any("structn2v" in note for note in noisy_stacks([path], SETTINGS).notes)


def test_signal_is_preferred_and_background_is_kept() -> None:
    frame = np.full((256, 256), 100, np.float32)
    frame[200:240, 16:48] = 200
    signal = SignalMap.of(frame)
    rng = np.random.default_rng(0)
    region = (slice(0, 256), slice(0, 256))
    corners = [signal.draw_corner(32, region, rng) for _ in range(400)]
    lit = [frame[y : y + 32, x : x + 32].max() > 150 for y, x in corners]
    assert 0.75 < np.mean(lit) < 0.95
    assert all(frame[y : y + 32, x : x + 32].shape == (32, 32) for y, x in corners)


def test_memory_is_bounded_and_patches_still_come(tmp_path: Path) -> None:
    paths = recordings(tmp_path, 3, 20)
    limit = 6 * SIDE * SIDE * 2
    settings = PairSettings(patch_px=32, cache_bytes=limit)
    source = noisy_stacks(paths, settings)
    drawn = source.batch(64, 32, np.random.default_rng(0)).source
    assert len({patch.tobytes() for patch in drawn}) > 60
    reader = FrameReader(limit)
    recording = find_recordings(paths[:1])[0]
    for frame in range(20):
        assert reader.read(recording, frame).shape == (SIDE, SIDE)
        assert sum(kept.nbytes for kept in reader._kept.values()) <= limit
    assert np.array_equal(reader.read(recording, 0), tifffile.imread(paths[0])[0])


def test_files_are_closed_when_nobody_reads_them_any_more(tmp_path: Path) -> None:
    path = recordings(tmp_path, 1, 2)[0]
    reader = FrameReader(1 << 20)
    reader.read(find_recordings([path])[0], 0)
    opened = list(reader._open.values())
    del reader
    gc.collect()
    with pytest.raises(Exception, match="closed"):
        opened[0].read(t=1)


def test_planes_of_a_stack_are_frames_and_lock_in_the_order_of_restoring(tmp_path: Path) -> None:
    frames = exposures(scene(), 12).reshape(3, 4, SIDE, SIDE)
    path = write(tmp_path / "stack.ome.tif", frames, "TZYX")
    recording = find_recordings([path])[0]
    assert (recording.size_t, recording.size_z, recording.frames) == (3, 4, 12)
    order = [recording.place(frame) for frame in lock_frames(recording, SETTINGS)]
    assert order == [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]
    in_noise_units = PairSettings(kind="anscombe")
    order = [recording.place(frame) for frame in lock_frames(recording, in_noise_units)]
    assert order == [(0, 2), (1, 2), (2, 2)]
    reader = FrameReader(1 << 20)
    assert np.array_equal(reader.read(recording, 5), frames[2, 1])
    assert recording.label(5) == "stack.ome.tif, frame 2, plane 1"
    neighbours = Neighbours(recording, reader)
    place, rng = (slice(0, 8), slice(0, 8)), np.random.default_rng(0)
    target = neighbours.target(6, range(12), place, rng)  # t=0 of plane 2: only t=1 is beside it
    assert target is not None
    assert np.array_equal(target.counts, frames[1, 2, :8, :8])


def test_frames_without_noise_teach_no_window_surprises(tmp_path: Path) -> None:
    smooth = np.stack([clean(scene()), clean(scene()) + 1])
    source = noisy_stacks([write(tmp_path / "smooth.ome.tif", smooth)], SETTINGS, pixelwise=False)
    patches = source.batch(8, 32, np.random.default_rng(0))
    assert np.isfinite(patches.source).all()
