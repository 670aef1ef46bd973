"""`livecare mark`, `record` and `relock`, as they are typed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer
from click.testing import Result
from typer.testing import CliRunner

from livecare import run_place
from livecare.cli import control
from livecare.errors import UsageError
from livecare.link.control import (
    Answer,
    ControlServer,
    Done,
    MarkRequest,
    Offer,
    RecordRequest,
    Refused,
    RelockRequest,
    Request,
)

Serve = Callable[[Answer], None]
WORDS: dict[str, tuple[tuple[str, ...], Request]] = {
    "mark": (("mark", "2 µM added"), MarkRequest("2 µM added")),
    "record on": (("record", "on"), RecordRequest(on=True)),
    "record off": (("record", "off"), RecordRequest(on=False)),
    "relock": (("relock",), RelockRequest()),
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
    app = typer.Typer()
    for command in (control.mark, control.record, control.relock):
        app.command()(command)
    result = CliRunner().invoke(app, [*words, "--directory", str(folder)])
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
    refused = "not marked" if kind == "mark" else "not changed"
    assert result.output == f"livecare: {refused}: nothing is recorded\n"


def test_an_answer_to_something_else_is_no_success(serve: Serve, tmp_path: Path) -> None:
    serve(Offer(("a",)))
    assert run(tmp_path, "mark", "a").exit_code == 1


@pytest.mark.parametrize("kind", WORDS)
def test_no_run_goes_on(kind: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no livecare run of yours goes on"):
        run(tmp_path, *WORDS[kind][0])


@pytest.mark.parametrize("words", [("record",), ("record", "perhaps"), ("mark",)])
def test_wrong_use_shows_the_usage(words: tuple[str, ...], tmp_path: Path) -> None:
    assert run(tmp_path, *words).exit_code == 2
