"""Knows what a running livecare can be asked, and what it answers: the messages, as JSON."""

from typing import Annotated, Final

import msgspec

from livecare.errors import ProtocolError
from livecare.frame import PrecisionName

MAX_REQUEST_BYTES: Final = 16 * 1024
"""Longest accepted request, bytes: a model's path is short, and so is a mark's text."""

PATIENCE_S: Final = 900.0
"""Longest that a run tries to make a change, seconds: full TensorRT takes minutes to build an
engine for a large network. What is slower is refused, and what served goes on."""
ANSWERED_S: Final = 60.0
"""Longest wait for an answer that needs no engine, seconds: a store is made, a line is synced."""
CHANGED_S: Final = PATIENCE_S + ANSWERED_S
"""Longest wait for the answer to a change, seconds: a refusal comes when the patience is over."""

Sequence = Annotated[int, msgspec.Meta(ge=0)]


class SwapRequest(msgspec.Struct, frozen=True, tag="swap", forbid_unknown_fields=True):
    """Restore with another model, engine or precision from some frame on; None for as it is."""

    model: str | None = None
    engine: str | None = None
    precision: PrecisionName | None = None


class RecordRequest(msgspec.Struct, frozen=True, tag="record", forbid_unknown_fields=True):
    """Begin to record (`on`), or go on without recording."""

    on: bool


class MarkRequest(msgspec.Struct, frozen=True, tag="mark", forbid_unknown_fields=True):
    """Mark an event in the recording.

    Attributes
    ----------
    text : str
        What happened, in the words of whoever marks it; may be empty.
    sequence : int or None
        The frame that it belongs to; None for the newest.
    """

    text: str
    sequence: Sequence | None = None


class RelockRequest(msgspec.Struct, frozen=True, tag="relock", forbid_unknown_fields=True):
    """Measure the normalisation anew from the next frames, as after a change of the exposure."""


class ReloadRequest(msgspec.Struct, frozen=True, tag="reload", forbid_unknown_fields=True):
    """Read the configuration file again, the one that the run was started with, and go on with it.

    It names no file: who may ask must not have the run read any other.
    """


class OfferRequest(msgspec.Struct, frozen=True, tag="offer", forbid_unknown_fields=True):
    """Say which models could restore from now on."""


class Done(msgspec.Struct, frozen=True, tag="done"):
    """What was asked for is done; `words` are for people."""

    words: str


class Refused(msgspec.Struct, frozen=True, tag="refused"):
    """What was asked for is not done, and nothing has changed; `reason` is for people."""

    reason: str


class Offer(msgspec.Struct, frozen=True, tag="offer"):
    """The models that a swap may ask for.

    Attributes
    ----------
    models : tuple of str
        Names that a request takes.
    titles : tuple of str
        What each calls itself, as in `Telemetry.model`.
    """

    models: tuple[str, ...]
    titles: tuple[str, ...] = ()


Request = SwapRequest | RecordRequest | MarkRequest | RelockRequest | ReloadRequest | OfferRequest
Answer = Done | Refused | Offer

_request_decoder = msgspec.json.Decoder(Request)
_answer_decoder = msgspec.json.Decoder(Answer)


def encode(message: Request | Answer) -> bytes:
    """Return a message as JSON."""
    return msgspec.json.encode(message)


def decode_request(encoded: bytes) -> Request:
    """Read a request. Raises ProtocolError."""
    try:
        request: Request = _request_decoder.decode(encoded)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"this is no request of livecare: {error}") from error
    return request


def decode_answer(encoded: bytes) -> Answer:
    """Read an answer. Raises ProtocolError."""
    try:
        answer: Answer = _answer_decoder.decode(encoded)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolError(f"this is no answer of livecare: {error}") from error
    return answer
