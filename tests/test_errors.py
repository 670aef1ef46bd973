import inspect
import re

import pytest

from livecare import errors
from livecare.errors import LivecareError, MissingExtraError


def subclasses(kind: type[LivecareError]) -> list[type[LivecareError]]:
    """Give all that derive from an error, each directly below its parent."""
    return [kind, *(below for child in kind.__subclasses__() for below in subclasses(child))]


ALL_ERRORS = [kind for kind in subclasses(LivecareError) if kind.__module__ == errors.__name__]


def drawn_tree() -> list[tuple[int, str]]:
    """Read the tree at the head of the file: depth and name of each error."""
    marked = re.findall(r"^([ │]*)[├└]── (\w+)", errors.__doc__, flags=re.MULTILINE)
    return [(len(indent) // 4, name) for indent, name in marked]


def test_the_tree_drawn_at_the_head_of_the_file_is_the_tree() -> None:
    actual = [(len(kind.__mro__) - len(LivecareError.__mro__), kind) for kind in ALL_ERRORS[1:]]
    assert drawn_tree() == [(depth, kind.__name__) for depth, kind in actual]


def test_every_error_of_the_module_is_in_the_tree() -> None:
    defined = {kind for _, kind in inspect.getmembers(errors, inspect.isclass)}
    assert {kind for kind in defined if kind.__module__ == errors.__name__} == set(ALL_ERRORS)


@pytest.mark.parametrize("kind", ALL_ERRORS)
def test_every_error_says_what_it_stands_for(kind: type[LivecareError]) -> None:
    assert kind.__doc__


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("LivecareError", 1),
        ("UsageError", 2),
        ("ConfigError", 2),
        ("MissingExtraError", 2),
        ("StoreExistsError", 2),
        ("ModelError", 2),
        ("IncompleteError", 3),
        ("DiskFullError", 3),
        ("StoreDamagedError", 3),
        ("ProtocolError", 1),
        ("RingError", 1),
        ("SourceError", 1),
        ("StoreError", 1),
        ("EngineError", 1),
        ("ChildError", 1),
    ],
)
def test_an_error_has_its_exit_code(name: str, code: int) -> None:
    assert getattr(errors, name).exit_code == code


def test_the_exit_codes_are_four_and_none_of_them_is_anothers() -> None:
    codes = (
        errors.EXIT_COMPLETE,
        errors.EXIT_FAILED,
        errors.EXIT_USAGE,
        errors.EXIT_INCOMPLETE,
    )
    assert codes == (0, 1, 2, 3)
    stopped = errors.StoppedError  # asked for: nothing is wrong
    assert {kind.exit_code for kind in ALL_ERRORS if kind is not stopped} == set(codes[1:])
    assert stopped.exit_code == errors.EXIT_COMPLETE


def test_a_missing_extra_is_named_with_the_command_that_brings_it() -> None:
    error = MissingExtraError("onnxruntime", "onnxruntime", "restoring on the CPU")
    assert str(error) == (
        "restoring on the CPU needs the package 'onnxruntime', which is not installed: "
        "run  pip install 'livecare[onnxruntime]'"
    )
