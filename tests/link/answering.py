"""How requests are handled in tests: said back, or held until the test lets them go on."""

import threading
from collections.abc import Callable
from typing import Final

from livecare.link.control import ControlServer
from livecare.link.requests import Answer, Done, Request, SwapRequest

PATIENCE_S: Final = 60.0
Handle = Callable[[Request], Answer]
Serve = Callable[[Handle], ControlServer]


def told(request: Request) -> Answer:
    assert isinstance(request, SwapRequest)
    return Done(f"{request.model} {request.engine} {request.precision}")


class Held:
    """Handles requests, each no sooner than it may; `inside` is set once there is one."""

    def __init__(self) -> None:
        self.inside, self.may_go_on = threading.Event(), threading.Event()

    def __call__(self, request: Request) -> Answer:
        self.inside.set()
        assert self.may_go_on.wait(PATIENCE_S)
        return told(request)
