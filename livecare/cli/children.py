"""The child processes' own commands; people never type them."""

from pathlib import Path
from typing import Annotated

import typer

Orders = Annotated[Path, typer.Argument(help="File with the orders that the supervisor wrote.")]


def restorer(orders: Orders) -> None:
    """Restore a run's frames (started by the supervisor)."""
    from livecare.logs import set_up_logs
    from livecare.orphan import give_way, live_and_die_with_parent
    from livecare.restorer import run_restorer

    live_and_die_with_parent()
    give_way()
    set_up_logs("restorer")
    run_restorer(orders)


def publisher(orders: Orders) -> None:
    """Show a run's frames to subscribers (started by the supervisor)."""
    from livecare.link import PublisherSpec, read_spec
    from livecare.logs import set_up_logs
    from livecare.orphan import live_and_die_with_parent
    from livecare.publisher import Publisher

    live_and_die_with_parent()
    set_up_logs("publisher")
    server = Publisher(read_spec(orders, PublisherSpec))
    server.bind()
    server.run()
