"""Shows a window with an ImageItem, and nothing else, until it is painted."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QApplication
from viewer_eye import Eye


def main() -> None:
    """Show it."""
    app = QApplication(["bare"])
    widget = pg.GraphicsLayoutWidget()
    box = widget.addViewBox(lockAspect=True, invertY=True)
    box.addItem(pg.ImageItem(np.zeros((64, 64), np.uint16)))
    widget.resize(1280, 800)
    Eye(widget.viewport())
    widget.show()
    app.exec()


if __name__ == "__main__":
    main()
