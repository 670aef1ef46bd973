"""What other programs use of livecare; light, and imported only when it is asked for.

- `Pusher`: send frames to a livecare that listens with the source "push".
- `subscribe`: get restored and raw frames while livecare runs.
- `image_hook`: a function for pycromanager's `Acquisition(image_process_fn=...)`.
- `tap_core`: send what a CMMCorePlus in this process acquires.
"""

import sys
from importlib import import_module
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from livecare.client.hook import image_hook as image_hook
    from livecare.client.push import Pusher as Pusher
    from livecare.client.subscribe import subscribe as subscribe
    from livecare.client.tap import tap_core as tap_core

_MODULES: Final = MappingProxyType(
    {
        "Pusher": "push",
        "image_hook": "hook",
        "subscribe": "subscribe",
        "tap_core": "tap",
    }
)
"""The module that each name comes from."""


class _Client(ModuleType):
    """A module where a submodule that is imported first hides no function of its name."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _MODULES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


def __getattr__(name: str) -> object:
    if name == "push":
        return import_module("livecare.client.push")
    if name not in _MODULES:
        raise AttributeError(f"livecare.client has no {name!r}; it has {', '.join(_MODULES)}")
    found: object = getattr(import_module(f"livecare.client.{_MODULES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(_MODULES)


sys.modules[__name__].__class__ = _Client
