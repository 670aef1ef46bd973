"""A run from start to report: its parts, one after the other, and what ends it."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from livecare.config import Config
from livecare.errors import LivecareError
from livecare.frame import StreamInfo
from livecare.keys import Security
from livecare.link.control import ControlServer
from livecare.link.telemetry import Telemetry, TelemetryServer
from livecare.logs import logger, name_run
from livecare.service_manager import ServiceManager
from livecare.sources.protocol import FrameSource
from livecare.supervisor import plan
from livecare.supervisor.account import Account
from livecare.supervisor.aftermath import Aftermath
from livecare.supervisor.aside import aside
from livecare.supervisor.attendance import Attendance
from livecare.supervisor.change import Changes
from livecare.supervisor.exporting import check_metrics
from livecare.supervisor.guarded import Guarded, guard, security_of
from livecare.supervisor.identity import new_run_id
from livecare.supervisor.interrupt import Interrupts, end_at_once
from livecare.supervisor.mending import Mending
from livecare.supervisor.names import Names
from livecare.supervisor.orders import Orders
from livecare.supervisor.part import Part
from livecare.supervisor.pipeline import Pipeline
from livecare.supervisor.plan import Restorers
from livecare.supervisor.pulse import TICK_S
from livecare.supervisor.reload import Reloads
from livecare.supervisor.report import RunReport, combine
from livecare.supervisor.requests import Requests, mark_event, refusal_to_others, refusals
from livecare.supervisor.run_sign import Where
from livecare.supervisor.showing import Showing
from livecare.supervisor.store import check_place
from livecare.supervisor.switch import RecordSwitch
from livecare.supervisor.totals import Counted


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
    reread : callable or None
        Reads the configuration again, from where it came from; None where it came from no file.
    """

    def __init__(
        self,
        config: Config,
        source: FrameSource,
        show: Callable[[Telemetry], None],
        reread: Callable[[], Config] | None = None,
    ) -> None:
        self._config, self._reread = config, reread
        self._source = source
        self._show = show
        self._parts: list[Part] = []
        self._accounts: list[Account] = []
        self._making = threading.Lock()
        self._made, self._names, self._run_id = 0, Names(config.store), ""
        self._attendance = Attendance(config, ServiceManager.from_environment())
        self._changed = threading.Event()
        self._aftermath = Aftermath(self._changed.set)
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
        guarded = guard(self._config, self._source)
        check_metrics(self._config.metrics)
        check_place(self._config)
        name_run(run_id := new_run_id())
        with ExitStack() as stack:
            orders = self._serve(stack, run_id, restorers, guarded)
            with self._interrupts:
                info = self._open_source(run_id)
                self._switch.prepare = partial(self._prepare, orders)
                self._record(info, orders)
                self._switch.end()
                if not self._parts[-1].left:
                    self._parts[-1].finish()
                self._await_aftermath()
                return self._end()

    def request_stop(self) -> None:
        """End the run in order, as a first Ctrl-C does; any thread may call."""
        self._interrupts.requested = True
        self._wake()

    def _serve(
        self, stack: ExitStack, run_id: str, restorers: Restorers | None, guarded: Guarded | None
    ) -> Orders:
        """Begin all that goes on from before the source is open until after the last part.

        It ends with the stack, in the opposite order. Returns what all parts share.
        """
        security = security_of(guarded)
        self._telemetry = TelemetryServer(self._config.publish.telemetry, security)
        stack.callback(self._telemetry.close)
        logger().info("telemetry served", endpoint=self._telemetry.endpoint)
        stack.callback(self._source.close)
        mending = stack.enter_context(Mending(self._config.store))
        self._attendance.when_ready = mending.start
        stack.enter_context(self._aftermath)
        changes = Changes(self._config, restorers, self._present_pipeline, self._go_on_with)
        control = self._answer(stack, changes, security)
        where = Where(control.endpoint, self._telemetry.endpoint, guarded)
        strangers = (control.strangers, self._telemetry.strangers)
        counted = Counted(
            self._parts, self._accounts, self._source, lambda: self._switch.wanted, strangers
        )
        self._showing = Showing(self._config, run_id, counted, where, self._say)
        stack.enter_context(self._showing)
        stack.callback(self._close_parts)
        return Orders(
            self._source,
            lambda: changes.restorers,
            self._publish,
            lambda: self._interrupts.requested,
            where,
            lambda: refusals(self._parts, changes, self._switch),
        )

    def _answer(
        self, stack: ExitStack, changes: Changes, security: Security | None
    ) -> ControlServer:
        """Begin to do what the run is asked for, over its control socket or by a signal."""
        mark = partial(mark_event, self._parts)
        reloads = stack.enter_context(Reloads(self._config, self._reread, changes, mark))
        self._interrupts.reload = reloads.ask
        requests = Requests(changes, self._switch.handle, mark, reloads.reload)
        control = ControlServer(
            requests.handle, self._config.publish.control, security, refusal_to_others
        )
        stack.callback(control.close)
        stack.callback(changes.end)
        stack.callback(self._switch.end)
        return control

    def _go_on_with(self, config: Config, restorers: Restorers | None) -> None:
        """Have the present part and all that follow restore as a change says."""
        with self._making:
            self._config = config
            if self._parts:
                self._parts[-1].pipeline.adopt(restorers, config.restorer)

    def _present_pipeline(self) -> Pipeline | None:
        return self._parts[-1].pipeline if self._parts else None

    def _open_source(self, run_id: str) -> StreamInfo:
        """Open the source; it may wait for somebody to start an acquisition."""

        def look() -> None:
            self._showing.wait()
            self._attendance.opening(stopping=self._interrupts.requested)
            if self._interrupts.requested:
                self._source.request_stop()

        open_it = partial(self._source.open, run_id)
        with self._config.origin.naming(f"source.{self._config.source.kind}"):
            return aside("livecare-open", open_it, self._changed, look)

    def _record(self, first: StreamInfo, orders: Orders) -> None:
        """Record part after part; those that another follows are completed in the background."""
        info: StreamInfo | None = first
        while info is not None:
            part = self._switch.take(info) or self._begin_part(orders, info)
            if part is None:
                break
            if self._parts:
                part.follow(self._parts[-1])
            with self._making:  # something may have changed since it was made
                self._parts.append(part)
                self._accounts.append(part.account)
                part.pipeline.adopt(orders.restorers(), self._config.restorer)
            self._switch.began(part)
            part.acquire()
            changed = part.next_part
            if changed is not None:
                if part.stopping:  # between two parts: what the source holds is for the next one
                    self._source.request_stop()
                logger().info(
                    "the stream goes on in a new part",
                    shape_yx=changed.shape_yx,
                    dtype=changed.dtype,
                    recorded=self._switch.wanted,
                )
                part.leave()
                self._aftermath.take(part)
            info = changed

    def _begin_part(self, orders: Orders, info: StreamInfo) -> Part | None:
        """Make the next part; one that cannot be made is a problem of the one before."""
        before = self._parts[-1] if self._parts else None

        def look() -> None:
            self._showing.wait()
            self._attendance.beginning(self._accounts, stopping=self._interrupts.requested)

        make = partial(self._make_part, orders, info, recorded=self._switch.wanted)
        try:
            return aside("livecare-begin", make, self._changed, look)
        except LivecareError as error:
            if before is None:
                raise
            before.account.note(
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
            if before is None:
                self._run_id = info.run_id
            else:
                info = replace(info, run_id=f"{self._run_id}.{self._made}")
            make = partial(Part, orders=orders, info=info, recorded=recorded, before=before)
            part = self._names.use(self._config, make, first=before is None, taken=recorded)
            self._made += 1
            return part

    def _await_aftermath(self) -> None:
        while left := self._aftermath.left:
            self._attendance.completing(self._accounts, left)
            self._showing.go_on("finishing")
            self._changed.wait(TICK_S)
            self._changed.clear()
            self._forget()
        self._aftermath.check()

    def _end(self) -> RunReport:
        """Say for the last time how the run is, now that all is over; return its report."""
        spoken_of = [each for each in self._accounts if each.spoken_of] or self._accounts[:1]
        report = combine([each.report() for each in spoken_of])
        self._showing.end(report, self._accounts[-1].ledger)
        return report

    def _forget(self) -> None:
        """Let go of parts that are over: what they have counted stays in their accounts."""
        self._aftermath.settle()
        self._parts[:-1] = [part for part in self._parts[:-1] if not part.closed]

    def _close_parts(self) -> None:
        with ExitStack() as stack:
            for part in self._parts:
                stack.enter_context(part)

    def _publish(self, snapshot: Telemetry) -> None:
        self._forget()
        self._attendance.acquiring(snapshot, self._accounts, stopping=self._interrupts.requested)
        self._showing.show(snapshot)

    def _say(self, snapshot: Telemetry) -> None:
        self._telemetry.send(snapshot)
        self._show(snapshot)

    def _end_at_once(self) -> None:
        end_at_once(self._parts)
        self._showing.abort()

    def _wake(self) -> None:
        self._changed.set()
        for part in tuple(self._parts):  # the run's own thread may forget one meanwhile
            part.changed.set()
