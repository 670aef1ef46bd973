from pathlib import Path

import numpy as np
import pytest
import tifffile
from pair_files import clean, exposures, recordings, scene, shifted_scene, write, write_store

from livecare.errors import UsageError
from livecare.frame import Position
from livecare.training.pairs import PairSettings, care_pairs
from livecare.training.pairs.matching import match_recordings
from livecare.training.pairs.protocol import UnitsKind
from livecare.training.pairs.recordings import find_recordings

SETTINGS = PairSettings(patch_px=32, augment=False)


def pair_folders(folder: Path, number: int = 4, gain: float = 8.0) -> tuple[Path, Path]:
    for each in range(number):
        write(folder / "low" / f"f{each}.ome.tif", exposures(scene(each), 1, each))
        write(folder / "high" / f"f{each}.ome.tif", clean(scene(each), gain, 300)[np.newaxis])
    return folder / "low", folder / "high"


def test_targets_are_the_clean_pictures_in_the_noisy_ones_units(tmp_path: Path) -> None:
    low, high = pair_folders(tmp_path)
    source = care_pairs([low], [high], SETTINGS)
    patches = source.batch(64, 32, np.random.default_rng(0))
    assert patches.source.shape == (64, 1, 32, 32)
    assert patches.target is not None
    assert patches.source.mean() / patches.target.mean() == pytest.approx(1, abs=0.02)
    assert any("times as bright" in note for note in source.notes)
    assert patches.target.std() > 0.8 * patches.source.std()


@pytest.mark.parametrize("kind", ["fixed", "per-frame", "anscombe"])
def test_clean_and_noisy_agree_on_average_in_all_units(tmp_path: Path, kind: UnitsKind) -> None:
    low, high = pair_folders(tmp_path)
    source = care_pairs([low], [high], PairSettings(patch_px=32, kind=kind))
    patches = source.batch(96, 32, np.random.default_rng(1))
    assert patches.target is not None
    difference = patches.source - patches.target
    assert difference.mean() == pytest.approx(0, abs=0.03 * float(patches.source.std()))
    if kind == "anscombe":
        assert difference.std() == pytest.approx(1, abs=0.15)


def test_the_same_seed_gives_the_same_patches(tmp_path: Path) -> None:
    low, high = pair_folders(tmp_path)
    first, second = (
        care_pairs([low], [high], PairSettings(patch_px=32)).batch(8, 32, np.random.default_rng(5))
        for _ in range(2)
    )
    assert np.array_equal(first.source, second.source)


def test_validation_is_fixed_and_from_recordings_kept_apart(tmp_path: Path) -> None:
    low, high = pair_folders(tmp_path)
    source = care_pairs([low], [high], SETTINGS)
    source.batch(8, 32, np.random.default_rng(0))
    once, again = source.validation(32), source.validation(32)
    assert len(once) == 4
    assert all(np.array_equal(a.source, b.source) for a, b in zip(once, again, strict=True))
    assert any("1 of 4 recordings kept apart" in note for note in source.notes)


def test_one_pair_is_split_in_space(tmp_path: Path) -> None:
    low, high = pair_folders(tmp_path, 1)
    source = care_pairs([low], [high], SETTINGS)
    assert any("of 96 rows" in note for note in source.notes)
    assert source.batch(2, 32, np.random.default_rng(0)).source.shape == (2, 1, 32, 32)


def test_names_pair_files_whatever_their_order(tmp_path: Path) -> None:
    for each in range(3):
        write(tmp_path / "a" / f"{each}_raw.tif", exposures(scene(each), 1, each)[0], "YX")
        write(tmp_path / "b" / f"gt_{each}.tif", clean(scene(each)), "YX")
    lows = sorted((tmp_path / "a").iterdir())
    highs = sorted((tmp_path / "b").iterdir(), reverse=True)
    source = care_pairs(lows, highs, SETTINGS)
    patches = source.batch(32, 32, np.random.default_rng(0))
    assert np.corrcoef(patches.source.ravel(), patches.target.ravel())[0, 1] > 0.8


def test_order_pairs_files_of_other_names_and_is_said(tmp_path: Path) -> None:
    for each, name in enumerate("xyz"):
        write(tmp_path / "a" / f"{each}.tif", exposures(scene(each), 1, each)[0], "YX")
        write(tmp_path / "b" / f"{name}.tif", clean(scene(each)), "YX")
    source = care_pairs([tmp_path / "a"], [tmp_path / "b"], SETTINGS)
    assert any("in the order of their names" in note for note in source.notes)


def test_files_in_the_wrong_order_are_noticed(tmp_path: Path) -> None:
    for each, name in enumerate("zyx"):
        write(tmp_path / "a" / f"{each}.tif", exposures(scene(each), 1, each)[0], "YX")
        write(tmp_path / "b" / f"{name}.tif", clean(scene(each)), "YX")
    with pytest.raises(UsageError, match=r"0\.tif, frame 0.*nothing in common"):
        care_pairs([tmp_path / "a"], [tmp_path / "b"], SETTINGS)


def test_unequal_numbers_name_what_has_no_partner(tmp_path: Path) -> None:
    low, high = pair_folders(tmp_path)
    (high / "f2.ome.tif").unlink()
    with pytest.raises(UsageError, match=r"4 recordings .* and 3 .*f2\.ome\.tif"):
        care_pairs([low], [high], SETTINGS)


def test_unequal_shapes_are_named(tmp_path: Path) -> None:
    low, high = pair_folders(tmp_path, 2)
    write(high / "f1.ome.tif", clean(scene(1, 80))[np.newaxis])
    with pytest.raises(UsageError, match=r"f1\.ome\.tif has frames of 96 × 96 .* 80 × 80"):
        care_pairs([low], [high], SETTINGS)


def test_unequal_frames_are_named(tmp_path: Path) -> None:
    low = write(tmp_path / "low.ome.tif", exposures(scene(), 5))
    high = write(tmp_path / "high.ome.tif", np.stack([clean(scene())] * 3))
    with pytest.raises(UsageError, match=r"5 time points .* 3 of 1; give as many"):
        care_pairs([low], [high], SETTINGS)


def test_one_clean_frame_serves_all_noisy_ones(tmp_path: Path) -> None:
    low = write(tmp_path / "low.ome.tif", exposures(scene(), 12))
    high = write(tmp_path / "high.ome.tif", clean(scene())[np.newaxis])
    source = care_pairs([low], [high], SETTINGS)
    assert any("of 96 rows" in note for note in source.notes), "later frames have its target, too"


def test_frames_are_paired_by_their_time_points(tmp_path: Path) -> None:
    for name, lost in (("low", 1), ("high", 2)):
        light = exposures(scene(), 4, 0 if name == "low" else 1)
        frames = {Position(t): each for t, each in enumerate(light) if t != lost}
        write_store(tmp_path / name / "run.ome.zarr", frames)
    sides = [find_recordings([tmp_path / name]) for name in ("low", "high")]
    [(low, high)] = match_recordings(*sides).pairs
    for each in (low, high):
        assert [each.place(frame) for frame in range(each.frames)] == [(0, 0), (3, 0)]
        assert each.left_out == 2


def test_planes_that_show_nothing_are_matched_as_the_others(tmp_path: Path) -> None:
    empty = np.full_like(scene(), scene().min())
    light = np.stack([empty, scene(), scene(), empty])
    low = write(tmp_path / "low.ome.tif", exposures(light, 1)[0], "ZYX")
    bright = np.random.default_rng(0).poisson(4 * light).astype(np.uint16)
    high = write(tmp_path / "high.ome.tif", bright, "ZYX")
    source = care_pairs([low], [high], SETTINGS)
    assert any("2 of 4 frames show nothing; their brightness" in note for note in source.notes)
    assert not any("hardly less grainy" in note for note in source.notes)
    patches = source.batch(64, 32, np.random.default_rng(0))
    assert patches.target is not None
    assert patches.source.mean() / patches.target.mean() == pytest.approx(1, abs=0.03)


def test_frames_of_another_field_in_a_stack_are_noticed(tmp_path: Path) -> None:
    low = write(tmp_path / "low.ome.tif", exposures(np.stack([scene(), scene(1)]), 1)[0])
    high = write(tmp_path / "high.ome.tif", np.stack([clean(scene()), clean(scene(2))]))
    with pytest.raises(UsageError, match=r"low\.ome\.tif, frame 1 and .*nothing in common"):
        care_pairs([low], [high], SETTINGS)


def test_swapped_sides_are_noticed(tmp_path: Path) -> None:
    low, high = pair_folders(tmp_path)
    with pytest.raises(UsageError, match=r"times as grainy as .*exchange --low and --high"):
        care_pairs([high], [low], SETTINGS)


def test_two_noisy_sides_are_noted(tmp_path: Path) -> None:
    for each in range(2):
        write(tmp_path / "low" / f"{each}.ome.tif", exposures(scene(each), 1, each))
        write(tmp_path / "high" / f"{each}.ome.tif", exposures(scene(each), 1, each + 10))
    source = care_pairs([tmp_path / "low"], [tmp_path / "high"], SETTINGS)
    assert any("if both are noisy, use n2n" in note for note in source.notes)


def test_a_shift_is_refused_with_its_size_and_undone_with_align(tmp_path: Path) -> None:
    for each in range(3):
        write(tmp_path / "low" / f"{each}.ome.tif", exposures(scene(each), 1, each))
        moved = clean(shifted_scene(3.4, -2.0, each))
        write(tmp_path / "high" / f"{each}.ome.tif", moved[np.newaxis])
    sides = ([tmp_path / "low"], [tmp_path / "high"])
    with pytest.raises(UsageError, match=r"0\.ome\.tif .*shifted by -3\.\d+ rows.*--align"):
        care_pairs(*sides, SETTINGS)
    source = care_pairs(*sides, PairSettings(patch_px=32, augment=False, align=True))
    patches = source.batch(64, 32, np.random.default_rng(0))
    assert patches.target is not None
    residual = patches.source - patches.target
    truth = care_pairs([sides[0][0]], [_unmoved(tmp_path)], SETTINGS)
    best = truth.batch(64, 32, np.random.default_rng(0))
    assert residual.std() < 1.1 * (best.source - best.target).std()


def _unmoved(folder: Path) -> Path:
    for each in range(3):
        write(folder / "still" / f"{each}.ome.tif", clean(scene(each))[np.newaxis])
    return folder / "still"


def test_real_pairs_match_from_one_multichannel_file(tmp_path: Path, recorded_data: Path) -> None:
    for side, name in (("low", "input_avg1"), ("high", "target_avg400")):
        stack = tifffile.imread(recorded_data / "w2s8" / f"{name}_001-020.tif")
        write(tmp_path / f"{side}.tif", stack[:3, :, :256, :256], "SCYX")
    low, high = tmp_path / "low.tif", tmp_path / "high.tif"
    with pytest.raises(UsageError, match=r"3 channels.*--channel"):
        care_pairs([low], [high], SETTINGS)
    source = care_pairs([low], [high], PairSettings(patch_px=64, channel=1))
    patches = source.batch(32, 64, np.random.default_rng(0))
    assert patches.target is not None
    assert patches.source.mean() / patches.target.mean() == pytest.approx(1, abs=0.02)
    with pytest.raises(UsageError, match="seem to be swapped"):
        care_pairs([high], [low], PairSettings(patch_px=64, channel=1))


def test_recordings_of_two_pixel_types_are_refused(tmp_path: Path) -> None:
    low, high = recordings(tmp_path / "low", 2, 1), pair_folders(tmp_path / "other", 2)[1]
    write(low[1], exposures(scene(1), 1).astype(np.uint8))
    with pytest.raises(UsageError, match=r"uint16 pixels and cell1.ome.tif uint8"):
        care_pairs(low, [high], SETTINGS)
