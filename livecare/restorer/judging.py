"""Who is to blame for a frame that could not be restored, the frame or the engine; and says so."""

import time
from collections.abc import Callable
from typing import Final

from livecare.errors import EngineError, EngineMemoryError, FrameRefusedError
from livecare.link import Degraded, DegradedTo, FrameFailed, Report
from livecare.logs import logger
from livecare.restorer.degrading import EVERY, Degrading, Trust

LEVELS: Final[dict[Trust, DegradedTo]] = {
    Trust.FULL: "full",
    Trust.SPARSE: "sparse",
    Trust.NONE: "raw",
}
"""What a report calls each."""
DONE_INSTEAD: Final = {
    Trust.SPARSE: f"only every {EVERY}th frame is restored live",
    Trust.NONE: "frames pass as they came, marked as raw",
}
"""What is done, for people."""

LONGEST_WORDS: Final = 600
"""Characters that are said of a trouble at most: libraries quote whole call stacks."""


class Judge:
    """Told what became of each frame; says which frames failed, and whether less is tried.

    While frames are live, one that fails alone is a suspect. A frame that works acquits the engine:
    the suspects have failed for good. Too many in a row acquit the frames: the engine is trusted
    with less (`livecare.restorer.degrading`), and they are passed over, as are all that are not
    tried from then on, for the back-fill to bring again. Afterwards every frame is tried, and one
    that fails has failed.

    Parameters
    ----------
    say : callable
        Told each frame that failed, and what is done instead of restoring all.
    clock : callable
        A steady clock, seconds.

    Attributes
    ----------
    live : bool
        Whether the frames that come are live; see `begin_batch`.
    model : str
        Name of the model that restores, for people.
    skipped : int
        Frames that were passed over so far.
    successes : int
        Frames that worked so far.
    most_at_once : int or None
        Frames that a batch may have, since larger ones found no memory; None while none did not.
    """

    def __init__(
        self, say: Callable[[Report], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._clock = clock
        self._degrading = Degrading()
        self._suspects: list[tuple[int, str]] = []
        self._reason = ""
        self._memory = ""
        self._said = Degraded("full", "")
        self.live = True
        self.model = ""
        self.skipped = 0
        self.successes = 0
        self.most_at_once: int | None = None

    @property
    def trust(self) -> Trust:
        """What the engine is trusted with."""
        return self._degrading.trust

    def begin_batch(self, *, live: bool) -> None:
        """Note whether the next frames are live; the first that are not are tried whatever was."""
        if self.live and not live:
            self._condemn()
            self._degrading = Degrading()
            self._tell()
        self.live = live

    def begin_anew(self, model: str) -> None:
        """Forget what was: something else restores from now on."""
        self.model = model
        self.skipped += len(self._suspects)
        self._suspects.clear()
        self._degrading, self._memory, self.most_at_once = Degrading(), "", None
        self._tell()

    def tries(self) -> bool:
        """Tell whether the next live frame is to be tried; one that is not is passed over."""
        chosen = self._degrading.chooses(self._clock())
        self.skipped += not chosen
        return chosen

    def worked(self, frames: int) -> None:
        """Take note that so many frames were restored at once."""
        self.successes += frames
        self._condemn()
        self._change(lambda: self._degrading.worked(frames))

    def failed(self, sequence: int, error: EngineError) -> None:
        """Take note that a frame could not be restored alone."""
        if not self.live or isinstance(error, FrameRefusedError):
            self._say(FrameFailed(sequence, str(error)))
            return
        self._reason = str(error)
        if self.trust is Trust.FULL:
            self._suspects.append((sequence, self._reason))
        else:
            self.skipped += 1
        self._change(lambda: self._degrading.failed(self._clock()))
        if self.trust is not Trust.FULL:
            self.skipped += len(self._suspects)
            self._suspects.clear()

    def too_large(self, frames: int, error: EngineMemoryError) -> None:
        """Take note that a batch of so many frames found no memory: half of them from now on."""
        half = frames // 2
        self.most_at_once = half
        at_once = "one frame" if half == 1 else f"{half} frames"
        self._memory = f"{at_once} at once at most, since {frames} found no memory"
        logger().warning("batches are made smaller", most_at_once=half, reason=str(error))
        self._tell()

    def withheld(self) -> None:
        """Take note that a restored frame is not shown: the back-fill brings it again."""
        self.skipped += 1

    def settle(self) -> None:
        """Nothing more comes: frames under suspicion have failed."""
        self._condemn()

    def _condemn(self) -> None:
        for sequence, reason in self._suspects:
            self._say(FrameFailed(sequence, reason))
        self._suspects.clear()

    def _change(self, note: Callable[[], None]) -> None:
        """Let something be noted; say it where that changes what is tried."""
        before = self.trust
        note()
        if self.trust is not before:
            self._tell()
            logger().warning("restoring changes", restored=self._said.to, why=self._said.words)

    def _tell(self) -> None:
        """Say what is done now and why, if it is something else than before."""
        words = [self._memory] if self._memory else []
        if self.trust is not Trust.FULL:
            words.insert(
                0,
                f"{DONE_INSTEAD[self.trust]}, since the engine fails with the model "
                f"'{self.model}': {self._reason}",
            )
        report = Degraded(LEVELS[self.trust], shortened("; ".join(words)))
        if report != self._said:
            self._said = report
            self._say(report)


def shortened(words: str) -> str:
    """Return words on one line, and no more of them than people read."""
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_WORDS else f"{line[: LONGEST_WORDS - 1]}…"
