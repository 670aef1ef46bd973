"""Knows the life of a watched folder: wait for a file, read it whole, and go on to the next."""

import threading
from dataclasses import replace
from typing import Final

from livecare.errors import LivecareError, MissingExtraError, StoppedError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.images import ImageFile, open_images
from livecare.logs import logger
from livecare.sources.clock import NS_PER_S, Clock, MonotonicClock, StopSignal
from livecare.sources.folder_watch.folder import FileMark, NewFile, WatchedFolder
from livecare.sources.folder_watch.settings import FolderWatchSettings
from livecare.sources.image_stream import continue_stream, describe_images
from livecare.sources.poll import Poll
from livecare.sources.protocol import Arrival, NoFrame
from livecare.sources.stages import Stages

_POLL_S: Final = 0.02
"""How often new files are looked for, s."""

_NOT_WHOLE: Final = "it is empty, or somebody still writes it"
"""Why a file is passed over that was not tried to be read."""

_NAMED: Final = 5
"""Broken files that are named at the end, at most."""


class FolderWatchSource:
    """A `FrameSource` of the TIFF files that appear in a folder.

    A file is given when it has not changed for a while, all of it can be read, and it did not
    change meanwhile; one of several OME-TIFF files when that holds for all of them, and then it is
    given with them.
    """

    problem = None

    def __init__(self, settings: FolderWatchSettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock: Clock = clock or MonotonicClock()
        self._stop = StopSignal(self._clock)
        self._stages = Stages("folder-watch")
        self._folder: WatchedFolder | None = None
        self._images: ImageFile | None = None
        self._file: NewFile | None = None
        self._first_written_ns: int | None = None
        self._page = 0
        self._stream: StreamInfo | None = None
        self._run_id = ""
        self._next_t = 0
        self._given = 0
        self._news_ns = 0
        self._last_look_ns: int | None = None  # at the folder, once a stop was requested
        self._ended = False

    @property
    def lost_at_end(self) -> int:
        """Files that were never whole."""
        return len(self._folder.broken) if self._folder and self._ended else 0

    @property
    def why_lost(self) -> str | None:
        """Say which files were never whole; None if there was none."""
        broken = self._folder.broken if self._folder else ()
        if not broken:
            return None
        names = ", ".join(broken[:_NAMED]) + (" ..." if len(broken) > _NAMED else "")
        return (
            f"{len(broken)} files in {self._settings.path} could not be read: {names}; see what "
            "is wrong with them, or raise broken_s if they are written slowly"
        )

    def open(self, run_id: str) -> StreamInfo:
        """Wait for the first file.

        Raises
        ------
        SourceError
            The path is wrong.
        MissingExtraError
            A file's compression needs a package that is not installed.
        StoppedError
            A stop was requested first.
        """
        self._stages.open()
        self._run_id = run_id
        self._folder = WatchedFolder(self._settings, self._clock)
        while (images := self._load(self._folder)) is None:
            if self._stop.since_ns is not None or self._folder.ending:
                raise StoppedError(f"folder-watch: no image came in {self._settings.path}")
            self._stop.wait(_POLL_S)
        return self._take_up(images) or self._begin(images)

    def start(self) -> None:
        """Begin to give frames."""
        self._stages.start()
        self._news_ns = self._clock.now_ns()

    def read_into(self, pixels: Pixels, timeout_s: float) -> Arrival | NoFrame | StreamInfo:
        """Wait for the next file and copy it. Raises MissingExtraError as `open`."""
        self._stages.check_read(pixels, self._stream)
        poll = Poll(self._clock, self._stop, timeout_s)
        while not self._ended:
            arrival = self._give(pixels)
            if arrival is not None:
                return arrival
            images = self._advance()
            if images is not None:
                change = self._take_up(images)
                if change is not None:
                    return change
                continue
            if self._ended or not self._pause(poll):
                break
        return NoFrame.ENDED if self._ended else NoFrame.WAITING

    def request_stop(self) -> None:
        """End soon: what is there still comes once it has settled; what is not whole is named."""
        self._stop.request()

    def close(self) -> None:
        """Close the file that is being read."""
        self._stop.request()
        self._stages.close()
        self._put_away()

    def _advance(self) -> ImageFile | None:
        """Return the next file; without one, decide whether it is over."""
        folder = self._folder
        if folder is None:
            return None
        stopping = self._stop.since_ns is not None
        if stopping and self._last_look_ns is None:
            self._last_look_ns = self._clock.now_ns()
            folder.look()
            folder.ending = True  # what is there now is the last that comes
        images = self._load(folder)
        if images is not None:
            self._news_ns = self._clock.now_ns()
        elif folder.head() is None:
            news_ns = max(self._news_ns, folder.news_ns)
            idle_s = (self._clock.now_ns() - news_ns) / NS_PER_S
            idle = self._settings.idle_s is not None and idle_s >= self._settings.idle_s
            self._ended = stopping or folder.ending or idle
        return images

    def _pause(self, poll: Poll) -> bool:
        """Wait before the next look; False, at once, when the deadline has passed."""
        if not poll.wait(_POLL_S):
            return False
        if self._last_look_ns is not None:  # a stop, which ends that wait at once
            self._clock.wait(threading.Event(), _POLL_S)
        return True

    def _load(self, folder: WatchedFolder) -> ImageFile | None:
        """Open the file whose turn it is, None unless it is whole; pass over what stays broken."""
        file = folder.head()
        if file is None:
            return None
        at_rest = folder.at_rest(file)
        if at_rest and folder.join(file):
            return self._load(folder)
        images: ImageFile | None = None
        why = _NOT_WHOLE
        try:
            images = _open_whole(file) if at_rest else None
        except MissingExtraError:
            raise
        except (LivecareError, OSError) as error:
            why = str(error)
        if images is not None:
            folder.take(file)
            self._file = file
        elif at_rest and file.missing:
            _wait_for_others(folder, file)
        elif self._is_broken(folder, file):
            _pass_over(folder, file, why)
        return images

    def _is_broken(self, folder: WatchedFolder, file: NewFile) -> bool:
        """Tell whether a file that is not whole need not be waited for any more."""
        settings, unchanged_s = self._settings, folder.unchanged_s(file)
        if unchanged_s is None:
            return False  # it is gone
        if self._last_look_ns is None:
            return unchanged_s > max(settings.broken_s, settings.settle_s)
        since_s = (self._clock.now_ns() - self._last_look_ns) / NS_PER_S
        return unchanged_s > settings.settle_s or since_s > settings.broken_s

    def _take_up(self, images: ImageFile) -> StreamInfo | None:
        """Begin with a file; say what that changes."""
        self._images, self._page = images, 0
        if self._stream is None:
            return None
        changed = continue_stream(self._stream, images)
        if changed is self._stream:
            return None
        if changed is None:
            return self._begin(images)
        self._stream = changed
        return changed

    def _begin(self, images: ImageFile) -> StreamInfo:
        """Begin an epoch."""
        stream = describe_images(
            images, f"folder-watch: {images.path.parent.name}", self._run_id, grows=True
        )
        frames = self._settings.frames
        expected = None if frames is None else frames - self._given
        detail = {"path": str(self._settings.path), "format": stream.detail["format"]}
        self._stream = replace(stream, expected_frames=expected, detail=detail)
        self._next_t = 0
        return self._stream

    def _give(self, pixels: Pixels) -> Arrival | None:
        """Copy the next frame of the present file; None if it has no more."""
        images, folder, file = self._images, self._folder, self._file
        if images is None or folder is None or file is None:
            return None
        if self._page == len(images.order):
            self._put_away()
            return None
        at = images.order[self._page]
        self._page += 1
        try:
            pixels[...] = images.read(at.t, at.c, at.z, at.p)
        except LivecareError as error:
            _pass_over(folder, file, str(error))
            self._put_away()
            return None
        if self._first_written_ns is None:
            self._first_written_ns = file.mark.written_ns
        self._given += 1
        self._ended = self._given == self._settings.frames
        return Arrival(
            position=Position(self._next_t + at.t, at.c, at.z, at.p),
            received_ns=self._clock.now_ns(),
            camera_index=self._given - 1,
            camera_time_ns=file.mark.written_ns - self._first_written_ns,
        )

    def _put_away(self) -> None:
        if self._images is not None:
            self._next_t += self._images.shape[0]
            self._images.close()
            self._images = None


def _pass_over(folder: WatchedFolder, file: NewFile, why: str) -> None:
    logger().warning("file passed over", file=str(file.path), why=why)
    folder.pass_over(file)


def _wait_for_others(folder: WatchedFolder, file: NewFile) -> None:
    """Let other files go first until all files of a recording are there."""
    missing = file.missing
    logger().info(
        "file waits for others of its recording",
        file=str(file.path),
        missing=len(missing),
        first=", ".join(missing[:_NAMED]),
    )
    folder.pass_over(file)


def _open_whole(file: NewFile) -> ImageFile | None:
    """Open a file and read all of it once; None if it changed meanwhile.

    Raises
    ------
    LivecareError, OSError
        It cannot be read, or not yet.
    """
    images = open_images(file.path)
    try:
        for at in images.order:
            images.read(at.t, at.c, at.z, at.p)
        unchanged = FileMark.of(file.path, file.others) == file.mark
    except (LivecareError, OSError):
        images.close()
        raise
    if not unchanged:
        images.close()
        return None
    return images
