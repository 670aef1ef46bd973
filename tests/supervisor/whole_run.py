"""Runs to their end."""

from livecare.config import Config
from livecare.sinks.verify import verify
from livecare.sources.protocol import FrameSource
from livecare.supervisor import Run, RunReport, Telemetry


def run(config: Config, source: FrameSource) -> tuple[RunReport, list[Telemetry]]:
    """Run it; return its report and every snapshot. Nothing of the rings may be left behind."""
    snapshots: list[Telemetry] = []
    report = Run(config, source, snapshots.append).execute()
    assert (snapshots[-1].stage, snapshots[-1].total) == ("ended", report.ledger)
    assert verify(config.store.path).sound
    assert not list((config.store.path.parent / "rings").iterdir())
    return report, snapshots
