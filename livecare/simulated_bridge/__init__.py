"""A stand-in for a running Micro-Manager: a simulated camera behind its real server protocol."""

from livecare.simulated_bridge.server import SimulatedBridge
from livecare.simulated_bridge.settings import Misbehaviour, SimulatedBridgeSettings

__all__ = ["Misbehaviour", "SimulatedBridge", "SimulatedBridgeSettings"]
