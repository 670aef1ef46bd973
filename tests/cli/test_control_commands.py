"""`livecare mark`, `record`, `relock` and `reload`, as they are typed."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from livecare import run_place
from livecare.cli import control
from livecare.errors import UsageError
from livecare.link.control import ControlServer
from livecare.link.requests import (
    Answer,
    Done,
    MarkRequest,
    Offer,
    RecordRequest,
    Refused,
    ReloadRequest,
    RelockRequest,
    Request,
)

sys.path.append(str(Path(__file__).parent.parent / "security"))
from keyring import KeyRing

Serve = Callable[[Answer], None]
WORDS: dict[str, tuple[tuple[str, ...], Request]] = {
    "mark": (("mark", "2 µM added"), MarkRequest("2 µM added")),
    "record on": (("record", "on"), RecordRequest(on=True)),
    "record off": (("record", "off"), RecordRequest(on=False)),
    "relock": (("relock",), RelockRequest()),
    "reload": (("reload",), ReloadRequest()),
}


@pytest.fixture
def asked() -> list[Request]:
    return []


@pytest.fixture
def serve(asked: list[Request], tmp_path: Path) -> Iterator[Serve]:
    servers: list[ControlServer] = []

    def start(answer: Answer) -> None:
        def handle(request: Request) -> Answer:
            asked.append(request)
            return answer

        servers.append(ControlServer(handle))
        folder = run_place.run_folder(tmp_path, "run")
        folder.mkdir()
        run_place.control_file(folder).write_text(servers[-1].endpoint, encoding="utf-8")

    yield start
    for server in servers:
        server.close()


def run(folder: Path, *words: str) -> Result:
    return invoke(*words, "--directory", str(folder))


def invoke(*words: str) -> Result:
    app = typer.Typer()
    for command in (control.mark, control.record, control.relock, control.reload):
        app.command()(command)
    result = CliRunner().invoke(app, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.mark.parametrize("kind", WORDS)
def test_it_is_asked_and_the_answer_said(
    kind: str, serve: Serve, asked: list[Request], tmp_path: Path
) -> None:
    words, request = WORDS[kind]
    serve(Done("it is done"))
    result = run(tmp_path, *words)
    assert (result.exit_code, result.output) == (0, "it is done\n")
    assert asked == [request]


@pytest.mark.parametrize("kind", WORDS)
def test_a_refusal_is_said_and_fails(kind: str, serve: Serve, tmp_path: Path) -> None:
    serve(Refused("nothing is recorded"))
    result = run(tmp_path, *WORDS[kind][0])
    assert result.exit_code == 1
    refused = {"mark": "not marked", "reload": "not reloaded"}.get(kind, "not changed")
    assert result.output == f"livecare: {refused}: nothing is recorded\n"


def test_an_answer_to_something_else_is_no_success(serve: Serve, tmp_path: Path) -> None:
    serve(Offer(("a",)))
    assert run(tmp_path, "mark", "a").exit_code == 1


@pytest.mark.parametrize("kind", WORDS)
def test_no_run_goes_on(kind: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no livecare run of yours goes on"):
        run(tmp_path, *WORDS[kind][0])


@pytest.mark.parametrize("kind", WORDS)
def test_an_operator_asks_a_run_elsewhere(kind: str, asked: list[Request], tmp_path: Path) -> None:
    """With the keys that it wants; a reader is told why not."""
    ring = KeyRing(tmp_path / "keys")
    words, request = WORDS[kind]

    def handle(request: Request) -> Answer:
        asked.append(request)
        return Done("it is done")

    with contextlib.closing(ControlServer(handle, security=ring.security())) as server:
        at = ("--endpoint", server.endpoint, "--server-key", str(ring.server_public), "--key")
        result = invoke(*words, *at, str(ring.secrets["ben"]))
        assert (result.exit_code, result.output) == (0, "it is done\n")
        with pytest.raises(UsageError, match="may only read where control is asked for"):
            invoke(*words, *at, str(ring.secrets["ann"]))
    assert asked == [request]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--key", "k"), "--key and --server-key go with --endpoint"),
        (("--endpoint", "tcp://a:1", "--key", "k"), "keys go in pairs: give server_key"),
        (("--endpoint", "tcp://a:1", "--directory", "d"), "give one"),
        (("--endpoint", "nowhere"), "'nowhere' is no endpoint: give the run's publish.control"),
    ],
)
def test_options_that_do_not_go_together(options: tuple[str, ...], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        invoke("record", "on", *options)


@pytest.mark.parametrize("words", [("record",), ("record", "perhaps"), ("mark",)])
def test_wrong_use_shows_the_usage(words: tuple[str, ...], tmp_path: Path) -> None:
    assert run(tmp_path, *words).exit_code == 2
