"""Puts tests/ on the import path, so that `contracts` can be imported, with plain asserts shown."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

from livecare import logs

pytest.register_assert_rewrite("complete_run", "contracts", "fault_run", "live_run", "run_here")

# The viewer's tests need no screen. pytest-qt cannot be loaded where Qt does not start.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
try:
    import PySide6.QtWidgets  # noqa: F401 - only whether it can be imported
except ImportError:
    pytest_plugins = ["fault_summary"]
else:
    os.environ["PYTEST_QT_API"] = "pyside6"
    pytest_plugins = ["fault_summary", "pytestqt.plugin"]

# Before torch is loaded: threads that wait by spinning stall each other on a shared machine.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

# Under nohup the processes that tests start would ignore this signal, which has a meaning to them.
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# A shared machine is slow at times, which says nothing about the code; pytest has a time-out.
settings.register_profile("livecare", deadline=None)
settings.load_profile("livecare")


@pytest.fixture(autouse=True)
def _logs_of_their_own() -> Iterator[None]:
    """Let no test write to where the logs of one before it went: a run in this process set them."""
    yield
    structlog.reset_defaults()
    logs._everywhere.clear()


@pytest.fixture(scope="session")
def recorded_data() -> Path:
    """Real microscopy, see its MANIFEST.md; the tests that need it skip in a user's clone."""
    named = os.environ.get("LIVECARE_DATA")
    folder = Path(named) if named else Path(__file__).parents[2] / "shared" / "data"
    if not (folder / "MANIFEST.md").is_file():
        pytest.skip(f"no recorded microscopy in {folder}: set LIVECARE_DATA")
    return folder
