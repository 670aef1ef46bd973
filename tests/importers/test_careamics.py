"""CAREamics: its U-Net, said again here in torch, comes out of the rebuilt network."""

import io
import pickle  # noqa: TID251 - what must never be read
import zipfile
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch", reason="the extra 'train' is missing")
from torch import Tensor, nn
from torch.nn import functional

from livecare.errors import ModelError
from livecare.importers.importing import import_model
from livecare.importers.known_unets import build_known_unet
from livecare.importers.network import Network
from livecare.importers.source import read_source
from livecare.importers.torch_weights import tensors, torchscript_to_onnx

WIDTH, DEPTH = 8, 2


class Pair(nn.Module):
    """Two convolutions, each normalised and cut off at 0."""

    def __init__(self, dims: int, given: int, between: int, made: int, *, normed: bool) -> None:
        super().__init__()
        conv, norm = getattr(nn, f"Conv{dims}d"), getattr(nn, f"BatchNorm{dims}d")
        self.normed = normed
        self.conv1, self.conv2 = (
            conv(given, between, 3, padding=1),
            conv(between, made, 3, padding=1),
        )
        self.batch_norm1, self.batch_norm2 = norm(between), norm(made)

    def forward(self, values: Tensor) -> Tensor:
        for conv, norm in ((self.conv1, self.batch_norm1), (self.conv2, self.batch_norm2)):
            values = conv(values)
            values = torch.relu(norm(values) if self.normed else values)
        return values


class UNet(nn.Module):
    """The published layout: names as in CAREamics' state dicts."""

    def __init__(
        self, dims: int, *, n2v2: bool = False, residual: bool = False, use_batch_norm: bool = True
    ) -> None:
        super().__init__()
        self.dims, self.n2v2, self.residual = dims, n2v2, residual
        self.encoder, self.decoder = nn.Module(), nn.Module()
        empty, normed = nn.Identity(), use_batch_norm
        widths = [1, *(WIDTH * 2**level for level in range(DEPTH))]
        down = [Pair(dims, given, made, made, normed=normed) for given, made in pairwise(widths)]
        low = WIDTH * 2 ** (DEPTH - 1)
        self.encoder.encoder_blocks = nn.ModuleList(each for one in down for each in (one, empty))
        self.decoder.bottleneck = Pair(dims, low, 2 * low, low, normed=normed)
        up = []
        for step in range(DEPTH):
            width, last = WIDTH * 2 ** (DEPTH - 1 - step), step == DEPTH - 1
            made = width if last else width // 2
            given = width if n2v2 and last else 2 * width
            up += [empty, Pair(dims, given, made if last else 2 * made, made, normed=normed)]
        self.decoder.decoder_blocks = nn.ModuleList(up)
        self.final_conv = getattr(nn, f"Conv{dims}d")(WIDTH, 1, 1)

    def forward(self, frame: Tensor) -> Tensor:
        values, skips = frame, []
        for pair in list(self.encoder.encoder_blocks)[::2]:
            values = pair(values)
            skips.append(values)
            values = self.pool(values)
        values = self.decoder.bottleneck(values)
        mode = "bilinear" if self.dims == 2 else "trilinear"
        for step, pair in enumerate(list(self.decoder.decoder_blocks)[1::2]):
            values = functional.interpolate(values, scale_factor=2, mode=mode)
            if not (self.n2v2 and step == DEPTH - 1):
                values = torch.cat([values, skips[-1 - step]], dim=1)
            values = pair(values)
        made = self.final_conv(values)
        return made + frame if self.residual else made

    def pool(self, values: Tensor) -> Tensor:
        if not self.n2v2:
            return getattr(functional, f"max_pool{self.dims}d")(values, 2)
        largest = getattr(functional, f"max_pool{self.dims}d")(values, 2, stride=1)
        blur = torch.tensor([1.0, 2.0, 1.0]) / 4
        kernel = blur
        for _ in range(self.dims - 1):
            kernel = kernel[..., None] * blur
        kernel = kernel.expand(values.shape[1], 1, *kernel.shape)
        conv = getattr(functional, f"conv{self.dims}d")
        return conv(largest, kernel, padding=1, stride=2, groups=values.shape[1])


def network_of(dims: int = 2, **settings: bool) -> UNet:
    torch.manual_seed(4)
    torch.set_num_threads(1)
    network = UNet(dims, **settings)
    for name, values in network.named_buffers():
        if "running_mean" in name:
            values.normal_()
        elif "running_var" in name:
            values.uniform_(0.5, 2.0)
    return network.eval()


def configuration(means: tuple[float, float], targets: tuple[float, float] | None = None) -> Any:  # noqa: ANN401 YAML
    normalization: dict[str, Any] = {"name": "mean_std"}
    normalization |= {"input_means": [means[0]], "input_stds": [means[1]]}
    if targets:
        normalization |= {"target_means": [targets[0]], "target_stds": [targets[1]]}
    model = {"architecture": "UNet", "depth": DEPTH, "conv_dims": 2, "residual": False}
    return {
        "algorithm_config": {"algorithm": "n2v", "model": model},
        "data_config": {"normalization": normalization},
    }


def write_export(folder: Path, network: UNet, config: Any) -> Path:  # noqa: ANN401 YAML
    folder.mkdir(exist_ok=True)
    torch.save(network.state_dict(), folder / "weights.pth")
    (folder / "careamics.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("dims", "settings"),
    [
        (2, {}),
        (3, {}),
        (2, {"n2v2": True}),
        (3, {"n2v2": True}),
        (2, {"residual": True}),
        (2, {"use_batch_norm": False}),
    ],
)
def test_the_rebuilt_network_computes_the_same(dims: int, settings: dict[str, bool]) -> None:
    network = network_of(dims, **settings)
    rebuilt = Network(build_known_unet(tensors(network.state_dict()), settings))
    frame = torch.randn(1, 1, *((8, 16, 24) if dims == 3 else (40, 24)))
    with torch.no_grad():
        expected = network(frame).numpy()
    np.testing.assert_allclose(rebuilt.run(frame.numpy()), expected, atol=1e-5)


def test_an_export_becomes_a_package(tmp_path: Path) -> None:
    config = configuration((120.0, 15.0))
    folder = write_export(tmp_path / "export", network_of(), config)
    model = import_model(folder, out=tmp_path / "out").model
    window = model.normalisation.window
    assert window is not None
    assert (window.low, window.high) == pytest.approx((120.0, 135.0))
    assert model.multiple_of == (4, 4)
    assert model.halo_px == (26, 26)


def test_other_statistics_of_the_target_are_put_behind_the_network(tmp_path: Path) -> None:
    network = network_of()
    config = configuration((120.0, 15.0), targets=(200.0, 60.0))
    model = import_model(write_export(tmp_path / "e", network, config), out=tmp_path / "out").model
    raw = torch.full((1, 1, 16, 16), 130.0) + 10 * torch.randn(1, 1, 16, 16)
    with torch.no_grad():
        expected = network((raw - 120) / 15).numpy() * 60 + 200
    window = model.normalisation.window
    assert window is not None
    values = np.empty(raw.shape, np.float32)
    window.normalise(raw.numpy(), values)
    made = Network(model.onnx_path.read_bytes()).run(values)
    counts = np.empty_like(made)
    window.denormalise(made, counts)
    np.testing.assert_allclose(counts, expected, atol=1e-2)


def test_a_checkpoint(tmp_path: Path) -> None:
    network, config = network_of(), configuration((0.0, 1.0))
    content = {
        "state_dict": {f"model.{name}": values for name, values in network.state_dict().items()},
        "hyper_parameters": {"algorithm_config": config["algorithm_config"]},
        "datamodule_hyper_parameters": {"data_config": config["data_config"]},
    }
    torch.save(content, tmp_path / "last.ckpt")
    candidate = read_source(tmp_path / "last.ckpt", None)
    assert candidate.window == pytest.approx((0.0, 1.0), abs=1e-5)
    del content["hyper_parameters"]
    torch.save(content, tmp_path / "last.ckpt")
    with pytest.raises(ModelError, match="no checkpoint or export of CAREamics"):
        read_source(tmp_path / "last.ckpt", None)


class Evil:
    """Would make a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.mkdir, (self.folder,))


def test_pickles_are_not_run(tmp_path: Path) -> None:
    marker = tmp_path / "was-run"
    torch.save({"state_dict": Evil(marker)}, tmp_path / "last.ckpt")
    with pytest.raises(ModelError, match="could run any program"):
        read_source(tmp_path / "last.ckpt", None)
    (tmp_path / "last.ckpt").write_bytes(pickle.dumps(Evil(marker)))
    with pytest.raises(ModelError, match=r"last\.ckpt"):
        read_source(tmp_path / "last.ckpt", None)
    assert not marker.exists()


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("torch.save(x, 'f')", r"torch\.save\("),
        ("y = torch.from_file('/etc/passwd')", "from_file"),
        ("return ops.image.read_file(x)", r"ops\.image"),
        ("def __setstate__(self, state): pass", "__setstate__"),
    ],
)
def test_torchscript_that_does_more(tmp_path: Path, code: str, fault: str) -> None:
    with zipfile.ZipFile(tmp_path / "net.pt", "w") as archive:
        archive.writestr("net/code/__torch__.py", code)
    with pytest.raises(ModelError, match=fault):
        torchscript_to_onnx(tmp_path / "net.pt", (1, 1, 16, 16))


def test_a_state_dict_is_no_torchscript(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "net.pt")
    with pytest.raises(ModelError, match="holds no code"):
        torchscript_to_onnx(tmp_path / "net.pt", (1, 1, 16, 16))
    (tmp_path / "net.pt").write_bytes(b"x")
    with pytest.raises(ModelError, match="no TorchScript archive"):
        torchscript_to_onnx(tmp_path / "net.pt", (1, 1, 16, 16))


def drop(config: Any, *keys: str) -> None:  # noqa: ANN401 YAML
    for key in keys[:-1]:
        config = config[key]
    del config[keys[-1]]


@pytest.mark.parametrize(
    ("edit", "fault"),
    [
        (lambda config: drop(config, "data_config"), "lacks 'data_config'"),
        (lambda config: config["algorithm_config"]["model"].update(architecture="LVAE"), "LVAE"),
        (lambda config: config["data_config"]["normalization"].update(name="odd"), "'odd'"),
        (lambda config: drop(config, "data_config", "normalization", "input_means"), "statistics"),
        (
            lambda config: config["data_config"]["normalization"].update(input_means=[1.0, 2.0]),
            "several channels",
        ),
        (
            lambda config: config["data_config"]["normalization"].update(input_stds=[-1.0]),
            "no spread",
        ),
        (
            lambda config: config["algorithm_config"]["model"].update(final_activation="Sigmoid"),
            "final activation 'Sigmoid'",
        ),
    ],
)
def test_exports_that_cannot_be_taken(
    tmp_path: Path, edit: Callable[[Any], object], fault: str
) -> None:
    config = configuration((1.0, 2.0))
    edit(config)
    with pytest.raises(ModelError, match=fault):
        read_source(write_export(tmp_path / "export", network_of(), config), None)


def test_weights_of_no_known_layout() -> None:
    with pytest.raises(ModelError, match="code that comes with a model is never run"):
        build_known_unet({"layer1.weight": np.zeros((1, 1, 3, 3), np.float32)}, {})
    state = tensors(network_of().state_dict())
    del state["decoder.bottleneck.conv1.weight"]
    with pytest.raises(ModelError, match=r"decoder\.bottleneck\.conv1\.weight"):
        build_known_unet(state, {})
    first = "encoder.encoder_blocks.0.conv1.weight"
    state[first] = np.repeat(state[first], 3, axis=1)
    with pytest.raises(ModelError, match="3 input and 1 output channels"):
        build_known_unet(state, {})


def test_several_files_of_weights(tmp_path: Path) -> None:
    folder = write_export(tmp_path / "export", network_of(), configuration((1.0, 2.0)))
    (folder / "older.pth").write_bytes(io.BytesIO().getvalue())
    with pytest.raises(ModelError, match="holds 2 files of weights"):
        read_source(folder, None)
