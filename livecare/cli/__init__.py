"""The command line: parses, calls, prints. Nothing is decided here but exit codes and words.

Commands import what they need when they run, so that `livecare --help` is quick and a missing
extra breaks only the command that wants it.
"""

from livecare.cli.main import main

__all__ = ["main"]
