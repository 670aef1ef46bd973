import numpy as np
import pytest

from livecare.errors import ConfigError, UsageError
from livecare.simulation import Camera
from livecare.training.pairs import Microscope, PairSettings, SyntheticPatches
from livecare.training.pairs import synthetic as module
from livecare.training.pairs.protocol import UnitsKind


@pytest.fixture(autouse=True)
def _few_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "POOL_FIELDS", 4)
    monkeypatch.setattr(module, "FIELD_PX", 96)
    monkeypatch.setattr(module, "VALIDATION_FIELDS", 2)


@pytest.mark.parametrize("kind", ["fixed", "anscombe"])
def test_frame_and_truth_agree_on_average(kind: UnitsKind) -> None:
    microscope = Microscope(Camera(3.0, 200.0, 1.2), photons=(5.0, 80.0), psf_sigma_px=1.3)
    source = SyntheticPatches(microscope, PairSettings(patch_px=48, kind=kind))
    patches = source.batch(48, 48, np.random.default_rng(0))
    assert patches.target is not None
    difference = patches.source - patches.target
    assert float(difference.mean()) == pytest.approx(0, abs=0.03)
    if kind == "anscombe":
        assert float(difference.std()) == pytest.approx(1, abs=0.1)
        assert source.units.noise == microscope.noise


def test_the_same_seed_gives_the_same_pairs_and_validation_stays() -> None:
    first, second = (SyntheticPatches(Microscope(), PairSettings(patch_px=32)) for _ in range(2))
    one, other = (each.batch(8, 32, np.random.default_rng(3)) for each in (first, second))
    assert np.array_equal(one.source, other.source)
    before, after = first.validation(32), first.validation(32)
    assert np.array_equal(before[0].source, after[0].source)
    assert sum(len(each.source) for each in before) == 64


def test_fields_are_replaced_as_training_goes_on() -> None:
    source = SyntheticPatches(Microscope(), PairSettings(patch_px=32))
    source.batch(1, 32, np.random.default_rng(0))
    before = list(source._pool)
    for _ in range(module.REFRESH_BATCHES):
        source.batch(1, 32, np.random.default_rng(0))
    assert sum(a is not b for a, b in zip(before, source._pool, strict=True)) == 1


def test_the_psf_decides_how_fine_detail_is() -> None:
    rough = []
    for sigma_px in (0.8, 3.0):
        microscope = Microscope(psf_sigma_px=sigma_px)
        rng = np.random.default_rng(0)
        fields = [microscope.draw_light(96, rng) for _ in range(6)]
        rough.append(np.mean([np.abs(np.diff(field)).mean() / field.std() for field in fields]))
    assert rough[0] > 1.3 * rough[1]


def test_larger_patches_than_fields_are_refused() -> None:
    source = SyntheticPatches(Microscope(), PairSettings(patch_px=32))
    with pytest.raises(UsageError, match="larger than the simulated fields of 96"):
        source.batch(1, 128, np.random.default_rng(0))


@pytest.mark.parametrize("wrong", [{"photons": (5.0, 1.0)}, {"psf_sigma_px": 0.0}])
def test_impossible_microscopes_are_named(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        Microscope(**wrong)
