"""Knows how panels are folded away under their headings, and stand in a column."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from livecare.viewer import theme
from livecare.viewer.panels.button import PRESSING, keeps
from livecare.viewer.panels.symbols import icon_size, symbol_icon


class Section(QWidget):
    """A heading, and what it folds away.

    Parameters
    ----------
    title : str
        The heading.
    content : QWidget
        What stands below it.
    """

    opened = Signal(bool)
    """Whether the content is shown now."""

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__()
        self.heading = _Heading()
        self.heading.setProperty("role", "heading")
        self.heading.setText(title)
        self.heading.setCheckable(True)
        self.heading.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.heading.setChecked(True)
        self.heading.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.heading.setIconSize(icon_size())
        self.heading.setIcon(symbol_icon("unfolded"))
        self.heading.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heading.toggled.connect(self._fold)
        self.content = content
        content.setProperty("role", "panel")
        content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.heading)
        column.addWidget(content)

    def set_open(self, *, is_open: bool) -> None:
        """Show or hide the content."""
        self.heading.setChecked(is_open)

    @property
    def is_open(self) -> bool:
        """Whether the content is shown."""
        return self.heading.isChecked()

    def _fold(self) -> None:
        shown = self.heading.isChecked()
        self.heading.setIcon(symbol_icon("unfolded" if shown else "folded"))
        self.content.setVisible(shown)
        self.opened.emit(shown)


class _Heading(QToolButton):
    """A heading that the keyboard folds, too."""

    def event(self, event: QEvent) -> bool:
        """Keep its keys; called by Qt."""
        return keeps(event, PRESSING) or super().event(event)


class Column(QScrollArea):
    """Sections below each other; what does not fit is scrolled to.

    Parameters
    ----------
    sections : sequence of QWidget
        From the top.
    """

    def __init__(self, sections: Sequence[QWidget]) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inner = QWidget()
        column = QVBoxLayout(inner)
        margin = theme.scaled(4)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(margin)
        for section in sections:
            column.addWidget(section)
        column.addStretch(1)
        self.setWidget(inner)
        self.setMinimumWidth(theme.scaled(theme.COLUMN_PX))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Be as narrow as the panels allow; called by Qt."""
        return QSize(self.minimumWidth(), super().sizeHint().height())
