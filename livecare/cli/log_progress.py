"""What a log collector gets while a run goes on: no table, and every line an object."""

from typing import Any, Self

from livecare.logs import logger
from livecare.supervisor import Telemetry


class LogProgress:
    """Logs what a run comes to; the rest is telemetry, metrics and the service's status."""

    def __init__(self) -> None:
        self._told: tuple[str, str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let it end: each line has been written."""

    def show(self, telemetry: Telemetry) -> None:
        """Log a snapshot that says something else than the one before."""
        if self._told == (telemetry.stage, telemetry.restorer):
            return
        self._told = (telemetry.stage, telemetry.restorer)
        ledger = telemetry.ledger
        logger().info(
            telemetry.stage,
            acquired=ledger.acquired,
            recorded=ledger.recorded,
            restored=ledger.restored,
            lost=ledger.lost,
            restorer=telemetry.restorer,
        )

    def print_table(self, rows: list[tuple[str, Any]]) -> None:
        """Log the result of a run."""
        logger().info("report", lines=[f"{name}: {what}" for name, what in rows])

    def print_problem(self, problem: str) -> None:
        """Log a problem."""
        logger().error(problem)
