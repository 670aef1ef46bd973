"""What the processes of a run say to each other and to who asks, and at which sockets.

Pixels go through rings. Between the recorder and its children go wake-ups (`wakes`) and reports
(`reports`, `reporting`); what a child has to know before it starts lies in a file (`orders`).
Others hear how the run is (`telemetry`), and ask it for changes (`requests`, `control`, `asking`),
if they may come in (`gate`, `curve`).
"""

from livecare.link.orders import GuardSpec, PublisherSpec, RestorerSpec, read_spec, write_spec
from livecare.link.reporting import MAX_REPORT_BYTES, Reporter, ReportInbox
from livecare.link.reports import (
    Alarmed,
    Degraded,
    DegradedTo,
    FrameFailed,
    GettingReady,
    LockWaits,
    NormalisationLocked,
    PhotonFactor,
    Progress,
    Ready,
    Report,
    SpreadMeasured,
    Swapped,
    SwapRefused,
)
from livecare.link.sockets import HEARTBEAT_MS, LOOPBACK_ANY_PORT
from livecare.link.wakes import WakeListener, Waker

__all__ = [
    "HEARTBEAT_MS",
    "LOOPBACK_ANY_PORT",
    "MAX_REPORT_BYTES",
    "Alarmed",
    "Degraded",
    "DegradedTo",
    "FrameFailed",
    "GettingReady",
    "GuardSpec",
    "LockWaits",
    "NormalisationLocked",
    "PhotonFactor",
    "Progress",
    "PublisherSpec",
    "Ready",
    "Report",
    "ReportInbox",
    "Reporter",
    "RestorerSpec",
    "SpreadMeasured",
    "SwapRefused",
    "Swapped",
    "WakeListener",
    "Waker",
    "read_spec",
    "write_spec",
]
