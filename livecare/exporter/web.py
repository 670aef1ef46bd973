"""Knows what is served by HTTP: metrics, health, readiness and state; to this machine only."""

import logging
import socket
import threading
from collections.abc import Callable
from typing import Any, Final

import msgspec
import uvicorn
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from livecare.exporter.exposition import exposition
from livecare.exporter.guard import Guard
from livecare.exporter.health import complaints, objections
from livecare.exporter.orders import ExporterSpec
from livecare.exporter.view import View

OK: Final = 200
NOT_NOW: Final = 503
HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
MAX_HEAD_BYTES: Final = 16 << 10
"""Longest accepted request with its headers, bytes; a scraper's has some hundreds."""
AT_ONCE: Final = 32
"""Connections at a time; beyond that, requests are answered with 503."""
IDLE_S: Final = 75
"""How long a connection is kept for the next request, seconds: over a minute, since many scrape
once a minute."""
FAREWELL_S: Final = 1
"""Time for requests under way when the run has ended, seconds."""


class Answers:
    """What each path answers.

    Parameters
    ----------
    view : callable
        Returns the run as of now.
    spec : ExporterSpec
        What the exporter was told.
    """

    def __init__(self, view: Callable[[], View], spec: ExporterSpec) -> None:
        self._view, self._spec = view, spec

    @property
    def app(self) -> Guard:
        """The application."""
        paths = {
            "/metrics": self._metrics,
            "/healthz": self._healthz,
            "/readyz": self._readyz,
            "/status": self._status,
        }
        routes = [Route(path, answer, methods=["GET"]) for path, answer in paths.items()]
        return Guard(Starlette(routes=routes))

    async def _metrics(self, _: Request) -> Response:
        content = exposition(self._view(), self._spec)
        return Response(content, headers=HEADERS, media_type=CONTENT_TYPE_PLAIN_0_0_4)

    async def _healthz(self, _: Request) -> Response:
        words = complaints(self._view())
        text = "; ".join(words) or "livecare runs"
        return PlainTextResponse(f"{text}\n", NOT_NOW if words else OK, HEADERS)

    async def _readyz(self, _: Request) -> Response:
        reasons = objections(self._view(), self._spec.ready_minutes)
        answer = {"ready": not reasons, "reasons": reasons}
        return _json(answer, NOT_NOW if reasons else OK)

    async def _status(self, _: Request) -> Response:
        view = self._view()
        return _json(
            {
                "run_id": self._spec.run_id,
                "fate": view.fate,
                "age_s": round(view.age_s, 3),
                "unhealthy": complaints(view),
                "unready": objections(view, self._spec.ready_minutes),
                "telemetry": view.telemetry,
            },
            OK,
        )


class Web:
    """Serves in a thread of its own.

    Parameters
    ----------
    listener : socket.socket
        Where.
    answers : Answers
        What.
    """

    def __init__(self, listener: socket.socket, answers: Answers) -> None:
        self._listener = listener
        logging.getLogger("uvicorn").setLevel(logging.ERROR)  # strangers' garbage is no news
        self._server = uvicorn.Server(
            uvicorn.Config(
                answers.app,
                log_config=None,
                access_log=False,
                server_header=False,
                lifespan="off",
                loop="asyncio",
                http="h11",
                ws="none",
                proxy_headers=False,
                h11_max_incomplete_event_size=MAX_HEAD_BYTES,
                limit_concurrency=AT_ONCE,
                timeout_keep_alive=IDLE_S,
                timeout_graceful_shutdown=FAREWELL_S,
            )
        )
        self._thread = threading.Thread(target=self._serve, name="livecare-web", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Answer what was asked, and end."""
        self._server.should_exit = True
        self._thread.join(2 * FAREWELL_S)
        self._listener.close()

    def _serve(self) -> None:
        self._server.run(sockets=[self._listener])


def _json(answer: dict[str, Any], code: int) -> Response:
    content = msgspec.json.format(msgspec.json.encode(answer)) + b"\n"
    return Response(content, code, HEADERS, "application/json")
