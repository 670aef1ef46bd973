"""Building in a process of its own: a crash of TensorRT costs a message, never a recording.

`python -m livecare.engines.tensorrt.building ORDER.json` builds what the order says and puts it
into the cache. It ends with 0, or with an error's exit code and the error as its last line on
standard error. It gives way to the recorder, and ends when the process that ordered it does.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from livecare.engines.cache import Cache, cache_folder
from livecare.engines.scratch import scratch_folder
from livecare.engines.tensorrt.build import Plan, build_network
from livecare.engines.tensorrt.flavour import Flavour, FlavourName, find_flavour
from livecare.engines.tensorrt.key import Gpu, engine_key, timing_key
from livecare.errors import EngineError, LivecareError
from livecare.logs import set_up_logs
from livecare.models.package import Model
from livecare.orphan import give_way, live_and_die_with_parent

COMMAND: Final = (sys.executable, "-m", "livecare.engines.tensorrt.building")
"""What builds; the order's file is its argument."""
LAST_CODE: Final = 255
"""Larger exit codes, like negative ones, are not a program's own: on Windows they name a crash."""
LAST_WORDS: Final = 2000
"""Characters that are shown of what a process said last."""


class Order(msgspec.Struct, frozen=True):
    """What a process is to build.

    Attributes
    ----------
    network : str
        File of the wrapped network.
    plan : Plan
        What it was wrapped for.
    flavour : {"tensorrt", "tensorrt_rtx"}
        The TensorRT that is to build it.
    gpu : Gpu or None
        The GPU that will run it.
    cache : str
        Folder of the cache.
    key : str
        Of the engine there.
    """

    network: str
    plan: Plan
    flavour: FlavourName
    gpu: Gpu | None
    cache: str
    key: str


def build_apart(
    model: Model,
    plan: Plan,
    gpu: Gpu | None,
    timeout_s: float,
    *,
    flavour: Flavour | None = None,
    cache: Cache | None = None,
    command: Sequence[str] = COMMAND,
) -> str:
    """Have an engine built in another process unless the cache has it; wait for it.

    Parameters
    ----------
    model, plan : Model, Plan
        What it restores with, and what it is built for.
    gpu : Gpu or None
        The GPU that will run it; None only for TensorRT for RTX, for Ampere and later.
    timeout_s : float
        How long the other process may take, seconds.
    flavour, cache : Flavour, Cache or None
        The TensorRT that builds, and where the engine is kept; None for the best one that is
        installed, and for the user's.
    command : sequence of str
        What builds.

    Returns
    -------
    str
        The engine's key in the cache.

    Raises
    ------
    EngineError
        If it cannot be built or kept; quotes what TensorRT said.
    MissingExtraError
        If no TensorRT is installed.
    """
    flavour, cache = flavour or find_flavour(), cache or Cache(cache_folder())
    network = plan.wrap(model)
    key = engine_key(network, plan, flavour, gpu)
    if cache.read(key) is None:
        order = Order("", plan, flavour.name, gpu, str(cache.folder), key)
        _have_built(network, order, command, timeout_s)
    return key


def _have_built(network: bytes, order: Order, command: Sequence[str], timeout_s: float) -> None:
    """Have a network, which gets a file here, built as an order says; wait for it."""
    doing = f"building {order.key}"
    with scratch_folder("livecare-build-", f"tensorrt: {doing}") as folder:
        file, place = folder / "network.onnx", folder / "order.json"
        file.write_bytes(network)
        place.write_bytes(msgspec.json.encode(msgspec.structs.replace(order, network=str(file))))
        _run([*command, str(place)], timeout_s, doing)


def _run(command: Sequence[str], timeout_s: float, doing: str) -> None:
    """Run a process to its end. Raises EngineError with its words unless that is a good one."""
    with tempfile.TemporaryFile() as said:
        try:
            process = subprocess.Popen(  # noqa: S603 a program of ours
                command,
                stdin=subprocess.PIPE,  # stays open: it tells the process that we live
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
        except OSError as error:
            raise EngineError(
                f"tensorrt: {doing}: {command[0]} does not start ({error})"
            ) from error
        with process:
            try:
                code = process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                raise EngineError(
                    f"tensorrt: {doing} took longer than {timeout_s:g} s and was stopped: "
                    "use the engine 'onnxruntime', or smaller frames"
                ) from None
            finally:
                process.kill()
        said.seek(0)
        words = said.read().decode(errors="replace").strip()
    if code:
        raise _failure(doing, code, words)


def _failure(doing: str, code: int, words: str) -> EngineError:
    """Return the error of a process that ended with this exit code."""
    last = words.splitlines()[-1][-LAST_WORDS:] if words else ""
    if 0 < code <= LAST_CODE and last:
        return EngineError(
            last if last.startswith("tensorrt: ") else f"tensorrt: {doing} failed: {last}"
        )
    return EngineError(
        f"tensorrt: {doing} took its process along (exit code {code}"
        f"{f', {last!r}' if last else ''}): install NVIDIA's current driver and TensorRT again, "
        "or use the engine 'onnxruntime'"
    )


def build_ordered(order: Order) -> None:
    """Build what an order says, in this process, and put it into the cache.

    Raises
    ------
    EngineError
        If it cannot be built or kept.
    """
    flavour = find_flavour(order.flavour)
    cache = Cache(Path(order.cache))
    measured = None if order.gpu is None else timing_key(flavour, order.gpu)
    timings = (cache.read(measured) if measured else None) or b""
    network = Path(order.network).read_bytes()
    built = build_network(network, order.plan, flavour, order.gpu, timings)
    if not cache.write(order.key, built.engine):
        raise EngineError(
            f"tensorrt: the engine {order.key} was built but cannot be kept in {order.cache}: "
            "make room there, and the folder writable"
        )
    if measured and built.timings:
        cache.write(measured, built.timings)


def main(arguments: Sequence[str]) -> int:
    """Build what the file says that is the only argument; return the exit code."""
    live_and_die_with_parent()
    give_way()
    set_up_logs("engine build")
    try:
        order = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=Order)
        build_ordered(order)
    except LivecareError as error:
        print(" ".join(str(error).split()), file=sys.stderr)  # noqa: T201 the one line that is read
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
