"""What becomes of a run whose configuration file has changed: what is done now, what waits.

The file is compared with what it was when the run last took it up, not with what the run does by
now: what somebody has swapped since stays, unless the file says something else of it than before.
"""

import queue
import threading
from collections.abc import Callable
from typing import Final, Self

from livecare.config import Config
from livecare.errors import LivecareError
from livecare.link.requests import Answer, Done, MarkRequest, Refused
from livecare.logs import change_logs, logger
from livecare.sinks.marks import MAX_TEXT
from livecare.supervisor.change import Changes
from livecare.supervisor.differences import Difference, differences, with_settings
from livecare.supervisor.plan import plan_restorers

LIVE: Final = frozenset(
    {
        ("restorer", "engine"),
        ("restorer", "precision"),
        ("restorer", "model"),
        ("restorer", "threads"),
        ("restorer", "latency_budget_ms"),
        ("restorer", "max_batch"),
        ("restorer", "lock_frames"),
        ("restorer", "normalisation"),
        ("restorer", "window"),
        ("restorer", "camera"),
        ("restorer", "backfill"),
        ("restorer", "guards"),
        ("log", "level"),
        ("log", "format"),
    }
)
"""What can be changed while frames come; all else is what the run was built of."""
NO_FILE: Final = "this run has no configuration file that it could read again"
UNCHANGED: Final = "nothing has changed: the file says what it said before"
THE_END: Final = None
"""What is said to the thread that waits for signals, once no more will come."""


class Reloads:
    """Reads the configuration file again, and does what it says.

    As a context it listens to `ask`.

    Parameters
    ----------
    config : Config
        What the run was started with.
    read : callable or None
        Reads the same file again, as the run did at its start; None where there is none.
    changes : Changes
        Changes what restores.
    mark : callable
        Marks an event in the recording: what was changed, once it is.
    """

    def __init__(
        self,
        config: Config,
        read: Callable[[], Config] | None,
        changes: Changes,
        mark: Callable[[MarkRequest], Answer],
    ) -> None:
        self._taken_up, self._read = config, read
        self._changes, self._mark = changes, mark
        self._turn = threading.Lock()
        self._asked: queue.SimpleQueue[bool | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, name="livecare-reload", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for a reload that is under way; `Changes.end` hurries it."""
        self._asked.put(THE_END)
        self._thread.join()

    def ask(self) -> None:
        """Have the file read soon; a signal handler may call, and the log says what came of it."""
        self._asked.put(True)

    def reload(self) -> Answer:
        """Read the file, and do what has changed in it; refused as a whole where it is wrong."""
        with self._turn:
            try:
                answer = self._reload()
            except (LivecareError, OSError) as error:  # whoever listens shall hear the next one
                answer = Refused(f"{error}\nask again once that is mended")
        if isinstance(answer, Refused):
            logger().error("configuration not reloaded", reason=answer.reason)
        return answer

    def _listen(self) -> None:
        while self._asked.get() is not THE_END:
            self.reload()

    def _reload(self) -> Answer:
        if self._read is None:
            return Refused(NO_FILE)
        try:
            read = self._read()
            plan_restorers(read)  # what it says must hold at the next start, too
        except (LivecareError, OSError) as error:
            return Refused(f"{error}\nnothing has changed, and the run goes on")
        found = differences(self._taken_up, read)
        if not found:
            return Done(UNCHANGED)
        now = [each for each in found if self._can_change(each)]
        later = [each for each in found if each not in now]
        keys = {each.setting for each in now}
        answer = self._changes.take_up(
            lambda present: with_settings(present, read, keys).coming_from(read.origin)
        )
        if not isinstance(answer, Done):
            return answer
        self._taken_up = with_settings(self._taken_up, read, keys)
        changed = "; ".join(each.words for each in now)
        waiting = "; ".join(each.words for each in later)
        logger().info("configuration reloaded", changed=changed, at_next_start=waiting)
        if changed:
            change_logs(read.log.level, read.log.format)
            self._note(f"configuration reloaded: {changed}")
        return Done(_in_words(changed, waiting, answer.words))

    def _note(self, words: str) -> None:
        """Mark it in the recording, where there is one that has frames."""
        text = "".join(each if each.isprintable() else " " for each in words)
        try:
            self._mark(MarkRequest(text[:MAX_TEXT]))
        except LivecareError as error:
            logger().info("the reload is not marked in the recording", reason=str(error))

    def _can_change(self, difference: Difference) -> bool:
        """Tell whether something can be done now: of a run that records only, nothing restores."""
        restores = difference.setting[0] != "restorer" or self._changes.restorers is not None
        return difference.setting in LIVE and restores


def _in_words(changed: str, waiting: str, restores: str) -> str:
    """Say what was done, and what was not yet."""
    lines = [f"changed: {changed}" if changed else "nothing could be changed now"]
    if restores:
        lines.append(f"restores now: {restores}")
    if waiting:
        lines.append(f"at the next start: {waiting}")
    return "\n".join(lines)
