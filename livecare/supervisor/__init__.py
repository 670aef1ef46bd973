"""Runs an acquisition from start to report: starts, watches, restarts and drains in order."""

from livecare.link.telemetry import Telemetry
from livecare.supervisor.report import RunReport
from livecare.supervisor.run import Run

__all__ = ["Run", "RunReport", "Telemetry"]
