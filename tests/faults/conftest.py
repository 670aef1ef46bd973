"""Every test here is a fault: it is tried, and its frames are accounted for in the summary."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bad_disk import BadDisk
from fault_run import Trial
from fault_summary import note


@pytest.hookimpl(tryfirst=True)  # before -m looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)
            if sys.platform == "win32":
                item.add_marker(pytest.mark.skip(reason="POSIX signals and process groups"))


@pytest.hookimpl(tryfirst=True)  # what is noted later is not in the report of the call
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    if call.when == "call" and isinstance(item, pytest.Function) and "trial" in item.funcargs:
        note(item, item.funcargs["trial"].result())


@pytest.fixture
def trial(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Trial]:
    """The trial of the fault that the test is named after; its tally goes into the summary."""
    name, _, case = request.node.name.removeprefix("test_").partition("[")
    words = name.replace("_", " ")
    trial = Trial(f"{words}: {case.removesuffix(']')}" if case else words, tmp_path)
    yield trial
    trial.close()


SMALL_DISK_BYTES = 16 << 20


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of `SMALL_DISK_BYTES`."""
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    if sys.platform != "linux" or mount is None or unmount is None:
        pytest.skip("a small disk is made of Linux's tmpfs")
    folder = tmp_path / "small"
    folder.mkdir()
    command = [mount, "-t", "tmpfs", "-o", f"size={SMALL_DISK_BYTES}", "tmpfs", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"a small disk cannot be mounted here (root is needed): {made.stderr.strip()}")
    yield folder
    subprocess.run([unmount, "--lazy", str(folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> BadDisk:
    """A disk that does what a test says, wrongly."""
    return BadDisk(tmp_path)
