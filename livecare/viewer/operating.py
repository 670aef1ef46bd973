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
        self._under_way: list[Request] = []
        self.models: tuple[str, ...] = ()
        self._names: dict[str, str] = {}

    @property
    def busy(self) -> set[str]:
        """What is under way; asking which models there are hinders nobody."""
        return self._keys_under_way - {"offer"}

    def ask(self, request: Request) -> None:
        """Ask for something."""
        self._under_way.append(request)
        self._send(request)

    def ask_for_model(self, title: str) -> None:
        """Ask for one of `models`."""
        self.ask(SwapRequest(self._names.get(title, title)))

    def ask_for_models(self) -> None:
        """Ask which models there are, unless that is asked already."""
        if "offer" not in self._keys_under_way:
            self.ask(OfferRequest())

    def forget(self) -> None:
        """Wait for no answer any more: the run that was asked is not followed now."""
        self._under_way.clear()

    def take(self, request: Request, answer: Answer) -> Said | None:
        """Note an answer; return what there is to say of it."""
        key = KEYS[type(request)]
        waited_for = any(each is request for each in self._under_way)
        self._under_way = [each for each in self._under_way if each is not request]
        if isinstance(answer, Offer):
            if waited_for:  # else they are the models of a run that is not followed any more
                self._names = _by_title(answer)
                self.models = tuple(self._names)
            return None
        if isinstance(answer, Refused):
            if key == "offer":
                return None
            return Said(key, f"{FAILED[key]}: {answer.reason}", refused=True)
        return Said(key, answer.words, refused=False)

    @property
    def _keys_under_way(self) -> set[str]:
        return {KEYS[type(request)] for request in self._under_way}


def _by_title(offer: Offer) -> dict[str, str]:
    """Return the names that requests take, by what people read; two of one title say both."""
    titles = offer.titles if len(offer.titles) == len(offer.models) else offer.models
    return {
        title if titles.count(title) == 1 else f"{title} ({model})": model
        for title, model in zip(titles, offer.models, strict=True)
    }
