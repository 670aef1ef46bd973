"""Looks at Micro-Manager's core and adapters: whether they are there and of one interface."""

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from livecare.supervisor.doctor.finding import Finding

CORE: Final = "pymmcore"
ADAPTERS: Final = "mm-test-adapters"
INTERFACE_PART: Final = 3
"""Index in pymmcore's version of the device interface that its core speaks."""
TRIAL_TIMEOUT_S: Final = 30.0
TRIAL: Final = """
import json, mm_test_adapters, pymmcore
core = pymmcore.CMMCore()
print(json.dumps([core.getVersionInfo(), core.getAPIVersionInfo()]), flush=True)
core.setDeviceAdapterSearchPaths([str(mm_test_adapters.device_adapter_path())])
core.loadDevice("Camera", "DemoCamera", "DCam")
"""
"""What a core must be able to do; in a process of its own, as broken libraries end theirs."""


def look_at_core() -> list[Finding]:
    """Compare versions, and load the demo camera where they fit."""
    core, adapters = _version(CORE), _version(ADAPTERS)
    compared = compare_versions(core, adapters)
    if core is None or adapters is None or compared.light != "green":
        return [compared]
    return [compared, _try_core()]


def compare_versions(core: str | None, adapters: str | None) -> Finding:
    """Judge a core and its adapters by their versions; None for one that is not installed."""
    what = "Micro-Manager"
    if core is None:
        cure = "to use a camera through Micro-Manager: pip install 'livecare[micromanager]'"
        return Finding(what, f"no core: {CORE} is not installed", "yellow", cure)
    parts = core.split(".")
    interface = parts[INTERFACE_PART] if len(parts) > INTERFACE_PART else "?"
    if adapters is None:
        return Finding(
            what,
            f"{CORE} {core}, device interface {interface}; no demo camera",
            "yellow",
            f"give source.micromanager.adapter_path a Micro-Manager of interface {interface}, or "
            f"install the demo camera: pip install '{ADAPTERS}=={interface}.*'",
        )
    theirs = adapters.partition(".")[0]
    found = f"{CORE} {core}, {ADAPTERS} {adapters}"
    if theirs != interface:
        return Finding(
            what,
            f"{found}: the core speaks device interface {interface}, the adapters {theirs}",
            "red",
            f"make them one: pip install '{ADAPTERS}=={interface}.*'",
        )
    return Finding(what, f"{found}: device interface {interface}")


def _try_core() -> Finding:
    what = "demo camera"
    cure = f"install them again: pip install --force-reinstall {CORE} {ADAPTERS}"
    try:
        done = subprocess.run(  # noqa: S603 this Python and a program of ours
            [sys.executable, "-c", TRIAL],
            capture_output=True,
            text=True,
            timeout=TRIAL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Finding(what, f"the core did not answer in {TRIAL_TIMEOUT_S:.0f} s", "red", cure)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        return Finding(what, f"it cannot be loaded: {last}", "red", cure)
    core, interface = json.loads(done.stdout.splitlines()[0])
    return Finding(what, f"loads with {core}, {interface}")


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
