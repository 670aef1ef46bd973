"""What figures were taken on, without which they mean nothing: the machine, and the commit."""

import os
import platform
import re
import subprocess
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import psutil

PACKAGES: Final = (
    *("livecare", "numpy", "pyzmq", "msgspec", "numcodecs", "onnxruntime", "openvino", "torch"),
    *("scikit-image", "bm3d", "PySide6_Essentials", "pyqtgraph", "pycromanager"),
)
"""What the figures depend on, where it is installed."""
MEASURED: Final = ("livecare", "benchmarks", ":(exclude)benchmarks/results")
"""What of the repository makes figures: whether there is more in it than the commit has."""


@dataclass(frozen=True, slots=True)
class Commit:
    """What code was measured.

    Attributes
    ----------
    hash : str
        Of the checkout's commit.
    dirty : bool
        Whether livecare or a benchmark was otherwise than committed.
    """

    hash: str
    dirty: bool

    @classmethod
    def here(cls) -> "Commit | None":
        """Return that of the checkout in which this file lies; None where it lies in none."""
        try:
            words = _git("rev-parse", "HEAD")
            return cls(words, bool(_git("status", "--porcelain", "--", *MEASURED)))
        except (OSError, subprocess.CalledProcessError):
            return None


def _git(*words: str) -> str:
    place = Path(__file__).parents[1]
    command = ["git", "-C", str(place), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@dataclass(frozen=True, slots=True)
class Machine:
    """What a reader must know of a machine.

    Attributes
    ----------
    cpu, kernel, python : str
        Processor's model, operating system and its version, version of Python.
    cores : int
        That this process may use.
    memory_gb : float
        Main memory, GB.
    load_before : float
        Processes that wanted a core in the minute before: above 0 somebody else was there.
    packages : dict
        Versions.
    commit : Commit or None
        Of the code; None where this is no checkout.
    """

    cpu: str
    kernel: str
    python: str
    cores: int
    memory_gb: float
    load_before: float
    packages: dict[str, str]
    commit: Commit | None

    @classmethod
    def here(cls) -> "Machine":
        """Describe this one."""
        return cls(
            cpu=_cpu(),
            kernel=f"{platform.system()} {platform.release()}",
            python=platform.python_version(),
            cores=_cores(),
            memory_gb=round(psutil.virtual_memory().total / 1e9, 1),
            load_before=round(psutil.getloadavg()[0], 2),
            packages={name: found for name in PACKAGES if (found := _version(name))},
            commit=Commit.here(),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        return (
            f"{self.cpu}, {self.cores} cores, {self.kernel}, Python {self.python}, "
            f"load before {self.load_before}"
        )


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # Windows
        return os.cpu_count() or 1


def _cpu() -> str:
    """Return the processor's name; a virtual machine may hide it, then its family and features."""
    facts = Path("/proc/cpuinfo")
    if not facts.exists():
        return platform.processor() or platform.machine()
    text = facts.read_text(encoding="utf-8")
    found: dict[str, str] = dict(
        re.findall(r"^(vendor_id|cpu family|model|model name)\s*:(.*)$", text, re.MULTILINE)
    )
    found = {key: fact.strip() for key, fact in found.items()}
    name = found.get("model name", "unknown")
    if name and name != "unknown":
        return name
    vector = [each for each in ("avx2", "avx512f", "amx_tile") if re.search(rf"\b{each}\b", text)]
    return (
        f"{found.get('vendor_id', platform.machine())} family {found.get('cpu family', '?')} "
        f"model {found.get('model', '?')} ({' '.join(vector)})"
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
