"""Knows what a run says of itself and what it answers, and how long it has been silent."""

from livecare.link.asking import Asker
from livecare.link.curve import keys_of
from livecare.link.requests import Answer, Refused, Request
from livecare.link.telemetry import Telemetry, TelemetryListener
from livecare.viewer.feed.where import SILENT_S


class Talk:
    """The viewer's side of what is said with a run; for one thread. Nothing here waits.

    Attributes
    ----------
    telemetry : Telemetry or None
        What was heard last.
    """

    def __init__(self) -> None:
        self.telemetry: Telemetry | None = None
        self._telemetry_endpoint: str | None = None
        self._control_endpoint: str | None = None
        self._listener: TelemetryListener | None = None
        self._asker: Asker | None = None
        self._asker_before: Asker | None = None
        self._refused: list[tuple[Request, Answer]] = []
        self._heard_s: float | None = None
        self._listened_s = float("-inf")

    def turn_to(self, telemetry: str | None, control: str | None) -> None:
        """Talk with the run at these endpoints; what is known to be so already stays as it is.

        Raises
        ------
        UsageError
            If one of them is no endpoint.
        """
        if _differ(control, self._control_endpoint):
            self._control_endpoint = control
            if self._asker_before is not None:
                self._asker_before.close()
            self._asker_before = self._asker  # what it was asked, it may still answer
            self._asker = None if control is None else Asker(control)
        if _differ(telemetry, self._telemetry_endpoint):
            self._telemetry_endpoint, self._heard_s = telemetry, None
            if self._listener is not None:
                self._listener.close()
            self._listener = None if telemetry is None else TelemetryListener(telemetry)

    @property
    def refusal(self) -> str:
        """Why the run does not let this viewer listen, for people; "" as long as it may."""
        return "" if self._listener is None else self._listener.refusal

    def expect(self, now_s: float) -> None:
        """Count silence from now on: another run begins to speak."""
        self._heard_s = now_s

    def listen(self, now_s: float) -> Telemetry | None:
        """Return the newest snapshot that has come since the last look, or None.

        A look after a long pause hears what it may have missed: the pause itself is no silence.
        """
        newest = None if self._listener is None else self._listener.latest()
        if newest is not None:
            self.telemetry = newest
        stood_still = now_s - self._listened_s > SILENT_S
        self._listened_s = now_s
        if newest is not None or self._heard_s is None or stood_still:
            self._heard_s = now_s
        return newest

    def silent_s(self, now_s: float) -> float:
        """Return how long nothing has been heard, seconds; 0 where there is nothing to hear."""
        if self._listener is None or self._heard_s is None:
            return 0.0
        return now_s - self._heard_s

    def send(self, request: Request, nobody: str) -> None:
        """Ask for something; where nobody can be asked, the answer is a refusal in these words."""
        if self._asker is None:
            self._refused.append((request, Refused(nobody)))
        else:
            self._asker.send(request)

    def answers(self) -> list[tuple[Request, Answer]]:
        """Return what has been answered since the last look, with what was asked."""
        answered, self._refused = self._refused, []
        for asker in (self._asker_before, self._asker):
            if asker is not None:
                answered += asker.poll()
        return answered

    def close(self) -> None:
        """Let go of all connections; safe to call twice."""
        for end in (self._listener, self._asker, self._asker_before):
            if end is not None:
                end.close()
        self._listener = self._asker = self._asker_before = None
        self._telemetry_endpoint = self._control_endpoint = None


def _differ(one: str | None, other: str | None) -> bool:
    """Tell whether two endpoints are not the same, or not with the same keys."""
    return one != other or (one is not None and keys_of(one) != keys_of(other or ""))
