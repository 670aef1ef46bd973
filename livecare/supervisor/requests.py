"""Who in a run does what a request asks."""

from collections.abc import Callable

from livecare.link.control import (
    Answer,
    MarkRequest,
    Offer,
    OfferRequest,
    RecordRequest,
    RelockRequest,
    Request,
    SwapRequest,
)
from livecare.models.library import user_names
from livecare.models.package import bundled_names
from livecare.supervisor.change import Changes


class Requests:
    """Hands each request to who can do it.

    Parameters
    ----------
    changes : Changes
        Changes what restores, and how.
    record : callable
        Starts and stops recording.
    mark : callable
        Marks an event.
    """

    def __init__(
        self,
        changes: Changes,
        record: Callable[[RecordRequest], Answer],
        mark: Callable[[MarkRequest], Answer],
    ) -> None:
        self._changes, self._record, self._mark = changes, record, mark

    def handle(self, request: Request) -> Answer:
        """Do what a request asks; called from the threads of a `ControlServer`."""
        match request:
            case SwapRequest() | RelockRequest():
                return self._changes.handle(request)
            case RecordRequest():
                return self._record(request)
            case MarkRequest():
                return self._mark(request)
            case OfferRequest():
                names = dict.fromkeys((*bundled_names(), *user_names()))
                taken = {name: title for name in names if (title := self._changes.title(name))}
                return Offer(tuple(taken), tuple(taken.values()))
