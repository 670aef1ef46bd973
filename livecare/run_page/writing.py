"""Knows where a page is written, and that no file of somebody else's is replaced by it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from livecare.disk import replace_file
from livecare.errors import StoreExistsError, UsageError
from livecare.pages.document import GENERATOR
from livecare.run_page.examples import make_examples
from livecare.run_page.page import TITLE, render_page
from livecare.run_page.story import read_story

ENDINGS: Final = (".zarr", ".ome")
"""Left out of a recording's name where a page is named after it."""
HEAD_BYTES: Final = 512
"""Where a page says that it is one of ours, bytes from its beginning."""


@dataclass(frozen=True, slots=True)
class Written:
    """A page that was written.

    Attributes
    ----------
    path : Path
        The file.
    damage : tuple of str
        What of the recording is damaged; the page says it, too.
    """

    path: Path
    damage: tuple[str, ...]


def write_page(store: Path, out: Path | None = None) -> Written:
    """Make the page of a recording, finished, interrupted or still being written.

    Parameters
    ----------
    store : Path
        The recording.
    out : Path or None
        The file; None for one beside the recording, with its name and ``.report.html``. A page
        that livecare made before is replaced.

    Raises
    ------
    UsageError
        There is no recording at this path, or the page cannot be written.
    StoreExistsError
        `out` is something else than a page of livecare.
    StoreError
        It is no livecare store, its zarr.json is damaged, or the disk failed.
    """
    path = page_path(store) if out is None else out
    _check_free(path)
    story = read_story(store)
    channels, unreadable = make_examples(story)
    page = render_page(story, channels, unreadable)
    try:
        replace_file(path, page.encode(errors="replace"))
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written ({error.strerror or error}): name another file with --output"
        ) from error
    return Written(path, (*story.damage, *unreadable))


def page_path(store: Path) -> Path:
    """Return where a recording's page is by custom: beside it."""
    name = store.resolve().name
    for ending in ENDINGS:
        name = name.removesuffix(ending)
    return store.resolve().with_name(f"{name}.report.html")


def _check_free(path: Path) -> None:
    if not path.exists():
        return
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES).decode(errors="replace")
        ours = GENERATOR in head and f"<title>{TITLE}" in head
    except OSError as error:
        raise UsageError(
            f"{path} cannot be replaced ({error.strerror or error}): name a file with --output"
        ) from error
    if not ours:
        raise StoreExistsError(f"{path} exists and is no page of a recording: name another file")
