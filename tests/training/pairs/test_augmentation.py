from pathlib import Path

import numpy as np
import pytest
from pair_files import averaged, clean, exposures, recordings, scene, write

from livecare.models.anscombe import CameraNoise
from livecare.training.pairs import PairSettings, PatchSource, care_pairs, successive_pairs
from livecare.training.pairs import augmentation as module

CAMERA = CameraNoise(2.0, 100.0, 1.0)
SETTINGS = PairSettings(patch_px=32, kind="anscombe", noise=CAMERA)


@pytest.fixture(params=[0.0, 1.0], ids=["as recorded", "dimmed"])
def _dimmed_share(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    monkeypatch.setattr(module, "DIMMED_SHARE", request.param)
    share: float = request.param
    return share


def _difference(source: PatchSource) -> tuple[float, float]:
    patches = source.batch(128, 32, np.random.default_rng(0))
    assert patches.target is not None
    difference = patches.source - patches.target
    return float(difference.mean()), float(difference.std())


@pytest.mark.usefixtures("_dimmed_share")
def test_noise_keeps_its_variance_of_one_against_clean_targets(tmp_path: Path) -> None:
    for each in range(3):
        write(tmp_path / "low" / f"{each}.ome.tif", exposures(scene(each), 1, each))
        write(tmp_path / "high" / f"{each}.ome.tif", clean(scene(each), 8, 300)[np.newaxis])
    mean, spread = _difference(care_pairs([tmp_path / "low"], [tmp_path / "high"], SETTINGS))
    assert mean == pytest.approx(0, abs=0.04)
    assert spread == pytest.approx(1, abs=0.08)


@pytest.mark.usefixtures("_dimmed_share")
def test_noise_keeps_its_variance_of_two_against_noisy_targets(tmp_path: Path) -> None:
    source = successive_pairs(recordings(tmp_path, 3, 4), SETTINGS, static=False)
    mean, spread = _difference(source)
    assert mean == pytest.approx(0, abs=0.04)
    assert spread == pytest.approx(2**0.5, abs=0.1)


@pytest.mark.usefixtures("_dimmed_share")
def test_noise_of_means_keeps_its_variance_where_pixels_share_theirs(tmp_path: Path) -> None:
    for each in range(3):
        frames = averaged(exposures(scene(each), 20, each))
        write(tmp_path / f"{each}.ome.tif", frames)
    source = successive_pairs([tmp_path], PairSettings(patch_px=32, kind="anscombe"))
    mean, spread = _difference(source)  # from the mean of 16 others
    assert mean == pytest.approx(0, abs=0.04)
    assert spread == pytest.approx((17 / 16) ** 0.5, abs=0.1)


def test_dimmed_patches_are_darker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = recordings(tmp_path, 3, 4)
    means = []
    for share in (0.0, 1.0):
        monkeypatch.setattr(module, "DIMMED_SHARE", share)
        patches = successive_pairs(paths, SETTINGS).batch(64, 32, np.random.default_rng(0))
        means.append(float(patches.source.mean()))
    assert means[1] < 0.9 * means[0]


def test_windows_move_for_source_and_target_alike(tmp_path: Path) -> None:
    paths = recordings(tmp_path, 3, 20)
    plain, moved = (
        successive_pairs(paths, PairSettings(patch_px=32, augment=augment))
        for augment in (False, True)
    )
    assert _difference(moved)[0] == pytest.approx(0, abs=0.01)
    assert _difference(moved)[1] == pytest.approx(_difference(plain)[1], rel=0.1)
