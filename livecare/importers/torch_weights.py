"""Torch's files: state dicts read without running what they may hold, and TorchScript.

A `.pt` or `.ckpt` file is a pickle, which can run any program when it is opened. It is opened with
`weights_only=True`, by which torch makes tensors and plain values alone. TorchScript cannot call
Python, but it can read and write files; what does so is refused before it is loaded.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError  # noqa: TID251 - the error alone
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.errors import ModelError
from livecare.importers.extras import load_extra
from livecare.importers.onnx_edit import free_sizes
from livecare.models.writer import INPUT_NAME, OPERATOR_SET, OUTPUT_NAME

MAX_BYTES: Final = 1 << 30
"""A gibibyte: a hundred times a large U-Net with its optimiser."""
UNSAFE: Final = re.compile(
    r"\btorch\.(save|load|from_file|_save\w*)\(|\bops\.(?!prim\b|aten\b)\w+\.|__setstate__|\burlopen\b"
)
"""What TorchScript code may not contain: files, operators that came from a library, and code that
runs while it is loaded."""


def read_checkpoint(file: Path) -> dict[str, Any]:
    """Return the dictionary in a torch file, tensors and plain values alone.

    Raises
    ------
    ModelError
        If it is no such file, or wants more than tensors and plain values.
    MissingExtraError
        If torch is not installed.
    """
    torch = load_extra("torch")
    _check_size(file)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd pickles: what they hold is refused below
            content = torch.load(file, map_location="cpu", weights_only=True)
    except UnpicklingError as error:
        raise ModelError(
            f"{file} holds Python objects beside its weights ({_first_line(error)}): opening it "
            "could run any program, so it is refused. Save the state_dict() alone with torch.save, "
            "or export the model as ONNX or as a BioImage.IO package"
        ) from error
    except (OSError, EOFError, RuntimeError, ValueError, KeyError) as error:
        raise ModelError(
            f"{file} is no readable torch file ({_first_line(error)}): copy it again"
        ) from error
    if not isinstance(content, dict):
        raise ModelError(f"{file} holds {type(content).__name__}, not weights by name")
    return content


def tensors(content: Mapping[str, Any], prefix: str = "") -> dict[str, NDArray[np.float32]]:
    """Return the floating-point tensors of a state dict whose names begin so, without that."""
    torch = load_extra("torch")
    return {
        name.removeprefix(prefix): values.detach().to(torch.float32).cpu().numpy()
        for name, values in content.items()
        if isinstance(values, torch.Tensor)
        and values.is_floating_point()
        and str(name).startswith(prefix)
    }


def torchscript_to_onnx(file: Path, shape: tuple[int, ...]) -> bytes:
    """Return a TorchScript network as an ONNX file for frames of any size.

    Parameters
    ----------
    file : Path
        The TorchScript archive.
    shape : tuple of int
        (n, c, [z,] y, x) of an input that it takes.

    Raises
    ------
    ModelError
        If it is no TorchScript, does more than computing, or has no counterpart in ONNX.
    MissingExtraError
        If torch is not installed.
    """
    torch = load_extra("torch")
    _refuse_unsafe_script(file)
    written = io.BytesIO()
    axes = {0: "n"} | {2 + index: "zyx"[index - len(shape) + 2] for index in range(len(shape) - 2)}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # both TorchScript and its exporter are old by now
        try:
            network = torch.jit.load(file, map_location="cpu").eval()
            torch.onnx.export(
                network,
                (torch.zeros(shape),),
                written,
                input_names=[INPUT_NAME],
                output_names=[OUTPUT_NAME],
                dynamic_axes={INPUT_NAME: axes, OUTPUT_NAME: axes},
                opset_version=OPERATOR_SET,
                dynamo=False,
            )
        except (OSError, RuntimeError, ValueError, TypeError) as error:
            raise ModelError(
                f"{file} cannot be turned into ONNX ({_first_line(error)}): ask for the model as "
                "ONNX"
            ) from error
    return free_sizes(written.getvalue())


def _refuse_unsafe_script(file: Path) -> None:
    """Refuse TorchScript whose code touches files or runs while it is loaded."""
    _check_size(file)
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name for name in archive.namelist() if "/code/" in name]
            if sum(entry.file_size for entry in archive.infolist()) > MAX_BYTES:
                raise ModelError(f"{file} unpacks to more than {MAX_BYTES} bytes: do not trust it")
            code = [archive.read(name) for name in names if name.endswith(".py")]
    except (OSError, zipfile.BadZipFile) as error:
        raise ModelError(f"{file} is no TorchScript archive ({error}): copy it again") from error
    if not code:
        raise ModelError(
            f"{file} is no TorchScript archive: it holds no code. A state_dict must be declared as "
            "'pytorch_state_dict'"
        )
    for text in code:
        found = UNSAFE.search(text.decode("utf-8", "replace"))
        if found:
            raise ModelError(
                f"{file} is TorchScript that does more than computing ('{found[0]}'): do not trust "
                "it, ask for the model as ONNX"
            )


def _check_size(file: Path) -> None:
    try:
        size = file.stat().st_size
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error}): check the path") from error
    if size > MAX_BYTES:
        raise ModelError(f"{file} has more than {MAX_BYTES} bytes: do not trust it")


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
