"""What each peer is installed with, and the virtual environments that are made for them."""

import subprocess
import sys
from pathlib import Path
from typing import Final

REQUIREMENTS: Final = {
    "csbdeep": ("csbdeep==0.8.2", "tensorflow==2.21.0", "tf-keras==2.21.0"),
    "careamics": ("careamics==0.3.5",),
    "torch": ("torch==2.13.0", "numpy"),
}
"""By the environment. CSBDeep is written for Keras 2, which is `tf-keras` beside such a TensorFlow;
torch's own index has a wheel without CUDA, a tenth as large."""

IMPORTED: Final = {
    "csbdeep": "csbdeep.models, tf_keras",
    "careamics": "careamics",
    "torch": "torch",
}
"""What must be importable for an environment to be of use."""


def python_of(folder: Path, name: str) -> Path:
    """Return the Python of an environment, made first where there is none that works.

    Raises
    ------
    subprocess.CalledProcessError
        If pip cannot install the peer.
    """
    place = folder / name
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not _works(python, name):
        print(f"{name}: installing {' '.join(REQUIREMENTS[name])} into {place}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS[name]]
        subprocess.run(install, check=True)
    return python


def _works(python: Path, name: str) -> bool:
    if not python.exists():
        return False
    variables = {"TF_USE_LEGACY_KERAS": "1"}
    tried = subprocess.run(
        [str(python), "-c", f"import os; os.environ.update({variables}); import {IMPORTED[name]}"],
        capture_output=True,
        check=False,
    )
    return tried.returncode == 0
