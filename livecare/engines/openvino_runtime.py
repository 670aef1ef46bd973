"""OpenVINO, imported so that it tells nobody.

`import openvino` reports to its maker that it was imported, from a thread of its own, unless the
package `openvino_telemetry` is absent or the user has opted out. livecare's users were asked
nothing, and microscopes stand in networks where an unexpected connection is an incident. For the
time of the import that package looks absent, so OpenVINO takes the stub that it brings for that
case; both are left as they were afterwards.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["openvino"]

TELEMETRY: Final = "openvino_telemetry"
"""The package that sends; nothing else of OpenVINO does."""


@contextmanager
def _absent(package: str) -> Iterator[None]:
    """Make a package look as if it were not installed."""
    modules: dict[str, object] = sys.modules  # type: ignore[assignment]  # None: cannot be imported
    missing = object()
    before = modules.get(package, missing)
    modules[package] = None
    try:
        yield
    finally:
        if before is missing:
            del modules[package]
        else:
            modules[package] = before


with _absent(TELEMETRY):
    import openvino
