"""Knows how raw and restored are shown together, whatever the way of looking."""

from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from livecare.errors import UsageError
from livecare.frame import StreamInfo
from livecare.viewer.display.sureness import Tables
from livecare.viewer.picture.board import Board
from livecare.viewer.picture.choices import MODES, TOOLS, Mode, Tool
from livecare.viewer.picture.difference_scale import DifferenceScale
from livecare.viewer.picture.hover import Hover, hover_at
from livecare.viewer.picture.instead import Instead, What
from livecare.viewer.picture.sides import (
    Side,
    difference_side,
    difference_source,
    picture_shape,
    raw_side,
    restored_side,
    shown_channels,
)
from livecare.viewer.picture.tools import (
    PixelYX,
    Shape,
    first_line,
    first_rectangle,
    on_view,
)
from livecare.viewer.picture.viewport import ViewYX
from livecare.viewer.seen import View
from livecare.viewer.styles import ChannelStyle

BLINK_MS: Final = 600
"""How long each side is shown in turn, milliseconds: time to look, and what moves is still seen."""


class Picture(QWidget):
    """Raw and restored frames, beside each other, split, in turn, or their difference.

    Zoom, place and tools stay when frames come; a frame of another size is fitted once.
    """

    hovered = Signal(object)
    """A `Hover`, or None when the mouse is not on the frame; again whenever its values change."""
    line_changed = Signal(object)
    """`((y0, x0), (y1, x1))`, the line's first and last pixel, or None when it is gone."""
    region_changed = Signal(object)
    """`(y0, x0, y1, x1)`, without row y1 and column x1, or None when it is gone."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board = Board(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._board)
        self._view = View()
        self._info: StreamInfo | None = None
        self._styles: tuple[ChannelStyle, ...] = ()
        self._note = ""
        self._mode: Mode = "side by side"
        self._blinks_restored = False
        self._tool: Tool = "none"
        self._laid: dict[Tool, Shape] = {}
        self._hover: Hover | None = None
        self._line: tuple[PixelYX, PixelYX] | None = None
        self._region: tuple[int, int, int, int] | None = None
        self._scale = DifferenceScale()
        self._instead = Instead()
        self._timer = QTimer(self, interval=BLINK_MS)
        self._timer.timeout.connect(self._blink)
        self._board.pointed.connect(self._tell_hover)
        self._board.shapes_changed.connect(self._tell_shapes)
        self.setAccessibleName("picture of raw and restored frames")
        self._refresh()

    @property
    def board(self) -> Board:
        """What the panes are on."""
        return self._board

    @property
    def mode(self) -> Mode:
        """How raw and restored are compared."""
        return self._mode

    @property
    def tool(self) -> Tool:
        """What is laid over the picture."""
        return self._tool

    @property
    def hover(self) -> Hover | None:
        """What is under the mouse, as said last."""
        return self._hover

    @property
    def line(self) -> tuple[PixelYX, PixelYX] | None:
        """The line's first and last pixel, `(y, x)` each; None where there is none."""
        return self._line

    @property
    def region(self) -> tuple[int, int, int, int] | None:
        """The rectangle `(y0, x0, y1, x1)`, without row y1 and column x1; None without one."""
        return self._region

    @property
    def split(self) -> float:
        """Where a wipe splits, of the frame's width: 0 to 1."""
        return self._board.split

    def set_view(
        self, view: View, info: StreamInfo | None, styles: tuple[ChannelStyle, ...]
    ) -> None:
        """Show this.

        Parameters
        ----------
        view : View
            The frames.
        info : StreamInfo or None
            The run: names of channels, size of a pixel.
        styles : tuple of ChannelStyle
            How each channel looks, by its index.
        """
        self._view, self._info, self._styles = view, info, styles
        shape_yx = picture_shape(view, shown_channels(view, styles))
        self._refresh()
        self._board.set_shape(shape_yx)
        if self._tool != "none" and not self._board.shapes.all:
            self._lay_tool()
            self._board.show_shapes()
        self._tell_hover(self._board.pixel)

    def set_note(self, text: str) -> None:
        """Say why nothing is restored, where that is so; empty for the usual words."""
        if text != self._note:
            self._note = text
            self._refresh()

    def show_instead(self, what: What, tables: Tables) -> None:
        """Show the restored frame, draws, or predicted errors, by these tables; draws move on."""
        changed = what != self._instead.what
        self._instead.what, self._instead.tables = what, tables
        if changed or self._instead.moves:
            self._refresh()

    def set_mode(self, mode: Mode) -> None:
        """Compare in this way.

        Raises
        ------
        UsageError
            If there is no such way.
        """
        if mode not in MODES:
            raise UsageError(
                f"no way to compare is called {mode!r}; take one of {', '.join(MODES)}"
            )
        if mode == self._mode:
            return
        self._mode, self._blinks_restored = mode, False
        if mode == "blink":
            self._timer.start()
        else:
            self._timer.stop()
        self._refresh()

    def toggle_blink_side(self) -> None:
        """Show the other side now, and for the whole of its time; nothing in other modes."""
        if self._mode == "blink":
            self._timer.start()
            self._blink()

    def set_split(self, split: float) -> None:
        """Split a wipe there, of the frame's width: 0 to 1."""
        self._board.set_split(split)

    def set_tool(self, tool: Tool) -> None:
        """Lay a line or a rectangle over what is seen, where it was last if that is seen.

        Raises
        ------
        UsageError
            If there is no such tool.
        """
        if tool not in TOOLS:
            raise UsageError(f"no tool is called {tool!r}; take one of {', '.join(TOOLS)}")
        self._tool = tool
        self._board.shapes.remove("line")
        self._board.shapes.remove("region")
        self._lay_tool()
        self._board.show_shapes()

    def fit(self) -> None:
        """Show the whole frame."""
        self._board.fit()

    def actual_size(self) -> None:
        """Show one camera pixel on one pixel of the screen."""
        self._board.zoom_to(1 / self.devicePixelRatioF())

    def zoom_by(self, factor: float) -> None:
        """Come closer by a factor above 1, go away by one below."""
        self._board.zoom_by(factor)

    def visible_view(self) -> ViewYX:
        """Give top, left, bottom, right of what is seen, camera pixels; 0 before any frame."""
        return self._board.seen() or (0.0, 0.0, 0.0, 0.0)

    def _refresh(self) -> None:
        left, right = self._board.panes
        raw = raw_side(self._view, self._info, self._styles)
        pixel_size_um = None if self._info is None else self._info.pixel_size_um
        if self._mode == "difference":
            left.show_sides((self._difference_side(),), (0,), pixel_size_um)
            self._board.arrange(1, splits=False)
            return
        restored = restored_side(self._view, self._info, self._styles, self._note)
        restored = self._instead.of(restored)
        if self._mode == "side by side":
            left.show_sides((raw,), (0,), pixel_size_um)
            right.show_sides((restored,), (0,), pixel_size_um)
        elif self._mode == "wipe":
            left.show_sides((raw, restored), (0, 1), pixel_size_um)
        else:
            left.show_sides((raw, restored), (int(self._blinks_restored),), pixel_size_um)
        self._board.arrange(2 if self._mode == "side by side" else 1, splits=self._mode == "wipe")

    def _difference_side(self) -> Side:
        found = difference_source(self._view, self._styles)
        scale = 1.0 if found is None else self._scale.of(found[1], found[2])
        return difference_side(found, scale, self._info, self._note)

    def _blink(self) -> None:
        self._blinks_restored = not self._blinks_restored
        self._refresh()

    def _lay_tool(self) -> None:
        """Lay the tool over the frame; it waits for the first frame if there is none."""
        shape_yx, seen = self._board.shape_yx, self._board.seen()
        if self._tool == "none" or shape_yx is None or seen is None:
            return
        shape = self._laid.get(self._tool)
        if shape is None or not on_view(shape, seen):
            first = first_line if self._tool == "line" else first_rectangle
            shape = first(seen, shape_yx)
        self._board.shapes.put(shape, shape_yx)

    def _tell_shapes(self) -> None:
        line, region = self._board.shapes.line, self._board.shapes.region
        ends = None if line is None else (line.start, line.end)
        bounds = None if region is None else region.bounds
        if line is not None:
            self._laid["line"] = line
        if region is not None:
            self._laid["region"] = region
        if ends != self._line:
            self._line = ends
            self.line_changed.emit(ends)
        if bounds != self._region:
            self._region = bounds
            self.region_changed.emit(bounds)

    def _tell_hover(self, pixel: tuple[int, int] | None) -> None:
        hover = None
        if pixel is not None:
            hover = hover_at(self._view, shown_channels(self._view, self._styles), *pixel)
        if hover != self._hover:
            self._hover = hover
            self.hovered.emit(hover)
