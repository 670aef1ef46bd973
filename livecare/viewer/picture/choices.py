"""Knows which ways of looking at a picture there are, and which tools."""

from typing import Final, Literal

Mode = Literal["side by side", "wipe", "blink", "difference"]
"""How raw and restored are compared:

- "side by side": two panes that move together.
- "wipe": one pane, raw left of a handle and restored right of it.
- "blink": one pane, raw and restored in turn.
- "difference": one pane, raw minus restored.
"""
MODES: Final[tuple[Mode, ...]] = ("side by side", "wipe", "blink", "difference")

Tool = Literal["none", "line", "region"]
"""What is laid over the picture to measure with."""
TOOLS: Final[tuple[Tool, ...]] = ("none", "line", "region")
