"""Where the time of restored frames goes: from the camera to the picture, by stages."""

from dataclasses import dataclass, field

from livecare.frame import FrameHeader, Restoration
from livecare.metrics import LatencyHistogram, RecentLatency


@dataclass(frozen=True, slots=True)
class Stages:
    """Where the time of a restored frame went; one histogram per stage."""

    waiting: LatencyHistogram = field(default_factory=LatencyHistogram)
    """From its arrival until the restorer took it."""
    engine: LatencyHistogram = field(default_factory=LatencyHistogram)
    """The batch that it was in, in the engine."""
    restored: LatencyHistogram = field(default_factory=LatencyHistogram)
    """From its arrival until it was published, restored."""
    added: LatencyHistogram = field(default_factory=LatencyHistogram)
    """The same without the engine: what livecare itself costs."""
    age: RecentLatency = field(default_factory=RecentLatency)
    """As `restored`, of the last seconds."""

    def add(self, header: FrameHeader, restoration: Restoration) -> None:
        """Count one frame."""
        total = restoration.published_ns - header.received_ns
        self.waiting.add(restoration.taken_ns - header.received_ns)
        self.engine.add(restoration.engine_ns)
        self.restored.add(total)
        self.age.add(total)
        self.added.add(total - restoration.engine_ns)
