"""Looks at what is installed: models, extras."""

from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Final

from livecare.models.package import bundled_names
from livecare.supervisor.doctor.finding import Finding

EXTRAS: Final = {
    "onnxruntime": ("onnxruntime", "restores on the CPU"),
    "openvino": ("openvino", "restores on the CPU, faster on many"),
    "tensorrt": ("tensorrt", "restores on NVIDIA cards"),
    "tensorrt-rtx": ("tensorrt_rtx", "restores on GeForce and RTX cards"),
    "build": ("onnx", "makes int8 models and builds for graphics cards"),
    "viewer": ("pyqtgraph", "shows runs in a window"),
    "micromanager": ("pymmcore", "acquires with Micro-Manager"),
    "compression": ("numcodecs", "compresses recordings"),
    "tiff": ("imagecodecs", "reads compressed TIFF"),
    "zarr": ("zarr", "reads OME-Zarr of others"),
    "import": ("h5py", "reads models of others"),
    "evaluate": ("bm3d", "judges models beside classical restorations"),
    "train": ("torch", "trains models"),
    "metrics": ("prometheus_client", "shows runs to monitoring"),
    "nvml": ("pynvml", "says how busy NVIDIA cards are"),
}
"""Extras of livecare: a package that shows that it is installed, and what it is for."""


def look_at_software() -> list[Finding]:
    """Look at models and extras; nothing is imported."""
    models = Finding("models", ", ".join(bundled_names()))
    return [models, *(_extra(name) for name in EXTRAS)]


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
