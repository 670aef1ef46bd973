"""Looks at what is installed: engines, models, extras."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Final

from livecare.engines import AUTO, AUTO_ORDER, ENGINES, resolve_engine
from livecare.errors import MissingExtraError
from livecare.models.package import bundled_names
from livecare.supervisor.doctor.finding import Finding

EXTRAS: Final = {
    "onnxruntime": ("onnxruntime", "restores on the CPU"),
    "micromanager": ("pymmcore", "acquires with Micro-Manager"),
    "compression": ("numcodecs", "compresses recordings"),
    "tiff": ("imagecodecs", "reads compressed TIFF"),
    "zarr": ("zarr", "reads OME-Zarr of others"),
    "import": ("h5py", "reads models of others"),
    "evaluate": ("bm3d", "judges models beside classical restorations"),
    "train": ("torch", "trains models"),
}
"""Each extra of livecare: a package that shows that it is installed, and what it is for."""


def look_at_software() -> list[Finding]:
    """Look at engines, models and extras; nothing is imported."""
    models = Finding("models", ", ".join(bundled_names()))
    return [_engine(), models, *(_extra(name) for name in EXTRAS)]


def _engine() -> Finding:
    order = ", ".join(
        f"{name} ({'installed' if ENGINES[name].available else 'missing'})" for name in AUTO_ORDER
    )
    others = ", ".join(name for name in ENGINES if name not in AUTO_ORDER)
    try:
        chosen = resolve_engine(AUTO)
    except MissingExtraError as error:
        return Finding("engine", f"none; order: {order}", "red", str(error), essential=True)
    return Finding("engine", f"'auto' takes {chosen}; order: {order}; there is also {others}")


def _extra(name: str) -> Finding:
    package, purpose = EXTRAS[name]
    if find_spec(package) is None:
        cure = f"if you need it: pip install 'livecare[{name}]'"
        return Finding(f"[{name}]", f"not installed ({purpose})", "yellow", cure)
    try:
        found = version(package)
    except PackageNotFoundError:
        found = "installed"
    return Finding(f"[{name}]", f"{package} {found}, {purpose}")
