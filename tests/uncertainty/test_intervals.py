"""The map of scales: how it is checked, kept in a package, and applied by an engine."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from sure_models import write_sure

from livecare.engines import make_engine
from livecare.errors import ConfigError, EngineError, ModelError
from livecare.models import Model
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.models.uncertainty.copying import write_recalibrated
from livecare.models.uncertainty.intervals import Intervals

pytest.importorskip("onnxruntime")

MAP = Intervals((0.1, 0.4), (0.5, 2.0), {"frames": 3})
UNITS = NoiseUnits(CameraNoise(2.0, 100.0, 1.5))
FRAME = np.random.default_rng(3).integers(110, 400, (1, 40, 56)).astype(np.uint16)


def spread_of(model: Model, units: NoiseUnits = UNITS) -> np.ndarray:
    engine = make_engine("onnxruntime")
    engine.load(model, 1)
    restored, spread = (np.empty(FRAME.shape, np.float32) for _ in range(2))
    engine.infer(FRAME, restored, [units], spread)
    engine.close()
    return spread


def test_between_knots_the_new_scale_is_interpolated_and_beyond_the_factor_stays() -> None:
    scales = np.array([0.05, 0.1, 0.25, 0.4, 4.0], np.float32)
    MAP.apply(scales)
    assert scales == pytest.approx([0.025, 0.05, (0.05 + 0.8) / 2, 0.8, 8.0])


def test_order_is_kept() -> None:
    scales = np.linspace(1e-3, 2, 500, dtype=np.float32)
    before = scales.copy()
    Intervals((0.1, 0.2, 0.5), (3.0, 1.5, 0.8)).apply(scales)
    assert (np.diff(scales) >= -1e-6).all()
    assert not np.allclose(scales, before)


def test_one_factor_is_one_factor() -> None:
    scales = np.array([0.01, 3.0], np.float32)
    Intervals((1.0,), (1.5,)).apply(scales)
    assert scales == pytest.approx([0.015, 4.5])
    assert Intervals((1.0,), (1.5,)).words == "recalibrated: scales times 1.50 to 1.50"


@pytest.mark.parametrize(
    ("scales", "factors"),
    [
        ((), ()),
        ((0.1,), (1.0, 2.0)),
        ((0.2, 0.1), (1.0, 1.0)),
        ((0.1, 0.2), (1.0, 0.4)),
        ((0.1, float("nan")), (1.0, 1.0)),
        ((0.0, 0.2), (1.0, 1.0)),
        ((0.1, 0.2), (-1.0, 1.0)),
    ],
)
def test_what_is_no_rising_map_is_refused(
    scales: tuple[float, ...], factors: tuple[float, ...]
) -> None:
    with pytest.raises(ConfigError, match="intervals"):
        Intervals(scales, factors)


def test_a_package_keeps_them_and_a_copy_replaces_them(tmp_path: Path) -> None:
    plain = write_sure(tmp_path / "plain")
    assert plain.intervals is None

    first = write_recalibrated(plain, MAP, tmp_path / "first")
    other = Intervals((1.0,), (3.0,), {"frames": 9})
    second = write_recalibrated(first, other, tmp_path / "second")

    assert Model.load(first.folder).intervals == MAP
    assert Model.load(second.folder).intervals == other
    assert Model.load(plain.folder).intervals is None
    assert replace(second, intervals=None, folder=plain.folder, onnx_path=plain.onnx_path) == plain
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first", "plain", "second"]
    with pytest.raises(ModelError, match="exists"):
        write_recalibrated(plain, MAP, tmp_path / "first")


def test_a_copy_of_what_nobody_may_write_to_is_its_owners(tmp_path: Path) -> None:
    plain = write_sure(tmp_path / "plain")
    held = [plain.folder, *plain.folder.iterdir()]
    for each in held:
        each.chmod(0o555 if each.is_dir() else 0o444)
    copy = write_recalibrated(plain, MAP, tmp_path / "copy").folder
    assert all(each.stat().st_mode & 0o200 for each in (copy, *copy.iterdir()))
    for each in held:  # so that it can be removed
        each.chmod(0o755)


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"scales": [1.0]}, "intervals.factors"),
        ({"scales": [1.0], "factors": ["a"]}, "no numbers"),
        ({"scales": [1.0], "factors": [True]}, "no numbers"),
        ({"scales": [1.0, 0.5], "factors": [1.0, 1.0]}, "no map"),
        ({"scales": [10**400], "factors": [1.0]}, "no map"),
        ({"scales": [1.0], "factors": [1.0], "provenance": 3}, "intervals"),
        ([1.0], "intervals"),
    ],
)
def test_a_package_with_wrong_ones_is_refused(tmp_path: Path, wrong: object, fault: str) -> None:
    folder = write_sure(tmp_path / "sure").folder
    file = folder / "bioimageio.yaml"
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    content["config"]["livecare"]["intervals"] = wrong
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(ModelError, match=fault):
        Model.load(folder)


def test_an_engine_gives_the_spread_of_the_recalibrated_scales(tmp_path: Path) -> None:
    model = write_sure(tmp_path / "sure", scale=0.25)
    wider = write_sure(tmp_path / "wider", scale=0.25 * 1.7)

    recalibrated = spread_of(replace(model, intervals=Intervals((1.0,), (1.7,))))

    assert recalibrated == pytest.approx(spread_of(wider), rel=1e-5)
    assert (recalibrated > 1.5 * spread_of(model)).all()


def test_so_it_does_where_pixels_are_laid_out_as_a_mosaic(tmp_path: Path) -> None:
    units = NoiseUnits(CameraNoise(2.0, 100.0, 1.5, binning=2))
    model = write_sure(tmp_path / "sure", scale=0.25)
    wider = write_sure(tmp_path / "wider", scale=0.25 * 1.7)
    recalibrated = spread_of(replace(model, intervals=Intervals((1.0,), (1.7,))), units)
    assert recalibrated == pytest.approx(spread_of(wider, units), rel=1e-5)


def test_the_restored_frame_stays_as_it_is(tmp_path: Path) -> None:
    model = write_sure(tmp_path / "sure")
    made = []
    for each in (model, replace(model, intervals=MAP)):
        engine = make_engine("onnxruntime")
        engine.load(each, 1)
        restored, spread = (np.empty(FRAME.shape, np.float32) for _ in range(2))
        engine.infer(FRAME, restored, [UNITS], spread)
        made.append(restored)
    assert np.array_equal(made[0], made[1])


def test_a_model_that_is_no_ensemble_has_no_disagreement(tmp_path: Path) -> None:
    engine = make_engine("onnxruntime")
    engine.load(write_sure(tmp_path / "sure"), 1)
    rooms = [np.empty(FRAME.shape, np.float32) for _ in range(3)]
    with pytest.raises(EngineError, match="no ensemble"):
        engine.infer(FRAME, rooms[0], [UNITS], rooms[1], rooms[2])  # type: ignore[call-arg]
