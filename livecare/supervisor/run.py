"""A run from start to report: its parts, one after the other, and what ends it."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from livecare.config import Config
from livecare.errors import LivecareError
from livecare.frame import StreamInfo
from livecare.link.control import Answer, ControlServer, Done, MarkRequest, Refused
from livecare.link.telemetry import Telemetry, TelemetryServer
from livecare.logs import logger
from livecare.publisher import check_endpoint
from livecare.sources.protocol import FrameSource
from livecare.supervisor import plan
from livecare.supervisor.change import Changes
from livecare.supervisor.identity import new_run_id
from livecare.supervisor.interrupt import Interrupts
from livecare.supervisor.orders import Orders
from livecare.supervisor.part import Part
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.pulse import TICK_S
from livecare.supervisor.report import RunReport, combine
from livecare.supervisor.requests import Requests
from livecare.supervisor.switch import RecordSwitch

SUFFIX: Final = ".ome.zarr"
"""What a recording's name ends with by custom; the number of a later part goes before it."""


class Run:
    """One acquisition, recorded and restored.

    Parameters
    ----------
    config : Config
        How.
    source : FrameSource
        From where; not opened yet.
    show : callable
        Called with a snapshot five times a second, from the thread of `execute`.
    """

    def __init__(
        self, config: Config, source: FrameSource, show: Callable[[Telemetry], None]
    ) -> None:
        self._config = config
        self._source = source
        self._show = show
        self._parts: list[Part] = []
        self._making = threading.Lock()
        self._made, self._taken = 0, list[Path]()
        self._changed = threading.Event()
        self._switch = RecordSwitch(wanted=config.store.record == "at-once")
        self._interrupts = Interrupts(self._wake, self._end_at_once)

    def execute(self) -> RunReport:
        """Run to the end.

        Returns
        -------
        RunReport
            Also for an incomplete recording: its `problems` say why.

        Raises
        ------
        UsageError, SourceError, RingError
            If the run cannot start at all.
        StoppedError
            If it was asked to end before the source had anything.
        """
        restorers = plan.plan_restorers(self._config)
        with ExitStack() as stack:
            self._telemetry = TelemetryServer(self._config.publish.telemetry)
            stack.callback(self._telemetry.close)
            logger().info("telemetry served", endpoint=self._telemetry.endpoint)
            check_endpoint(self._config.publish.preview)
            stack.callback(self._source.close)
            finishing = stack.enter_context(ThreadPoolExecutor(1, "livecare-finish"))
            clearing = stack.enter_context(ThreadPoolExecutor(1, "livecare-clear"))
            changes = Changes(self._config, restorers, self._present_pipeline)
            requests = Requests(changes, self._switch.handle, self._mark)
            control = ControlServer(requests.handle, self._config.publish.control)
            stack.callback(control.close)
            stack.callback(changes.end)
            stack.callback(self._switch.end)
            with self._interrupts:
                info = self._open_source(finishing)
                orders = Orders(
                    self._source,
                    lambda: changes.restorers,
                    self._publish,
                    lambda: self._interrupts.requested,
                    control.endpoint,
                    self._telemetry.endpoint,
                    lambda: self._refused(changes),
                )
                self._switch.prepare = partial(self._prepare, orders)
                ends = self._record(stack, info, orders, finishing, clearing)
                self._switch.end()
                if not self._parts[-1].left:
                    self._parts[-1].finish()
                for part, end in ends:
                    self._await(part, end)
            spoken_of = [part for part in self._parts if part.spoken_of] or self._parts[:1]
            return combine([part.report() for part in spoken_of])

    def request_stop(self) -> None:
        """End the run in order, as a first Ctrl-C does; any thread may call."""
        self._interrupts.requested = True
        self._wake()

    def _mark(self, request: MarkRequest) -> Answer:
        """Mark an event in the recording that is on."""
        if not self._parts or not self._parts[-1].recorded:
            return Refused("nothing is being recorded: start a recording, then mark")
        at = self._parts[-1].mark(request.text, request.sequence)
        return Done(f"marked frame {at}: {request.text}")

    def _refused(self, changes: Changes) -> dict[str, str]:
        """Say what the run would not do now, and why."""
        refused = dict(changes.refused())
        if reason := self._switch.refusal():
            refused["record"] = reason
        if not self._parts[-1].recorded:
            refused["mark"] = "nothing is being recorded"
        return refused

    def _present_pipeline(self) -> Pipeline | None:
        return self._parts[-1].pipeline if self._parts else None

    def _open_source(self, thread: ThreadPoolExecutor) -> StreamInfo:
        """Open the source; it may wait for somebody to start an acquisition."""
        opening = thread.submit(self._source.open, new_run_id())
        opening.add_done_callback(lambda _: self._changed.set())
        while not opening.done():
            self._changed.wait(TICK_S)
            self._changed.clear()
            if self._interrupts.requested:
                self._source.request_stop()
        return opening.result()

    def _record(
        self,
        stack: ExitStack,
        first: StreamInfo,
        orders: Orders,
        finishing: ThreadPoolExecutor,
        clearing: ThreadPoolExecutor,
    ) -> list[tuple[Part, Future[None]]]:
        """Record part after part; return those that are being finished in the background.

        One that has no recording does not wait until those that have are restored.
        """
        ends: list[tuple[Part, Future[None]]] = []
        info: StreamInfo | None = first
        while info is not None:
            part = self._switch.take(info) or self._begin_part(orders, info)
            if part is None:
                break
            stack.enter_context(part)
            if self._parts:
                part.follow(self._parts[-1])
            self._parts.append(part)
            self._switch.began(part)
            part.acquire()
            changed = part.next_part
            if changed is not None:
                logger().info(
                    "the stream goes on in a new part",
                    shape_yx=changed.shape_yx,
                    dtype=changed.dtype,
                    recorded=self._switch.wanted,
                )
                part.leave()
                ends.append(
                    (part, (finishing if part.recorded else clearing).submit(_finish, part))
                )
            info = changed
        return ends

    def _begin_part(self, orders: Orders, info: StreamInfo) -> Part | None:
        """Make the next part; one that cannot be made is a problem of the one before."""
        before = self._parts[-1] if self._parts else None
        try:
            return self._make_part(orders, info, recorded=self._switch.wanted)
        except LivecareError as error:
            if before is None:
                raise
            before.note(
                f"frames became {info.dtype} of {info.shape_yx}, and their recording could not "
                f"begin: {error}"
            )
            return None

    def _prepare(self, orders: Orders, *, recorded: bool) -> Part:
        """Make the part that would follow the present one, while that goes on."""
        present = self._parts[-1].pipeline.acquisition.info
        info = replace(present, expected_frames=None)
        return self._make_part(orders, info, recorded=recorded)

    def _make_part(self, orders: Orders, info: StreamInfo, *, recorded: bool) -> Part:
        """Make a part, under a number and a path of its own: two threads may want one at once."""
        with self._making:
            before = self._parts[-1] if self._parts else None
            if before is not None:
                first = self._parts[0].info.run_id
                info = replace(info, run_id=f"{first}.{self._made}")
            config = self._config_of_part()
            part = Part(config, orders, info, recorded=recorded, before=before)
            self._made += 1
            if recorded:
                self._taken.append(part.path)
            return part

    def _config_of_part(self) -> Config:
        """Return the configuration with the path of the next part's recording."""
        section = self._config.store
        path = section.path
        number = max(0, len(self._taken) - 1)
        if self._parts:
            while (path.exists() and not section.overwrite) or path in self._taken:
                number += 1
                path = part_path(section.path, number)
        return self._config.model_copy(update={"store": section.model_copy(update={"path": path})})

    @staticmethod
    def _await(part: Part, end: Future[None]) -> None:
        error = end.exception()
        if isinstance(error, LivecareError):
            part.note(str(error))
        elif error is not None:
            raise error

    def _publish(self, snapshot: Telemetry) -> None:
        self._telemetry.send(snapshot)
        self._show(snapshot)

    def _wake(self) -> None:
        self._changed.set()
        for part in self._parts:
            part.changed.set()

    def _end_at_once(self) -> None:
        for part in self._parts:
            if part.closed:
                continue
            part.abort()
            if not part.recorded:
                continue
            words = (
                f"livecare: ended at once; run 'livecare recover {part.path}' to close the "
                "recording\n"
            )
            os.write(sys.stderr.fileno(), words.encode())  # no buffer: this is a signal handler


def _finish(part: Part) -> None:
    """Complete a part that another has followed, and free its memory."""
    try:
        part.finish()
    finally:
        part.close()


def part_path(first: Path, number: int) -> Path:
    """Return the path of a later part's recording, beside that of the first."""
    stem = first.name.removesuffix(SUFFIX)
    ending = SUFFIX if stem != first.name else ""
    return first.with_name(f"{stem}.{number}{ending}")
