"""Knows how it is told that a sequence ended early: what happened, where, and what to do."""

from typing import Final

BUFFER_CURE: Final = (
    "give it more memory (buffer_mb), lower the frame rate, or find out what holds the recorder up "
    "(mostly the disk)"
)
"""What helps where a core's buffer is full."""


def overflowed(capacity: int, after: int) -> str:
    """Tell of a sequence that stopped because the core's buffer was full."""
    return (
        f"micromanager: the core's buffer of {capacity} frames overflowed after frame {after}, and "
        f"the camera was stopped; {BUFFER_CURE}"
    )


def emptied(capacity: int, lost: str) -> str:
    """Tell of a sequence that went on though its buffer was full; `lost` is a number in words."""
    return (
        f"micromanager: the core's buffer of {capacity} frames overflowed and was emptied: {lost} "
        f"of its frames are lost; {BUFFER_CURE}"
    )


def silent(after: int) -> str:
    """Tell of a camera that ends each sequence without a frame."""
    return (
        f"micromanager: the camera's sequence was stopped after frame {after}, and each time that "
        "it was started again it ended without a frame; see the core's log, and check that the "
        "camera is connected"
    )


def gone(after: int, error: Exception) -> str:
    """Tell of a camera or a core that fails in the middle of a sequence."""
    said = " ".join(str(error).split())  # cores write paragraphs
    return (
        f"micromanager: the camera failed after frame {after}: {said}; check its power and its "
        "cable, and see the core's log"
    )


def refused(after: int, error: Exception) -> str:
    """Tell of a camera that was stopped and does not start any more."""
    return (
        f"micromanager: the camera's sequence was stopped after frame {after} and cannot be "
        f"started again: {error}; stop what else uses the camera"
    )


def changed(after: int, error: Exception) -> str:
    """Tell of a camera that sends what livecare does not take."""
    return f"micromanager: the camera changed after frame {after}: {error}"
