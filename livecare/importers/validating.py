"""`livecare models validate`: whether a package is whole and does what it says on this machine."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from livecare.engines.bare_network import run_network
from livecare.engines.choosing import REFERENCE
from livecare.errors import LivecareError, ModelError
from livecare.importers.processing import apply_steps, parse_steps
from livecare.models.description import Description
from livecare.models.package import Model
from livecare.models.stored_array import inside, read_array
from livecare.models.writer import TOLERANCE

Values = NDArray[np.float32]

SCRIPT: Final = """
import sys
from bioimageio.spec import load_description_and_validate_format_only
summary = load_description_and_validate_format_only(sys.argv[1])
faults = [str(error.msg) for detail in summary.details for error in detail.errors]
sys.exit("; ".join(faults) or (summary.status != "valid-format" and summary.status) or 0)
"""
"""Asks BioImage.IO's checker in a process of its own, since it leaves files open (0.5.14)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    what : str
        Which.
    good : bool
        Whether it is as it should be.
    found : str
        What was found, for people.
    """

    what: str
    good: bool
    found: str


def validate(path: Path) -> Iterator[Finding]:
    """Check a package: its structure, checksums, test tensors, and BioImage.IO's own rules.

    Parameters
    ----------
    path : Path
        Its folder or .zip.

    Yields
    ------
    Finding
        One after the other; the first bad one may be the last.
    """
    try:
        model = Model.load(path)
    except ModelError as error:
        yield Finding("structure", good=False, found=str(error))
        return
    yield Finding("structure", good=True, found=f"axes {model.axes}, halo {model.halo_px} px")
    description = Description.read(model.folder)
    for check in (_check_files, _check_tensors, _check_specification):
        yield check(model, description.content)


def _check_files(model: Model, content: Mapping[str, Any]) -> Finding:
    """Compare the checksum of every file that the description names with one."""
    count = 0
    for named in _named_files(content):
        file = model.folder / str(named["source"])
        try:
            found = hashlib.sha256(file.read_bytes()).hexdigest()
        except OSError as error:
            return Finding("checksums", good=False, found=f"{file} cannot be read ({error})")
        if found != str(named["sha256"]).lower():
            return Finding("checksums", good=False, found=f"{file} was changed: sha256 is {found}")
        count += 1
    return Finding("checksums", good=True, found=f"{count} files are as described")


def _named_files(value: Any) -> Iterator[Mapping[str, Any]]:  # noqa: ANN401 whatever YAML holds
    if isinstance(value, Mapping):
        if "source" in value and "sha256" in value:
            yield value
        for each in value.values():
            yield from _named_files(each)
    elif isinstance(value, list):
        for each in value:
            yield from _named_files(each)


def _check_tensors(model: Model, content: Mapping[str, Any]) -> Finding:
    """Run the test input through the engine and compare with the test output."""
    what = "test tensors"
    try:
        raw, expected = (_tensor(model, content, key) for key in ("inputs", "outputs"))
        steps = parse_steps(content["inputs"][0].get("preprocessing") or (), model.axes)
        (frame,) = apply_steps(steps, raw)[0]
        made = run_network(model, frame)
    except (LivecareError, OSError, KeyError, IndexError, TypeError, ValueError) as error:
        return Finding(what, good=False, found=f"cannot be run: {error}")
    if made.shape != expected.shape[1:]:
        return Finding(what, good=False, found=f"the output is {made.shape}, not {expected.shape}")
    difference = float(np.abs(made - expected[0]).max())
    allowed = _tolerance(content)
    return Finding(
        what,
        good=difference <= allowed,
        found=f"largest difference {difference:.2g} on {REFERENCE} (allowed: {allowed:g})",
    )


def _tensor(model: Model, content: Mapping[str, Any], key: str) -> Values:
    return read_array(inside(model.folder, str(content[key][0]["test_tensor"]["source"])))


def _tolerance(content: Mapping[str, Any]) -> float:
    """Return the tolerance that livecare's packages name."""
    listed = content.get("config", {}).get("bioimageio", {}).get("reproducibility_tolerance")
    named = listed[0] if isinstance(listed, list) and listed else {}
    return float(named.get("absolute_tolerance", TOLERANCE))


def _check_specification(model: Model, content: Mapping[str, Any]) -> Finding:
    """Ask BioImage.IO's own checker, where it is installed."""
    what = f"BioImage.IO {content['format_version']}"
    if find_spec("bioimageio") is None:
        return Finding(what, good=True, found="not asked: pip install bioimageio.spec to have it")
    file = Description.read(model.folder).file
    done = subprocess.run(  # noqa: S603 our own interpreter and script
        [sys.executable, "-c", SCRIPT, str(file)], capture_output=True, text=True, check=False
    )
    said = (done.stderr.strip() or done.stdout.strip() or "valid-format").splitlines()
    return Finding(what, good=done.returncode == 0, found=said[-1])
