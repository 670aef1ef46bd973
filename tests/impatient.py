"""`livecare` with little patience: what its supervisor waits minutes for, it waits seconds for.

How long it really waits is a matter of `tests/supervisor`, and of those runs that are patient.
"""

import sys

from livecare.supervisor import children, completion, stall

WITH_HANGS = "with hangs"
"""A restorer that hangs is noticed much sooner."""
WITH_DEATHS = "with deaths"
"""A child that keeps dying is given up much sooner."""


def program(what: str) -> tuple[str, str]:
    """Return what Python is to run instead of livecare."""
    return __file__, what


def hurry(what: str) -> None:
    """Lose the patience with something."""
    shorter: dict[str, list[tuple[object, str, object]]] = {
        WITH_HANGS: [
            (stall, "LIVE_S", 4.0),
            (stall, "STALLED_S", 6.0),
            (stall, "SILENT_S", 15.0),
            (completion, "DRAIN_S", 6.0),
        ],
        WITH_DEATHS: [(children, "BACK_OFF_S", (0.0, 0.2))],
    }
    for module, name, sooner in shorter[what]:
        setattr(module, name, sooner)


if __name__ == "__main__":
    hurry(sys.argv.pop(1))
    from livecare.cli import main

    main()
