"""Who in a run does what a request asks."""

from collections.abc import Callable, Sequence

from livecare.link.requests import (
    Answer,
    Done,
    MarkRequest,
    Offer,
    OfferRequest,
    RecordRequest,
    Refused,
    ReloadRequest,
    RelockRequest,
    Request,
    SwapRequest,
)
from livecare.models.library import user_names
from livecare.models.package import bundled_names
from livecare.supervisor.change import Changes
from livecare.supervisor.part import Part
from livecare.supervisor.switch import RecordSwitch


def refusal_to_others(request: Request) -> str:
    """Say why a request is refused that comes from another user or machine; "" where it is not.

    A path is looked up on this machine, with the rights of the run: only this user names files.
    """
    if isinstance(request, SwapRequest) and request.model is not None:
        names = (*bundled_names(), *user_names())
        if request.model not in names:
            return (
                "from elsewhere only a model that this machine knows by name can be asked for: "
                f"{', '.join(names)}"
            )
    return ""


def mark_event(parts: Sequence[Part], request: MarkRequest) -> Answer:
    """Mark an event in the recording that is on, of the last of a run's parts."""
    if not parts or not parts[-1].recorded:
        return Refused("nothing is being recorded: start a recording, then mark")
    at = parts[-1].mark(request.text, request.sequence)
    return Done(f"marked frame {at}: {request.text}")


def refusals(parts: Sequence[Part], changes: Changes, switch: RecordSwitch) -> dict[str, str]:
    """Say what a run would not do now if it were asked, and why."""
    refused = dict(changes.refused())
    if reason := switch.refusal():
        refused["record"] = reason
    if not parts[-1].recorded:
        refused["mark"] = "nothing is being recorded"
    return refused


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
    reload : callable
        Reads the configuration file again.
    """

    def __init__(
        self,
        changes: Changes,
        record: Callable[[RecordRequest], Answer],
        mark: Callable[[MarkRequest], Answer],
        reload: Callable[[], Answer],
    ) -> None:
        self._changes, self._record, self._mark, self._reload = changes, record, mark, reload

    def handle(self, request: Request) -> Answer:
        """Do what a request asks; called from the threads of a `ControlServer`."""
        match request:
            case SwapRequest() | RelockRequest():
                return self._changes.handle(request)
            case ReloadRequest():
                return self._reload()
            case RecordRequest():
                return self._record(request)
            case MarkRequest():
                return self._mark(request)
            case OfferRequest():
                names = dict.fromkeys((*bundled_names(), *user_names()))
                taken = {name: title for name in names if (title := self._changes.title(name))}
                return Offer(tuple(taken), tuple(taken.values()))
