"""The overrunnable half: raw ring → engine → restored ring, in a process of its own."""

from livecare.restorer.process import run_restorer

__all__ = ["run_restorer"]
