"""Knows which HTTP requests are answered at all: what reads, from this machine, and brings nothing.

A browser may be made to ask this machine by any page that it shows; the name in `Host` is then the
page's, unless the asker is on this machine or a proxy that was told so.
"""

import re
from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

METHODS: Final = ("GET", "HEAD")
OURS: Final = re.compile(rb"(?i:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?\Z")
"""What `Host` may say: names of this machine, with any port, since tunnels change it."""


class Guard:
    """Passes good requests on, and refuses the others in words.

    Parameters
    ----------
    app : ASGIApp
        Who answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        answer = _refusal(scope) if scope["type"] == "http" else None
        await (answer or self._app)(scope, receive, send)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not OURS.match(hosts[0]):
        return PlainTextResponse(
            "only 127.0.0.1 and localhost are served: have a proxy send that as Host\n", 403
        )
    if scope["method"] not in METHODS:
        return PlainTextResponse("only GET and HEAD\n", 405, {"Allow": ", ".join(METHODS)})
    lengths = [value for name, value in headers if name == b"content-length"]
    if any(name == b"transfer-encoding" for name, _ in headers) or any(
        length.strip() != b"0" for length in lengths
    ):
        return PlainTextResponse("a request brings nothing\n", 413, {"Connection": "close"})
    return None
