"""The child processes' own commands: what `python -m livecare restorer ORDERS` and its like do.

Only the supervisor starts them, with one argument. So they do without the command line: loading
that takes longer than all else they need to begin, and every restart would wait for it.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Final

from livecare.errors import LivecareError


def restorer(orders: Path) -> None:
    """Restore a run's frames (started by the supervisor)."""
    from livecare.link import RestorerSpec, read_spec
    from livecare.logs import set_up_logs
    from livecare.orphan import give_way, live_and_die_with_parent
    from livecare.restorer import run_restorer

    live_and_die_with_parent()
    give_way()
    spec = read_spec(orders, RestorerSpec)
    set_up_logs("restorer", spec.log_level, spec.log_format, spec.run_id)
    run_restorer(orders)


def publisher(orders: Path) -> None:
    """Show a run's frames to subscribers (started by the supervisor)."""
    from livecare.link import PublisherSpec, read_spec
    from livecare.logs import set_up_logs
    from livecare.orphan import live_and_die_with_parent
    from livecare.publisher import Publisher

    live_and_die_with_parent()
    spec = read_spec(orders, PublisherSpec)
    set_up_logs("publisher", spec.log_level, spec.log_format, spec.run_id)
    server = Publisher(spec)
    server.bind()
    server.run()


def exporter(orders: Path) -> None:
    """Show a run to monitoring (started by the supervisor)."""
    from livecare.exporter.parent import leave_signals_to_parent

    leave_signals_to_parent()  # before anything that takes time
    from livecare.exporter.orders import ExporterSpec
    from livecare.exporter.process import run_exporter
    from livecare.link import read_spec
    from livecare.logs import set_up_logs
    from livecare.orphan import give_way

    give_way()
    spec = read_spec(orders, ExporterSpec)
    set_up_logs("exporter", spec.log_level, spec.log_format, spec.run_id)
    run_exporter(spec)


COMMANDS: Final = MappingProxyType[str, Callable[[Path], None]](
    {"restorer": restorer, "publisher": publisher, "exporter": exporter}
)
"""What each is called by."""


def main(command: str, orders: Path) -> None:
    """Run one, and exit as the command line does."""
    # structlog would load rich, a fifth of the time to begin, for tracebacks that no child logs
    sys.modules.setdefault("rich", None)  # type: ignore[arg-type]  # None: not to be had
    try:
        COMMANDS[command](orders)
    except LivecareError as error:
        sys.stderr.write(f"livecare: {error}\n")
        sys.exit(error.exit_code)
