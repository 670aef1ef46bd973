"""Knows what of a window is the same the next time."""

from typing import Final, cast

from livecare.viewer.frame_of_window import FrameOfWindow
from livecare.viewer.looks import Looks
from livecare.viewer.picture.choices import MODES, Mode
from livecare.viewer.remembered import Remembered

USUALLY_OPEN: Final = ("health", "trust")
"""Sections that are open in a window that was never opened before: what warns."""
USUAL_PX: Final = (1280, 800)
"""Width and height of a window that was never opened before, pixels."""


def restore_layout(window: FrameOfWindow, looks: Looks, kept: Remembered) -> None:
    """Give a window the size, the layout and the ways of looking of the last time."""
    window.resize(*USUAL_PX)
    if (shape := kept.shape("window")) is not None:
        window.restoreGeometry(shape)
    if (shape := kept.shape("rows")) is not None:
        window.rows.restoreState(shape)
    window.choose_mode(cast("Mode", kept.word("mode", MODES, "side by side")))
    window.show_panels(kept.flag("panels", usual=True))
    window.curves_section.set_open(is_open=kept.flag("curves", usual=False))
    for name, section in window.sections.items():
        section.set_open(is_open=kept.flag(name, usual=name in USUALLY_OPEN))
    looks.same = kept.flag("same contrast", usual=True)


def keep_layout(window: FrameOfWindow, looks: Looks, kept: Remembered) -> None:
    """Keep that of a window."""
    kept.keep_shape("window", window.saveGeometry())
    kept.keep_shape("rows", window.rows.saveState())
    kept.keep_word("mode", window.picture.mode)
    kept.keep_flag("panels", on=not window.column.isHidden())
    kept.keep_flag("curves", on=window.curves_section.is_open)
    for name, section in window.sections.items():
        kept.keep_flag(name, on=section.is_open)
    kept.keep_flag("same contrast", on=looks.same)
