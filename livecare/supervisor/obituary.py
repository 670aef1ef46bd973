"""How the end of a child process reads in words: exit code, signal, crash, or want of memory."""

import signal
from pathlib import Path
from typing import Final

KERNEL_COUNTS: Final = Path("/proc/vmstat")
"""Where Linux counts what it did; elsewhere there is no such file."""
KILLS: Final = "oom_kill"
"""Its count of processes that were ended since no memory was left."""
LAST_CODE: Final = 255
"""Larger exit codes are no program's own: on Windows they name a crash, in hexadecimal."""
MEMORY_CURE: Final = "give the machine more memory, or close other programs"


def count_memory_kills() -> int:
    """Count the processes that this machine's kernel has ended for want of memory; 0 if unknown."""
    try:
        lines = KERNEL_COUNTS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    found = [line.split() for line in lines if line.startswith(f"{KILLS} ")]
    return int(found[0][1]) if found else 0


def obituary(exit_code: int, memory_kills: int, last_words: str) -> str:
    """Say how a process ended that was to go on.

    Parameters
    ----------
    exit_code : int
        As `subprocess` has it: a negative one is a signal's number.
    memory_kills : int
        How many processes the kernel has ended for want of memory while this one lived.
    last_words : str
        The end of its log; "" where there is nothing.
    """
    words = f"; its last words: {last_words}" if last_words else ""
    if exit_code < 0:
        how = f"was killed by {signal_name(-exit_code)}"
        if -exit_code == getattr(signal, "SIGKILL", None) and memory_kills > 0:
            how += f", as the kernel does where no memory is left: {MEMORY_CURE}"
        return f"{how}{words}"
    if exit_code > LAST_CODE:
        return f"crashed with {exit_code:#010x}{words}"
    return f"ended with exit code {exit_code}{words}"


def signal_name(number: int) -> str:
    """Return what a signal is called; its number where it has no name here."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
