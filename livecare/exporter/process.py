"""Knows the life of an exporter: it looks at the run until that is over, and says its last word."""

from contextlib import ExitStack
from pathlib import Path
from typing import Final

from livecare.errors import ChildError
from livecare.exporter.exposition import exposition
from livecare.exporter.listener import open_listener
from livecare.exporter.orders import ExporterSpec
from livecare.exporter.parent import watch_parent
from livecare.exporter.textfile import Textfile
from livecare.exporter.view import Watcher
from livecare.exporter.web import Answers, Web
from livecare.logs import logger

LOOK_S: Final = 0.2
"""Time between two looks at the run, seconds: as often as it says something."""


def run_exporter(spec: ExporterSpec) -> None:
    """Show a run until it has ended or its process is gone.

    Raises
    ------
    UsageError
        If the port is taken.
    ChildError
        If the server died.
    """
    parent_gone = watch_parent()
    watcher = Watcher(Path(spec.snapshot_file))
    watcher.look()
    with ExitStack() as stack:
        web = _serve(spec, watcher)
        if web is not None:
            stack.callback(web.close)
        textfile = _textfile(spec, watcher)
        while watcher.view.fate == "on":
            if textfile is not None:
                textfile.update()
            if parent_gone.wait(LOOK_S):
                watcher.note_death()
            watcher.look()
            if web is not None and not web.alive:
                raise ChildError("the exporter's web server has died; it is started again")
        if textfile is not None:
            textfile.write()


def _serve(spec: ExporterSpec, watcher: Watcher) -> Web | None:
    if spec.host is None or spec.port is None:
        return None
    web = Web(open_listener(spec.host, spec.port), Answers(lambda: watcher.view, spec))
    logger().info("metrics served", address=f"{spec.host}:{spec.port}")
    return web


def _textfile(spec: ExporterSpec, watcher: Watcher) -> Textfile | None:
    if spec.textfile is None:
        return None
    return Textfile(Path(spec.textfile), lambda: exposition(watcher.view, spec))
