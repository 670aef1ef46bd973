"""Knows what each command of the server's protocol does."""

import threading
import uuid
from typing import Any, Final

from livecare.simulated_bridge.camera import SimulatedCamera
from livecare.simulated_bridge.classes import (
    METHODS,
    describe_class,
    describe_constructors,
    has_method,
)
from livecare.simulated_bridge.objects import CoreObject, JavaError, MetadataObject, PixelArray
from livecare.simulated_bridge.settings import SimulatedBridgeSettings

VERSION: Final = "5.1.0"
"""Of the protocol."""
NO_OBJECT: Final = "java.lang.NullPointerException"
"""What the server says to a handle that it never gave."""
TRACE: Final = "\n\tat org.micromanager.zmq.ZMQServer.parseAndExecuteCommand(ZMQServer.java)\n"
"""Second line of an exception: clients read the first only."""

JavaObject = CoreObject | MetadataObject


class Commands:
    """The objects that clients hold, and the commands on them.

    Attributes
    ----------
    core : CoreObject
        The one core.
    """

    def __init__(self, settings: SimulatedBridgeSettings, camera: SimulatedCamera) -> None:
        self.core = CoreObject(settings, camera)
        self._lock = threading.Lock()
        self._objects: dict[str, JavaObject] = {}

    @property
    def held(self) -> int:
        """How many objects the server keeps for its clients."""
        return len(self._objects)

    def forget(self) -> None:
        """Forget every object, as a server that was started anew."""
        with self._lock:
            self._objects.clear()

    def answer(self, request: dict[str, Any], port: int) -> dict[str, Any]:
        """Carry out a request and return the answer; bytes in it stand for byte arrays."""
        try:
            return self._run(request, port)
        except JavaError as error:
            return {"type": "exception", "value": f"{error}{TRACE}"}
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # A request that does not hold what its command needs, which Java's JSON refuses.
            said = f"mmcorej.org.json.JSONException: {error}{TRACE}"
            return {"type": "exception", "value": said}

    def _run(self, request: dict[str, Any], port: int) -> dict[str, Any]:
        match request["command"]:
            case "connect":
                return {"type": "none", "version": VERSION}
            case "get-constructors":
                classpath = _known(request["classpath"])
                return {"type": "none", "api": describe_constructors(classpath)}
            case "constructor" | "get-class":
                return self._construct(_known(request["classpath"]), port)
            case "run-method":
                return self._call(request)
            case "destructor":
                with self._lock:
                    self._objects.pop(request["hash-code"], None)
                return {"type": "none"}
            case "get-field" | "set-field":
                raise JavaError(f"java.lang.NoSuchFieldException: {request['name']}")
            case _:
                raise JavaError("java.lang.RuntimeException: Unknown Command")

    def _construct(self, classpath: str, port: int) -> dict[str, Any]:
        made = self.core if classpath == CoreObject.java_class else MetadataObject()
        handle = f"{id(made) & 0xFFFFFFFF:x}{uuid.uuid4()}"
        with self._lock:
            self._objects[handle] = made
        return {
            "type": "unserialized-object",
            "hash-code": handle,
            "port": port,
            **describe_class(classpath),
        }

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        target = self._objects.get(request["hash-code"])
        if target is None:
            raise JavaError(NO_OBJECT)
        name, types = request["name"], request["argument-types"]
        if not has_method(target.java_class, name, types):
            raise JavaError("java.lang.RuntimeException: No Matching method found")
        arguments = [self._argument(argument) for argument in request["arguments"]]
        if isinstance(target, CoreObject):
            target.calls[name] += 1
        return _serialise(target.methods()[name](*arguments))

    def _argument(self, argument: Any) -> Any:  # noqa: ANN401 any JSON
        if isinstance(argument, dict):
            return self._objects.get(argument["hash-code"])
        return argument


def _known(classpath: str) -> str:
    if classpath not in METHODS:
        raise JavaError(f"java.lang.ClassNotFoundException: {classpath}")
    return classpath


def _serialise(value: object) -> dict[str, Any]:
    """Return what the server says of a value that a method returned."""
    if value is None:
        return {"type": "null"}
    if isinstance(value, PixelArray):
        return {"type": value.kind, "value": value.content}
    return {"type": "string" if isinstance(value, str) else "primitive", "value": value}
