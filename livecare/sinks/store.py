"""How a recording is begun, kept and ended: the crash-safe OME-Zarr store, open for writing."""

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from livecare.disk import supports_direct, sync_path
from livecare.errors import StoreError
from livecare.frame import Ledger, StreamInfo
from livecare.sinks.array import ArrayMetadata
from livecare.sinks.array_writer import ArrayWriter
from livecare.sinks.blueprint import build, make_image, plan_array
from livecare.sinks.catalogue import bring_up_to_date
from livecare.sinks.failures import failure, refusal
from livecare.sinks.free_space import FreeSpace
from livecare.sinks.lane import Lane
from livecare.sinks.layout import LANES, LaneName, array_name, reserve_path
from livecare.sinks.makers import name_makers
from livecare.sinks.manifest import Manifest, State
from livecare.sinks.marks import Mark, MarkFile
from livecare.sinks.options import StoreOptions
from livecare.sinks.syncer import Syncer


class Store:
    """A recording that is being written; made by `Store.create`.

    Attributes
    ----------
    path : Path
        Its folder.
    info : StreamInfo
        What is recorded.
    raw, restored : Lane
        Where frames go. Each takes frames from one thread; the two may be different ones.
    """

    def __init__(self, path: Path, manifest: Manifest, options: StoreOptions) -> None:
        self.path = path
        self.info = manifest.info
        self._manifest = manifest
        self._syncer = Syncer(path, options.sync_interval_s)
        self._options = options
        self._direct_from = options.direct_from_bytes if supports_direct(path) else None
        self._marks = MarkFile(path)
        self._growing = False
        self.raw = self._open_lane("raw")
        self.restored = self._open_lane("restored")
        self._syncer.start((self.raw, self.restored))
        self._open = True

    @classmethod
    def create(
        cls,
        path: Path,
        info: StreamInfo,
        options: StoreOptions | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Self:
        """Begin a recording.

        Parameters
        ----------
        path : Path
            The folder to make, by custom named ``*.ome.zarr``.
        info : StreamInfo
            What will be recorded.
        options : StoreOptions or None
            How.
        settings : mapping or None
            What the run was started with, kept in the store; JSON values.

        Raises
        ------
        StoreExistsError
            The path is taken, and may not or must not be overwritten.
        MissingExtraError
            The compression needs a package that is not installed.
        UsageError
            The folder is read-only, or may not be written.
        DiskFullError, StoreError
            It cannot be written.
        """
        options = options or StoreOptions()
        try:
            build(path, info, options, settings or {})
        except OSError as error:
            raise refusal(error, path) from error
        try:
            return cls(path, Manifest.load(path), options)
        except OSError as error:
            shutil.rmtree(path.resolve(), ignore_errors=True)  # nothing is in it yet
            raise refusal(error, path) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def free_space(self) -> FreeSpace:
        """Say what still fits on the disk."""
        return FreeSpace.of(
            self.path, self.info, self.raw.max_frame_bytes + self.restored.max_frame_bytes
        )

    def grow(self, info: StreamInfo) -> None:
        """Make room for more channels, planes or stage positions; from any thread.

        Parameters
        ----------
        info : StreamInfo
            What is recorded from now on; see `StreamInfo.grows_from`.

        Raises
        ------
        StoreError
            It is no growth, or the store was not made to grow.
        DiskFullError, StoreError
            The disk does not take it.
        """
        if not (self.info.grows and info.grows_from(self.info)):
            raise StoreError(
                f"{self.path}: a recording of {self.info.channels} × {self.info.size_z} planes × "
                f"{self.info.positions} cannot become one of {info.channels} × {info.size_z} × "
                f"{info.positions}; record it as another one"
            )
        try:
            self._grow(info)
        except OSError as error:
            raise failure(error, "making room for more channels", self.path) from error

    def _grow(self, info: StreamInfo) -> None:
        """Make the new images, say so in the manifest, then in the groups, then widen the arrays.

        A crash in between leaves groups that say less than the manifest, and arrays that are
        narrower and hold no frame beyond their width: `recover` does the rest, and `finish` does
        it where only the disk was full.
        """
        for name in LANES:
            for p in range(len(self.info.positions), len(info.positions)):
                make_image(self.path, info, name, p, plan_array(info, self._options, name))
        manifest = replace(self._manifest, info=info)
        manifest.save(self.path)
        self.info, self._manifest, self._growing = info, manifest, True
        self._finish_growth()

    def _finish_growth(self) -> None:
        """Bring groups and arrays up to what the manifest says, as far as they are not."""
        if not self._growing:
            return
        info = self.info
        bring_up_to_date(self.path, info)
        for lane in (self.raw, self.restored):
            added = range(lane.positions, len(info.positions))
            more = [self._open_array(lane.name, p) for p in added]
            lane.grow(len(info.channels), info.size_z, more)
        self._growing = False

    @property
    def marks(self) -> int:
        """Events that were marked."""
        return self._marks.count

    def mark(self, sequence: int, text: str, wall_ns: int) -> None:
        """Mark an event, and return when the disk has it; from any thread.

        Parameters
        ----------
        sequence : int
            The frame that it belongs to.
        text : str
            What happened; 500 characters at most, no control characters.
        wall_ns : int
            When, ns since 1970, UTC.

        Raises
        ------
        UsageError
            The text, or the frame, cannot be.
        DiskFullError, StoreError
            The disk does not take it, or the recording is closed; what was recorded is intact.
        """
        self._marks.append(Mark(sequence, text, wall_ns))

    def sync(self) -> None:
        """Return once the disk has every frame appended before this call.

        Raises
        ------
        DiskFullError, StoreError
            It does not.
        """
        self._syncer.sync()

    def rest(self) -> None:
        """Hold few files until the next frame comes; nothing may be appended meanwhile.

        Raises
        ------
        DiskFullError, StoreError
            The space that was reserved ahead cannot be given back.
        """
        try:
            for lane in (self.raw, self.restored):
                lane.rest()
        except OSError as error:
            raise failure(error, "closing files for a while", self.path) from error

    def finish(self, ledger: Ledger) -> None:
        """End the recording: sync, give the arrays their exact length, write the final count.

        The arrays of all images get the same length, that of the longest. The recording is marked
        complete if the ledger says so and agrees with the frames that are in the store.

        Parameters
        ----------
        ledger : Ledger
            What became of every frame.

        Raises
        ------
        DiskFullError, StoreError
            The end could not be written; everything appended is intact, and `recover` ends the
            recording once there is space.
        """
        self._open = False
        self._marks.close()
        self._syncer.stop()
        try:
            reserve_path(self.path).unlink(missing_ok=True)
            for lane in (self.raw, self.restored):
                lane.close_shards()
            self._syncer.sync()
            self._write_end(ledger)
        except OSError as error:
            raise failure(error, "ending the recording", self.path) from error
        finally:
            self._release()

    def close(self) -> None:
        """Let go of the files; without `finish` before, the store stays "open", for `recover`.

        A second time does nothing.

        Raises
        ------
        DiskFullError, StoreError
            The disk does not have everything that was appended.
        """
        if not self._open:
            return
        self._open = False
        self._marks.close()
        self._syncer.stop()
        try:
            self._syncer.sync()
        finally:
            self._release()

    def _open_lane(self, name: LaneName) -> Lane:
        arrays = [self._open_array(name, p) for p in range(len(self.info.positions))]
        codec = arrays[0].metadata.make_codec()
        return Lane(self.path, name, arrays, codec, self._syncer.check, self._syncer.hurry)

    def _open_array(self, lane: LaneName, p: int) -> ArrayWriter:
        name = array_name(lane, p, self.info)
        metadata = ArrayMetadata.load(self.path / name)
        codec = metadata.make_codec()
        direct = self._direct_from is not None and codec.frame_bytes >= self._direct_from
        return ArrayWriter(self.path / name, name, metadata, codec.max_bytes, direct=direct)

    def _release(self) -> None:
        """Close all files and sign off, whatever happened before."""
        try:
            with ExitStack() as stack:  # which does all of it, the last one first
                for do in (self._syncer.sign_off, self.restored.close, self.raw.close):
                    stack.callback(do)
        except OSError as error:
            raise failure(error, "closing the store", self.path) from error

    def _write_end(self, ledger: Ledger) -> None:
        self._finish_growth()
        size_t = max(self.raw.size_t, self.restored.size_t)
        for lane in (self.raw, self.restored):
            lane.resize(size_t)
        name_makers(self.path, self.info, self.restored.makers)
        counted = (ledger.recorded, ledger.restored) == (self.raw.frames, self.restored.frames)
        state: State = "complete" if ledger.complete and counted else "incomplete"
        self._manifest = replace(
            self._manifest, state=state, ledger=ledger, marks=self._marks.count
        )
        self._manifest.save(self.path)
        sync_path(self.path)
