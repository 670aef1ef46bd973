"""Nothing that livecare reads can be a program: no pickle on the wire, in models or on disk.

Ruff's lists hold that for what is imported; this looks at how it is called.
"""

import ast
import functools
import re
from pathlib import Path
from typing import Final

import livecare

PACKAGE: Final = Path(livecare.__file__).parent
MODULES: Final = {
    "pickle", "_pickle", "cPickle", "pickletools", "dill", "cloudpickle", "joblib", "shelve",
    "marshal", "multiprocessing", "jsonpickle", "pandas",
}  # fmt: skip
HARMLESS: Final = {"UnpicklingError"}
"""What may be had of them: the error that torch raises."""
BUILTIN: Final = {"eval", "exec", "compile", "__import__"}
METHODS: Final = {"send_pyobj", "recv_pyobj", "read_pickle", "unsafe_load", "full_load"}
SYSTEM: Final = {"os.system", "os.popen"}


SUSPECT: Final = re.compile(
    "|".join([*MODULES, *BUILTIN, *METHODS, "system", "popen", r"\bload", "yaml", "shell"])
)
"""What a file says somewhere that is worth reading: the others call nothing of the kind."""


@functools.cache
def nodes() -> tuple[tuple[str, ast.AST], ...]:
    """What the package imports and calls: file and line, and what."""
    found: list[tuple[str, ast.AST]] = []
    for file in sorted(PACKAGE.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        if SUSPECT.search(text):
            where = file.relative_to(PACKAGE)
            found += [
                (f"{where}:{node.lineno}", node)
                for node in ast.walk(ast.parse(text))
                if isinstance(node, ast.Call | ast.Import | ast.ImportFrom)
            ]
    return tuple(found)


@functools.cache
def calls() -> tuple[tuple[str, str, ast.Call], ...]:
    found = [(where, node) for where, node in nodes() if isinstance(node, ast.Call)]
    return tuple((where, ast.unparse(node.func), node) for where, node in found)


def said(call: ast.Call, name: str) -> object:
    """The constant that is given for a keyword; None for nothing, or what is no constant."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value.value if isinstance(keyword.value, ast.Constant) else None
    return None


def test_nothing_that_pickles_is_imported() -> None:
    found = set()
    for where, node in nodes():
        if isinstance(node, ast.Import):
            found |= {(where, each.name.split(".")[0]) for each in node.names}
        elif isinstance(node, ast.ImportFrom) and {each.name for each in node.names} - HARMLESS:
            found.add((where, (node.module or "").split(".")[0]))
    assert {each for each in found if each[1] in MODULES} == set()


def test_nothing_that_runs_programs_is_called() -> None:
    found = [
        (where, name)
        for where, name, _ in calls()
        if name in BUILTIN | SYSTEM or name.rsplit(".", 1)[-1] in METHODS
    ]
    assert found == []


def test_arrays_are_read_without_pickles() -> None:
    loads = [(where, call) for where, name, call in calls() if name in ("np.load", "numpy.load")]
    allowed = [where for where, call in loads if said(call, "allow_pickle") not in (None, False)]
    given = [
        where
        for where, _, call in calls()
        if any(each.arg == "allow_pickle" for each in call.keywords)
        and said(call, "allow_pickle") is not False
    ]
    assert allowed == given == []


def test_torch_reads_weights_alone() -> None:
    loads = [(where, call) for where, name, call in calls() if name == "torch.load"]
    assert loads, "this test looks at something"
    assert [where for where, call in loads if said(call, "weights_only") is not True] == []


def test_yaml_is_read_safely() -> None:
    assert [where for where, name, _ in calls() if name in ("yaml.load", "yaml.load_all")] == []


def test_no_shell_is_started() -> None:
    assert [where for where, _, call in calls() if said(call, "shell") is True] == []
