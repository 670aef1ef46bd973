"""Models folded into one give what they give one by one, mixed; others are refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sure_models import write_sure

onnxruntime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from livecare.engines import make_engine
from livecare.engines.choosing import choose_engine, list_candidates
from livecare.engines.host_engine import HostEngine
from livecare.engines.onnx_files import read_network
from livecare.engines.protocol import Expected
from livecare.engines.tensorrt.estimate import keep_estimate
from livecare.ensembles import make_ensemble
from livecare.ensembles.mixture import mix
from livecare.errors import ModelError
from livecare.importers.validating import validate
from livecare.models import Model, load_bundled
from livecare.models.anscombe import CameraNoise
from livecare.models.noise_units import NoiseUnits
from livecare.models.sample import read_test_input, sample_of
from livecare.models.uncertainty.intervals import Intervals
from livecare.models.window import IntensityWindow

UNITS = IntensityWindow(0.0, 1.0)
VALUES = np.random.default_rng(8).uniform(5, 30, (1, 24, 37)).astype(np.float32)


def run(
    model: Model,
    frames: np.ndarray,
    normalisation: object = UNITS,
    engine: str = "onnxruntime",
) -> np.ndarray:
    """Return restored, spread and, of an ensemble, disagreement."""
    made = make_engine(engine)
    assert isinstance(made, HostEngine)
    made.load(model, 1)
    rooms = np.zeros((len(model.outputs), *frames.shape), np.float32)
    made.infer(frames, rooms[0], [normalisation], *rooms[1:])  # type: ignore[list-item]
    made.close()
    return rooms[:, 0]


def test_the_mixture_of_known_numbers() -> None:
    members = np.array([[[1.0], [0.3]], [[4.0], [0.4]], [[4.0], [0.5]]], np.float32)
    mean, scale, disagreement = mix(members)[:, 0]
    variance = 2.0  # of 1, 4 and 4
    assert mean == pytest.approx(3.0)
    assert disagreement == pytest.approx(np.sqrt(variance))
    assert 2 * scale**2 == pytest.approx(2 * (0.09 + 0.16 + 0.25) / 3 + variance)
    alone = mix(members[:, :1])[:, 0]
    assert 2 * alone[1] ** 2 == pytest.approx(variance)


def test_draws_from_the_members_have_the_variance_that_the_mixture_says() -> None:
    rng = np.random.default_rng(1)
    members = np.array([[[1.0], [0.3]], [[4.0], [0.4]], [[4.0], [0.5]]], np.float32)
    which = rng.integers(0, 3, 400_000)
    draws = members[which, 0, 0] + rng.laplace(0, members[which, 1, 0])
    mean, scale, _ = mix(members)[:, 0]
    assert draws.mean() == pytest.approx(mean, abs=0.01)
    assert draws.var() == pytest.approx(2 * scale**2, rel=0.01)


@pytest.mark.parametrize("scale", [0.25, None])
def test_the_folded_network_gives_what_the_members_give_one_by_one(
    tmp_path: Path, scale: float | None
) -> None:
    gains = (0.9, 1.0, 1.2)
    own = [None if scale is None else scale * gain for gain in gains]
    members = [
        write_sure(tmp_path / f"m{k}", gain, each)
        for k, (gain, each) in enumerate(zip(gains, own, strict=True))
    ]
    made, difference = make_ensemble(members, tmp_path / "made", "three together")

    assert made.outputs == ("estimate", "scale", "disagreement")
    assert made.name == "three together (ensemble of 3)"
    assert made.disagrees
    assert difference < 1e-5
    alone = np.stack([run(each, VALUES) for each in members])
    assert run(made, VALUES) == pytest.approx(mix(alone), rel=1e-4, abs=1e-5)


def test_real_models_and_real_units(tmp_path: Path) -> None:
    fast, other = load_bundled("default-fast"), load_bundled("default")
    made, _ = make_ensemble([fast, other], tmp_path / "made", "two together")

    values = read_test_input(fast)[:, 0, :80, :96]
    alone = np.stack([run(each, values) for each in (fast, other)])
    assert run(made, values) == pytest.approx(mix(alone), rel=1e-3, abs=2e-3)
    sample = sample_of(fast, "uint16", (80, 96))
    restored, spread, disagreement = run(made, sample.frame[None], sample.normalisation)
    assert abs(restored.mean() - sample.frame.mean()) < 5
    assert 0 < np.median(disagreement) < np.median(spread)


def test_disagreement_is_in_counts_at_the_pixels_own_slope(tmp_path: Path) -> None:
    members = [write_sure(tmp_path / f"m{gain}", gain) for gain in (0.98, 1.02)]
    made, _ = make_ensemble(members, tmp_path / "made", "two together")
    camera = CameraNoise(3.0, 50.0)
    counts = np.full((1, 30, 30), 50 + 3 * 400, np.uint16)
    restored, _, disagreement = run(made, counts, NoiseUnits(camera))
    ends = [run(each, counts, NoiseUnits(camera))[0] for each in members]
    assert restored.mean() == pytest.approx(1250, rel=0.01)
    assert disagreement.mean() == pytest.approx(abs(ends[1] - ends[0]).mean() / 2, rel=0.02)


def test_an_ensemble_is_a_package_like_any_other(tmp_path: Path) -> None:
    members = [
        write_sure(tmp_path / "a", 0.9, multiple_of=4, halo_px=2),
        write_sure(tmp_path / "b", 1.1, multiple_of=6, halo_px=5),
    ]
    made, _ = make_ensemble(members, tmp_path / "made", "two together")

    assert made.multiple_of == (12, 12)
    assert made.halo_px == (5, 5)
    assert [each["sha256"] for each in made.provenance["ensemble"]] == [m.sha256 for m in members]
    # The test frame has become a multiple of both strides.
    found = {each.what: each for each in validate(made.folder) if each.what != "test tensors"}
    assert all(each.good for each in found.values()), found
    sides = np.load(made.folder / "test_input.npy").shape[2:]
    assert sides == (36, 36)


def test_intervals_of_members_are_left_aside(tmp_path: Path) -> None:
    members = [write_sure(tmp_path / f"m{gain}", gain) for gain in (0.9, 1.1)]
    wide = [replace(each, intervals=Intervals((1.0,), (8.0,))) for each in members]
    plain, _ = make_ensemble(members, tmp_path / "plain", "two together")
    other, difference = make_ensemble(wide, tmp_path / "other", "two together")
    assert difference < 1e-5
    assert other.sha256 == plain.sha256
    assert other.intervals is None


def test_models_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    sure = write_sure(tmp_path / "sure")
    unsure = write_sure(tmp_path / "unsure", scale=None)
    window = write_sure(tmp_path / "window", kind="fixed")
    made, _ = make_ensemble([sure, write_sure(tmp_path / "b", 1.1)], tmp_path / "e", "two of them")
    for members, fault in (
        ([sure], "of 1"),
        ([sure] * 17, "of 17"),
        ([sure, unsure], "outputs"),
        ([sure, window], "units"),
        ([sure, sure], "twice"),
        ([made, replace(made, sha256="other")], "an ensemble itself"),
    ):
        with pytest.raises(ModelError, match=fault):
            make_ensemble(members, tmp_path / "none", "none at all")
    assert not (tmp_path / "none").exists()
    with pytest.raises(ModelError, match="exists"):
        make_ensemble([sure, write_sure(tmp_path / "c", 1.2)], tmp_path / "e", "two of them")
    assert not list(tmp_path.glob(".unfinished*"))


def test_the_way_of_a_live_run_takes_an_ensemble(tmp_path: Path) -> None:
    """Engines are tried on a model's sample and compared with fp32 before they serve."""
    members = [write_sure(tmp_path / f"m{gain}", gain, multiple_of=8) for gain in (0.9, 1.1)]
    made, _ = make_ensemble(members, tmp_path / "made", "two together")
    expected = Expected((50, 70), batch=3)
    engine = choose_engine(made, list_candidates("onnxruntime"), 1, expected).engine
    camera = NoiseUnits(CameraNoise(2.0, 100.0, 1.5))
    frames = np.random.default_rng(5).integers(90, 900, (3, 50, 70)).astype(np.uint16)
    restored = np.zeros_like(frames)
    engine.infer(frames, restored, [camera] * 3)
    engine.close()
    for number in range(3):
        alone = run(made, frames[number : number + 1], camera)[0]
        assert np.abs(restored[number] - alone).max() <= 0.5 + 1e-3


def test_other_engines_of_the_cpu_give_the_same(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    members = [write_sure(tmp_path / f"m{gain}", gain) for gain in (0.9, 1.1)]
    made, _ = make_ensemble(members, tmp_path / "made", "two together")
    assert run(made, VALUES, engine="openvino") == pytest.approx(
        run(made, VALUES), rel=1e-4, abs=1e-4
    )


def test_the_estimate_alone_can_be_cut_out_as_gpus_run_it(tmp_path: Path) -> None:
    """What a live run on a GPU computes: no scales, and no disagreement."""
    members = [write_sure(tmp_path / f"m{gain}", gain) for gain in (0.9, 1.1)]
    made, _ = make_ensemble(members, tmp_path / "made", "two together")
    whole = read_network(made.onnx_path.read_bytes(), "a test")
    cut = read_network(made.onnx_path.read_bytes(), "a test")
    keep_estimate(cut)

    def answer(content: bytes) -> np.ndarray:
        session = onnxruntime.InferenceSession(content)
        return np.asarray(session.run(None, {"raw": VALUES[None]})[0])

    alone, all_three = (answer(each.SerializeToString()) for each in (cut, whole))
    assert (alone.shape[1], all_three.shape[1]) == (1, 3)
    assert np.array_equal(alone[:, 0], all_three[:, 0])
    assert len(cut.graph.node) < len(whole.graph.node) - 8
