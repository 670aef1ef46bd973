"""How long a wait lasts at most, and where sockets are bound: this machine only."""

from typing import Final

HEARTBEAT_MS: Final = 100
"""Longest wait, milliseconds, before a waiter looks for itself: bounds what a lost wake-up costs,
and how late a process notices that it should end."""

LOOPBACK_ANY_PORT: Final = "tcp://127.0.0.1:*"
"""Only this machine, a port that the system picks. (Windows has no ipc://.)"""
