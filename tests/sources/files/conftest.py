"""Sources of files, and writers of data sets, that are closed after the test."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fake_clock import FakeClock
from followed import Follow, Java
from ndtiff_writers import JavaWriter
from starting import start
from watched_files import Watch

from livecare.frame import StreamInfo
from livecare.sources.folder_watch import FolderWatchSettings, FolderWatchSource
from livecare.sources.ndtiff_follow import NDTiffFollowSettings, NDTiffFollowSource


@pytest.fixture
def closing() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def follow(closing: ExitStack) -> Follow:
    """Open and start a source, which is closed after the test."""

    def make(
        path: Path, clock: FakeClock | None = None, **settings: object
    ) -> tuple[NDTiffFollowSource, StreamInfo]:
        source = NDTiffFollowSource(NDTiffFollowSettings(path, **settings), clock)
        closing.callback(source.close)
        return start(source)

    return make


@pytest.fixture
def java(closing: ExitStack) -> Java:
    """Begin a data set, whose files are closed after the test."""

    def make(folder: Path, **how: object) -> JavaWriter:
        writer = JavaWriter(folder, **how)
        closing.callback(writer.die)
        return writer

    return make


@pytest.fixture
def watch(tmp_path: Path, closing: ExitStack) -> Watch:
    """Open and start a source, which is closed after the test."""

    def make(
        clock: FakeClock | None = None, **settings: object
    ) -> tuple[FolderWatchSource, StreamInfo]:
        source = FolderWatchSource(
            FolderWatchSettings(tmp_path / "in", **settings), clock or FakeClock()
        )
        closing.callback(source.close)
        return start(source)

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"
