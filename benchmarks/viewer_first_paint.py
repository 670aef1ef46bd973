"""Runs `livecare view` until its window is painted.

    python benchmarks/viewer_first_paint.py --directory FOLDER   # as `livecare view`

All that is added is somebody who notices the first paint.
"""

import sys

from viewer_eye import Eye

from livecare import cli
from livecare.viewer.window import ViewerWindow  # what the command imports, a little sooner


class WatchedWindow(ViewerWindow):
    """The window, which is watched from when it is shown."""

    def show(self) -> None:
        """Show it."""
        Eye(self)
        super().show()


if __name__ == "__main__":
    import livecare.viewer.app

    livecare.viewer.app.ViewerWindow = WatchedWindow
    sys.argv[1:1] = ["view"]
    cli.main()
