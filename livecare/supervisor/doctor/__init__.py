"""What this machine offers livecare, and what to do about what is missing."""

import platform
import sys
from pathlib import Path

from livecare import __version__
from livecare.supervisor.doctor.bridge import look_at_bridge
from livecare.supervisor.doctor.configured import check_config, what_is_wrong
from livecare.supervisor.doctor.core import look_at_core
from livecare.supervisor.doctor.disk_speed import look_at_disk
from livecare.supervisor.doctor.engines import look_at_engines
from livecare.supervisor.doctor.finding import Finding, Light, demo_would_work
from livecare.supervisor.doctor.machine import look_at_machine
from livecare.supervisor.doctor.software import look_at_software

__all__ = ["Finding", "Light", "demo_would_work", "examine", "what_is_wrong"]


def examine(config: Path | None) -> list[Finding]:
    """Look at everything that a run depends on; takes some seconds.

    It starts no acquisition and moves no hardware. It writes a file of at most 64 MB where the
    recording would lie, and removes it.

    Parameters
    ----------
    config : Path or None
        A configuration to check as well; its recording's place is what is measured then, or none
        where it is wrong.
    """
    store: Path | None = Path("recording")
    configured: list[Finding] = []
    if config is not None:
        read, configured = check_config(config)
        store = None if read is None else read.store.path
    python = f"Python {platform.python_version()}, {sys.platform}"
    return [
        Finding("livecare", f"{__version__}, {python}"),
        *look_at_machine(),
        *(look_at_disk(store) if store is not None else ()),
        *look_at_engines(),
        *look_at_software(),
        *look_at_core(),
        look_at_bridge(),
        *configured,
    ]
