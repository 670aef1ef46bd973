"""What a part's children are told: their orders, and the messages that a publisher passes on."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from livecare import disk, run_place, wire
from livecare.config import Config, RestorerSection
from livecare.errors import ProtocolError
from livecare.frame import Ledger, StreamInfo
from livecare.link import NormalisationLocked, RestorerSpec, write_spec
from livecare.logs import logger
from livecare.supervisor import plan
from livecare.supervisor.calibrated import find_calibration
from livecare.supervisor.joints import Joints
from livecare.supervisor.plan import Restorers
from livecare.supervisor.run_folder import keep_folder


class Joined(NamedTuple):
    """What a restorer has to know of the recorder.

    Attributes
    ----------
    joints : Joints
        What the two are joined by.
    locked : callable
        Says how each channel is normalised, as far as that is known.
    """

    joints: Joints
    locked: Callable[[], tuple[NormalisationLocked, ...]]


class Briefing:
    """Writes it down in the part's folder; any thread may call.

    There is nobody to be told before `join`, and after `part`.

    Parameters
    ----------
    config : Config
        The run's configuration.
    info : StreamInfo
        What the frames are.
    restorers : Restorers or None
        None to record only.
    folder : Path
        The part's folder.

    Attributes
    ----------
    config : Config
        The configuration by now.
    info : StreamInfo
        What the frames are by now.
    restorers : Restorers or None
        What restores by now.
    """

    def __init__(
        self,
        config: Config,
        info: StreamInfo,
        restorers: Restorers | None,
        folder: Path,
    ) -> None:
        self.config, self.info, self.restorers = config, info, restorers
        self._folder = folder
        self._joined: Joined | None = None
        self._revision = self._relocks = 0
        self._unsaid = False
        self._turn = threading.RLock()

    def join(self, joints: Joints, locked: Callable[[], tuple[NormalisationLocked, ...]]) -> None:
        """Tell children of these from now on; see `Joined`."""
        with self._turn:
            self._joined = Joined(joints, locked)

    def part(self) -> None:
        """Tell nobody anything any more: sockets and rings are about to go."""
        with self._turn:
            self._joined = None

    def order(self, restorers: Restorers | None, section: RestorerSection | None = None) -> int:
        """Order the restorer to go on with these; return the number of the order.

        A restorer that has to be started again gets them, too. Where none will be, nobody answers.

        Parameters
        ----------
        restorers : Restorers or None
            With what.
        section : RestorerSection or None
            And with these settings; None for the same as before.

        Raises
        ------
        OSError
            It cannot be told; nothing is ordered, now or at its next start.
        """
        return self._order(restorers, section)

    def adopt(self, restorers: Restorers | None, section: RestorerSection) -> None:
        """Go on with what the run has changed to, wherever that was not ordered here.

        A restorer that cannot be told is told at its next start.
        """
        with self._turn:
            if self.restorers is restorers and self.config.restorer == section:
                return
            self._take(restorers, section)
            try:
                self._tell()
            except OSError as error:
                logger().warning("the restorer is not told before its next start", why=str(error))

    def order_relock(self) -> int:
        """Order the restorer to measure the normalisation anew; return the number of the order.

        See `order`. Until it is measured, what was locked before goes on.
        """
        return self._order(self.restorers, relocks=1)

    def widen(self, info: StreamInfo) -> None:
        """Say that the stream has more channels, planes or positions.

        Recording does not depend on whether subscribers can be told: those whose names no message
        holds are sent as frames that nobody has announced.
        """
        self.info = info
        try:
            self._write_start()
        except ProtocolError as error:
            if not self._unsaid:
                logger().warning("more positions than subscribers can be told", why=str(error))
            self._unsaid = True

    def say_end(self, ledger: Ledger) -> None:
        """Let the publisher tell its subscribers that the part is over."""
        message = wire.encode(wire.EndMessage(self.info.run_id, ledger))
        self._leave(run_place.end_file(self._folder), message)

    def restorer_orders(self) -> Path:
        """Write a restorer's orders; return their file.

        Raises
        ------
        OSError
            If they cannot be written.
        """
        path = run_place.orders_file(self._folder, "restorer")
        with self._turn:  # a restart writes them, too, from another thread
            if self.restorers is not None and self._joined is not None:
                keep_folder(self._folder)
                joints, locked = self._joined
                spec = plan.restorer_spec(
                    self.config,
                    self.info,
                    self.restorers,
                    self._folder,
                    (*joints.wake_endpoints, joints.control_waker.endpoint),
                    joints.inbox.address,
                    locked(),
                    self._revision,
                    self._relocks,
                )
                write_spec(path, self._with_calibration(spec))
        return path

    def publisher_orders(self) -> Path:
        """Write a publisher's orders; return their file.

        Raises
        ------
        OSError
            If they cannot be written.
        ProtocolError
            If the stream has more channels or positions than subscribers can be told.
        """
        path = run_place.orders_file(self._folder, "publisher")
        self._write_start()
        with self._turn:
            if self._joined is not None:
                wakes = self._joined.joints.wake_endpoints
                spec = plan.publisher_spec(self.config, self._folder, wakes, self.info.run_id)
                write_spec(path, spec)
        return path

    def _order(
        self, restorers: Restorers | None, section: RestorerSection | None = None, relocks: int = 0
    ) -> int:
        """Do what `order` does, or nothing at all."""
        with self._turn:
            before = self.restorers, self.config, self._revision, self._relocks
            self._take(restorers, section)
            self._relocks += relocks
            try:
                self._tell()
            except OSError:
                self.restorers, self.config, self._revision, self._relocks = before
                raise
            return self._revision

    def _take(self, restorers: Restorers | None, section: RestorerSection | None) -> None:
        """Have whoever is told from now on go on with these."""
        self.restorers = restorers
        if section is not None:
            self.config = self.config.model_copy(update={"restorer": section})
        self._revision += 1

    def _tell(self) -> None:
        """Tell the restorer, if there is one to be told. Raises OSError where that cannot be."""
        if self._joined is not None:
            self.restorer_orders()
            self._joined.joints.control_waker.wake()

    def _with_calibration(self, spec: RestorerSpec) -> RestorerSpec:
        """Return orders with the camera's values, where its calibration is kept and wanted."""
        if spec.camera is not None or spec.normalisation != "anscombe":
            return spec
        found = find_calibration(self.config, self.info)
        if found is None:
            return spec
        noise = found.calibration.noise
        logger().info(
            "the camera is calibrated", origin=found.origin, camera=found.calibration.key.words
        )
        return msgspec.structs.replace(
            spec,
            camera=(noise.gain_adu_per_e, noise.offset_adu, noise.read_noise_e),
            camera_origin=found.origin,
        )

    def _write_start(self) -> None:
        message = wire.encode(wire.StartMessage(self.info))
        self._leave(run_place.start_file(self._folder), message)

    def _leave(self, path: Path, content: bytes) -> None:
        """Leave a file for the children; recording does not depend on whether that can be."""
        try:
            keep_folder(self._folder)
            disk.replace_file(path, content, durable=False)
        except OSError as error:
            logger().warning("the children are not told", file=str(path), why=str(error))
