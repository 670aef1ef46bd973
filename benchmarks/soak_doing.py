"""Does what a plan of faults says to a run, and notes what came of each."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import psutil
import soak_rubbish
from soak_faults import CHILDREN, Fault, Occasion
from soak_run import SoakRun

from livecare.errors import LivecareError
from livecare.link.asking import ask
from livecare.link.requests import (
    Done,
    MarkRequest,
    RecordRequest,
    RelockRequest,
    Request,
    SwapRequest,
)

LANES: Final = (
    ("kill", "stop"),
    ("record", "swap", "mark", "relock"),
    ("pause", "burst", "rubbish"),
)
"""Faults of different lanes may happen at once; those of one come one after the other."""
ANSWERED_S: Final = 120.0
"""Longest wait for an answer, seconds: an engine may have to be made ready on a busy machine."""
BACK_S: Final = 60.0
"""Longest wait for a process that was killed to be there again, seconds."""
LOOK_S: Final = 0.1
"""Time between two looks for it, seconds: nobody tells when a process of others is there."""
AGAIN_S: Final = 1.0
"""Time between two tries of what must be done in the end, seconds."""
TRIES: Final = 30
FOREVER: Final = ("on", "back")
"""Requests that end another one: tried until they are granted, so that the run goes on whole."""


@dataclass(frozen=True, slots=True)
class Made(Occasion):
    """A fault that was made.

    Attributes
    ----------
    took_s : float
        Until it was over, seconds: the time stopped, until the answer, until the next process.
    words : str
        What came of it, for people.
    answered : bool
        Whether what must follow followed: another process, or an answer of any kind.
    """

    took_s: float
    words: str
    answered: bool


class Mischief:
    """Makes the faults of a plan, in threads of its own.

    Parameters
    ----------
    plan : sequence of Fault
        What, and when.
    run : SoakRun
        To whom.
    began_s : float
        When the first frame came, on the clock of `time.monotonic`, seconds.
    """

    def __init__(self, plan: Sequence[Fault], run: SoakRun, began_s: float) -> None:
        self._run, self._began_s = run, began_s
        self._over = threading.Event()
        self._made: list[Made] = []
        self._deeds: dict[str, Callable[[Fault], tuple[str, bool]]] = {
            "kill": self._kill,
            "stop": self._stop,
            "pause": self._slow_down,
            "burst": self._slow_down,
            "rubbish": self._throw,
        }
        self._threads = [
            threading.Thread(target=self._work, args=([f for f in plan if f.deed in lane],))
            for lane in LANES
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> list[Made]:
        """Make no more; return what was made, in order of time."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        return sorted(self._made, key=lambda made: made.at_s)

    def _work(self, faults: Sequence[Fault]) -> None:
        for fault in faults:
            if self._over.wait(max(0.0, self._began_s + fault.at_s - time.monotonic())):
                return
            begun_s = time.monotonic()
            words, answered = self._deeds.get(fault.deed, self._ask)(fault)
            took_s = round(time.monotonic() - begun_s, 2)
            at_s = round(begun_s - self._began_s, 2)
            self._made.append(Made(at_s, fault.deed, fault.target, took_s, words, answered))

    def _kill(self, fault: Fault) -> tuple[str, bool]:
        victim = self._run.newest(fault.target)
        if victim is None:
            return "there was none", True
        born_s = victim.create_time()
        victim.kill()
        if fault.target not in CHILDREN:
            self._run.invite(fault.target)
        deadline = time.monotonic() + BACK_S
        while time.monotonic() < deadline and self._run.alive:
            another = self._run.newest(fault.target)
            if another is not None and _born_after(another, born_s):
                return f"killed {victim.pid}, {another.pid} followed", True
            if self._over.wait(LOOK_S):
                return f"killed {victim.pid}; the soak ended before another was there", True
        return f"killed {victim.pid}, and none followed", False

    def _stop(self, fault: Fault) -> tuple[str, bool]:
        victim = self._run.newest(fault.target)
        if victim is None:
            return "there was none", True
        try:
            victim.suspend()
            self._over.wait(fault.lasts_s)
            victim.resume()
        except psutil.NoSuchProcess:
            return f"stopped {victim.pid}, which ended meanwhile", True
        return f"stopped {victim.pid}", True

    def _slow_down(self, fault: Fault) -> tuple[str, bool]:
        self._run.tell_camera(fault.deed, fault.lasts_s)
        self._over.wait(fault.lasts_s)
        return "told the camera", True

    def _throw(self, fault: Fault) -> tuple[str, bool]:
        endpoint = self._run.endpoint(fault.target)
        return soak_rubbish.throw(endpoint, fault.target, fault.seed), True

    def _ask(self, fault: Fault) -> tuple[str, bool]:
        request = self._request(fault)
        words = ""
        for _ in range(TRIES if fault.target in FOREVER else 1):
            try:
                answer = ask(self._run.endpoint("control"), request, ANSWERED_S)
            except LivecareError as error:
                return f"no answer: {error}", False
            if isinstance(answer, Done):
                return f"done: {answer.words}", True
            words = f"refused: {getattr(answer, 'reason', answer)}"
            if self._over.wait(AGAIN_S if fault.target in FOREVER else 0.0):
                break
        return words, fault.target not in FOREVER

    def _request(self, fault: Fault) -> Request:
        match fault.deed, fault.target:
            case "record", way:
                return RecordRequest(on=way == "on")
            case "swap", "identity":
                return SwapRequest(engine="identity")
            case "swap", _:
                return SwapRequest(engine=self._run.load.engine)
            case "relock", _:
                return RelockRequest()
            case _:
                return MarkRequest(f"soak, {fault.at_s:.0f} s")


def _born_after(process: psutil.Process, born_s: float) -> bool:
    """Tell whether a process is younger than one that was born then."""
    try:
        return process.create_time() > born_s
    except psutil.NoSuchProcess:
        return False
