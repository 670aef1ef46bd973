"""What a training is told apart by, and what is known of its targets."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tifffile

pytest.importorskip("torch", reason="the extra 'train' is missing")

from livecare.errors import ConfigError
from livecare.simulation import Camera
from livecare.training import checkpoint, packing
from livecare.training import session as module
from livecare.training.methods import find_method
from livecare.training.order import Order
from livecare.training.pairs import Microscope, PairSettings
from livecare.training.recipe import forget
from livecare.training.schedule import Budget
from livecare.training.session import Session
from livecare.training.supply import Inputs, checksums, supply

SIDE = 64
CHANNELS = 2


class Begun(Exception):  # noqa: N818 it is no error
    """A training would begin or go on."""


@pytest.fixture(autouse=True)
def _no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a checkpoint, or go on from it, instead of training."""

    def begin(order: Order, *_: object, given: Mapping[str, Any], **__: object) -> None:
        checkpoint.load_checkpoint(order.out, given)
        checkpoint.save_checkpoint(order.out, given, {})
        raise Begun

    source = SimpleNamespace(units=PairSettings().units, notes=())
    supplied = SimpleNamespace(source=source, noise=None, target_noise=None)
    monkeypatch.setattr(module, "supply", lambda *_: supplied)
    monkeypatch.setattr(module, "train_network", begin)


def frames(*shape: int, seed: int = 0) -> np.ndarray:
    return 100 + np.random.default_rng(seed).poisson(20, (*shape, SIDE, SIDE)).astype(np.uint16)


def write(path: Path, seed: int = 0) -> Path:
    path.parent.mkdir(exist_ok=True)
    axes = {"axes": "TCYX"}
    tifffile.imwrite(path, frames(4, CHANNELS, seed=seed), metadata=axes, photometric="minisblack")
    return path


def begin(folder: Path, inputs: Inputs, **pairs: object) -> None:
    order = Order(find_method("n2v"), folder / "out", Budget(epochs=1))
    settings = PairSettings(**{"channel": "0", **pairs})  # type: ignore[arg-type]
    with pytest.raises(Begun):
        Session(order, inputs, settings).run(lambda _: None, lambda *_: None)


def names(recordings: Sequence[Path]) -> Inputs:
    return Inputs(recordings=recordings)


def test_patches_are_not_turned_where_the_noise_was_found_to_run_along_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[PairSettings] = []
    supplied = SimpleNamespace(
        source=SimpleNamespace(units=PairSettings().units, notes=()), noise=None, target_noise=None
    )

    def note(_: object, __: object, pairs: PairSettings) -> SimpleNamespace:
        given.append(pairs)
        return supplied

    monkeypatch.setattr(module, "supply", note)
    stack = frames(4).astype(np.float32)
    dragged = (stack + np.roll(stack, 1, axis=2)) / 2
    tifffile.imwrite(tmp_path / "dragged.tif", dragged, photometric="minisblack")
    order = Order(find_method("structn2v"), tmp_path / "out", Budget(epochs=1))
    with pytest.raises(Begun):
        Session(order, names([tmp_path / "dragged.tif"]), PairSettings()).run(
            lambda _: None, lambda *_: None
        )
    assert [pairs.along for pairs in given] == ["x"]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"channel": "1"}, "channel was '0', not '1'"),
        ({"align": True}, "align was False, not True"),
        ({"validation_part": 0.3}, "validation part"),
        ({"along": "x"}, "noise axis"),
    ],
)
def test_other_patches_of_the_same_recordings_are_refused(
    tmp_path: Path, changed: dict[str, object], named: str
) -> None:
    inputs = names([write(tmp_path / "cell.tif")])
    begin(tmp_path, inputs)
    with pytest.raises(ConfigError, match=named):
        begin(tmp_path, inputs, **changed)
    begin(tmp_path, inputs)


def test_recordings_are_told_by_what_is_in_them(tmp_path: Path) -> None:
    begin(tmp_path, names([write(tmp_path / "here" / "cell.tif")]))
    begin(tmp_path, names([write(tmp_path / "there" / "cell.tif")]))
    begin(tmp_path, names([tmp_path / "here"]))
    with pytest.raises(ConfigError, match=r"recordings was \['cell.tif [0-9a-f]{16}'\], not"):
        begin(tmp_path, names([write(tmp_path / "here" / "cell.tif", seed=1)]))


def test_each_side_of_pairs_and_a_calibration_count(tmp_path: Path) -> None:
    one, other = (write(tmp_path / f"{seed}.tif", seed) for seed in range(2))
    begin(tmp_path, Inputs(low=[one], high=[other], calibration=one))
    with pytest.raises(ConfigError, match="low side was"):
        begin(tmp_path, Inputs(low=[other], high=[one], calibration=one))
    with pytest.raises(ConfigError, match="calibration was"):
        begin(tmp_path, Inputs(low=[one], high=[other], calibration=other))


def test_a_recording_that_is_a_folder_is_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chunk = tmp_path / "cell.ome.zarr" / "0" / "c" / "0"
    chunk.parent.mkdir(parents=True)
    chunk.write_bytes(b"as")
    monkeypatch.setattr("livecare.training.identity.list_recordings", lambda path: [path])
    begin(tmp_path, names([tmp_path / "cell.ome.zarr"]))
    (chunk.parent / ".DS_Store").write_bytes(b"a file manager's")
    begin(tmp_path, names([tmp_path / "cell.ome.zarr"]))
    chunk.write_bytes(b"so")
    with pytest.raises(ConfigError, match=r"recordings was \['cell.ome.zarr "):
        begin(tmp_path, names([tmp_path / "cell.ome.zarr"]))


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (Microscope(photons=(2.0, 50.0)), "photons"),
        (Microscope(psf_sigma_px=1.5), "width of the PSF"),
        (Microscope(Camera(read_noise_e=3.0)), "simulated camera"),
    ],
)
def test_another_microscope_is_refused(tmp_path: Path, other: Microscope, named: str) -> None:
    begin(tmp_path, Inputs(microscope=Microscope()))
    with pytest.raises(ConfigError, match=f"{named} was"):
        begin(tmp_path, Inputs(microscope=other))


@pytest.mark.parametrize(("shape", "axes", "known"), [((12,), "TYX", 0.0), ((4, 3), "TZYX", None)])
def test_targets_are_clean_where_each_plane_has_repeats_enough(
    tmp_path: Path, shape: tuple[int, ...], axes: str, known: float | None
) -> None:
    path = tmp_path / "still.ome.tif"
    tifffile.imwrite(path, frames(*shape), metadata={"axes": axes}, ome=True)
    settings = PairSettings(patch_px=16, kind="anscombe")
    supplied = supply(find_method("n2n"), Inputs(recordings=[path], static=True), settings)
    assert supplied.target_noise == known


def test_beginning_anew_forgets_no_other_training(tmp_path: Path) -> None:
    for name in ("", "teacher", "member-2", "nuclei"):
        (tmp_path / name).mkdir(exist_ok=True)
        checkpoint.save_checkpoint(tmp_path / name, {}, {})
    forget(Order(find_method("n2v"), tmp_path, Budget(epochs=1)))
    assert [each.parent.name for each in tmp_path.rglob(checkpoint.FILE_NAME)] == ["nuclei"]


@pytest.mark.parametrize("settings", [{"looks": 1}, {"ensemble": 2}])
def test_no_fast_model_of_an_earlier_training_stays_beside_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, int]
) -> None:
    monkeypatch.setattr(packing, "_pack", lambda *_: None)
    earlier = tmp_path / packing.FAST_NAME / "bioimageio.yaml"
    earlier.parent.mkdir()
    earlier.touch()
    order = Order(find_method("n2v"), tmp_path, Budget(epochs=1), **settings)
    packing.pack(order, None, None, {})  # type: ignore[arg-type]
    assert not earlier.parent.exists()


def test_each_file_has_a_checksum_whatever_its_name(tmp_path: Path) -> None:
    names = ["a.tif", "low/b.tif", "high/b.tif", "1/high/b.tif"]
    (tmp_path / "1").mkdir()
    files = [write(tmp_path / name, seed) for seed, name in enumerate(names)]
    inputs = Inputs(low=files[:2], high=files[2:], calibration=files[0])
    found = checksums(inputs.paths)
    parent = tmp_path.name
    assert list(found) == ["a.tif", "low/b.tif", f"{parent}/high/b.tif", "1/high/b.tif"]
    assert len(set(found.values())) == len(names)
    assert found["a.tif"] == hashlib.sha256(files[0].read_bytes()).hexdigest()
