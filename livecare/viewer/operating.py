"""Knows what the operator has asked of the run, what is still under way, and what came of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from livecare.link.requests import (
    Answer,
    MarkRequest,
    Offer,
    OfferRequest,
    RecordRequest,
    Refused,
    RelockRequest,
    Request,
    SwapRequest,
)

KEYS: Final[dict[type[Request], str]] = {
    RecordRequest: "record",
    MarkRequest: "mark",
    SwapRequest: "swap",
    RelockRequest: "relock",
    OfferRequest: "offer",
}
"""What each kind of request is called by panels and telemetry."""

FAILED: Final[dict[str, str]] = {
    "record": "Recording was not switched",
    "mark": "The event was not marked",
    "swap": "The model was not changed",
    "relock": "The brightness was not measured anew",
}
"""What a refusal begins with."""


@dataclass(frozen=True, slots=True)
class Said:
    """What came of a request, for people.

    Attributes
    ----------
    key : str
        Which kind of request it was.
    words : str
        What came of it.
    refused : bool
        Whether nothing was done.
    """

    key: str
    words: str
    refused: bool


class Operating:
    """Sends requests and remembers which are under way; no Qt.

    Parameters
    ----------
    send : callable
        Asks the run.

    Attributes
    ----------
    busy : set of str
        Kinds of requests that are under way.
    models : tuple of str
        What the run offered last, by the names that the models call themselves.
    """

    def __init__(self, send: Callable[[Request], None]) -> None:
        self._send = send
        self._under_way: dict[str, int] = {}
        self.models: tuple[str, ...] = ()
        self._names: dict[str, str] = {}

    @property
    def busy(self) -> set[str]:
        """What is under way; asking which models there are hinders nobody."""
        return {key for key, count in self._under_way.items() if count > 0} - {"offer"}

    def ask(self, request: Request) -> None:
        """Ask for something."""
        key = KEYS[type(request)]
        self._under_way[key] = self._under_way.get(key, 0) + 1
        self._send(request)

    def ask_for_model(self, title: str) -> None:
        """Ask for one of `models`."""
        self.ask(SwapRequest(self._names.get(title, title)))

    def ask_for_models(self) -> None:
        """Ask which models there are, unless that is asked already."""
        if not self._under_way.get("offer"):
            self.ask(OfferRequest())

    def take(self, request: Request, answer: Answer) -> Said | None:
        """Note an answer; return what there is to say of it."""
        key = KEYS[type(request)]
        self._under_way[key] = max(0, self._under_way.get(key, 0) - 1)
        if isinstance(answer, Offer):
            self._names = _by_title(answer)
            self.models = tuple(self._names)
            return None
        if isinstance(answer, Refused):
            if key == "offer":
                return None
            return Said(key, f"{FAILED[key]}: {answer.reason}", refused=True)
        return Said(key, answer.words, refused=False)


def _by_title(offer: Offer) -> dict[str, str]:
    """Return the names that requests take, by what people read; two of one title say both."""
    titles = offer.titles if len(offer.titles) == len(offer.models) else offer.models
    return {
        title if titles.count(title) == 1 else f"{title} ({model})": model
        for title, model in zip(titles, offer.models, strict=True)
    }
