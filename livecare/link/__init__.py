"""What the recorder and its child processes say to each other, and over which sockets.

Pixels go through rings. Over ZeroMQ go wake-ups (`wakes`) and reports (`reports`, `reporting`);
what a child has to know before it starts lies in a file (`orders`).
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
