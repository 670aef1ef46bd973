"""Knows how the viewer stays with whichever run answers at an endpoint."""

from typing import Final

from livecare.errors import UsageError
from livecare.frame import StreamInfo
from livecare.link.curve import KeyedEndpoint, with_keys
from livecare.viewer.feed.remote import RemoteFeed
from livecare.viewer.feed.talk import Talk
from livecare.viewer.feed.where import ENDED, NEXT_PART_ELSEWHERE_S, State, Where
from livecare.viewer.seen import SeenFrame


class RunElsewhere:
    """The run that answers at an endpoint, whichever it is; for one thread.

    Parameters
    ----------
    where : Where
        Where it answers.
    talk : Talk
        What is said with it.

    Raises
    ------
    UsageError
        If an endpoint is none, or a file holds no key.
    """

    nobody: Final = "the viewer was not told where this run takes requests: give --control"

    def __init__(self, where: Where, talk: Talk) -> None:
        self._endpoint = with_keys(where.preview or "", where.key, where.server_key)
        self._talk = talk
        self._feed = RemoteFeed(self._endpoint, reduction=where.reduction, lz4=where.lz4)
        self._now_s = self._live_s = float("-inf")
        try:
            talk.turn_to(self._keyed(where.telemetry), self._keyed(where.control))
        except UsageError:
            self.close()
            raise

    @property
    def info(self) -> StreamInfo | None:
        """The run, as described last."""
        return self._feed.info

    @property
    def state(self) -> State:
        """Whether there is a run."""
        if self._feed.info is None:
            return "waiting"
        return "attached" if self._now_s - self._live_s < NEXT_PART_ELSEWHERE_S else "ended"

    @property
    def trouble(self) -> str | None:
        """What is wrong with the frames that come, for people; None where nothing is."""
        return self._feed.trouble or self._talk.refusal or None

    @property
    def words(self) -> str:
        """How it stands with the run, for people."""
        words: dict[State, str] = {
            "waiting": f"waiting for livecare at {self._endpoint}",
            "attached": f"following the run at {self._endpoint}",
            "ended": ENDED,
        }
        return self.trouble or words[self.state]

    def _keyed(self, endpoint: str | None) -> KeyedEndpoint | None:
        return None if endpoint is None else KeyedEndpoint(endpoint, self._endpoint.keys)

    def take(self, now_s: float) -> list[SeenFrame]:
        """Return what is new, without waiting."""
        frames = self._feed.take()
        self._now_s = now_s
        if self._feed.info is not None and not self._feed.ended:
            self._live_s = now_s
        return frames

    def close(self) -> None:
        """Let go of the run; safe to call twice."""
        self._feed.close()
