"""Runs an acquisition from start to report: starts, watches, restarts and drains in order."""

from livecare.supervisor.report import RunReport
from livecare.supervisor.run import Run
from livecare.supervisor.telemetry import Telemetry

__all__ = ["Run", "RunReport", "Telemetry"]
