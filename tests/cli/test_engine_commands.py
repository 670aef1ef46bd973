"""`livecare build` and `livecare swap`, as they are typed."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result
from made_up_engines import Bench, Fault, install, miss
from typer.testing import CliRunner
from window_package import WINDOW_PACKAGE

from livecare import run_place
from livecare.cli.main import app
from livecare.client.endpoints import find_control
from livecare.errors import ConfigError, EngineError, MissingExtraError, ModelError, UsageError
from livecare.link.control import ControlServer
from livecare.link.requests import Answer, Done, Refused, SwapRequest

Serve = Callable[[Answer], ControlServer]


@pytest.fixture(autouse=True)
def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    return install(monkeypatch)


@pytest.fixture
def asked() -> list[SwapRequest]:
    return []


@pytest.fixture
def serve(asked: list[SwapRequest]) -> Iterator[Serve]:
    servers: list[ControlServer] = []

    def start(answer: Answer) -> ControlServer:
        def handle(request: SwapRequest) -> Answer:
            asked.append(request)
            return answer

        servers.append(ControlServer(handle))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def run(*words: str) -> Result:
    result = CliRunner().invoke(app, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def announce(parent: Path, run_id: str, server: ControlServer) -> None:
    folder = run_place.run_folder(parent, run_id)
    folder.mkdir(parents=True)
    run_place.control_file(folder).write_text(server.endpoint, encoding="utf-8")


def build(*words: str, model: str = str(WINDOW_PACKAGE)) -> Result:
    return run("build", model, "--size", "40", "50", *words)


def test_build_says_what_is_good_and_which_a_run_takes(bench: Bench) -> None:
    bench.faults["first"] = Fault(load=EngineError("first: no GPU"))
    result = build()
    assert result.exit_code == 0
    refused, good, also_good = result.output.splitlines()
    assert refused.split() == ["refused", "first", "fp16:", "first:", "no", "GPU"]
    assert good.startswith("good")
    assert "second fp32" in good
    assert good.endswith("<- a run takes this")
    assert "onnxruntime fp32" in also_good
    assert "<-" not in also_good
    assert bench.open == []


def test_build_for_programs(bench: Bench) -> None:
    bench.faults["first"] = Fault(load=EngineError("first: no GPU"))
    result = build("--json", "--batch", "3", "--threads", "1")
    assert result.exit_code == 0
    found = json.loads(result.output)
    assert [(each["engine"], each["good"]) for each in found] == [
        ("first", False),
        ("second", True),
        ("onnxruntime", True),
    ]
    assert bench.made[-1].expected is not None
    assert bench.made[-1].expected.batch == 3


@pytest.mark.parametrize(
    ("words", "types"),
    [
        ((), ("uint16", "uint16")),
        (("--dtype", "uint8"), ("uint8", "uint8")),
        (("--restored-dtype", "float32"), ("uint16", "float32")),
    ],
)
def test_build_for_pixels_of_a_type(
    bench: Bench, words: tuple[str, ...], types: tuple[str, str]
) -> None:
    assert build("--engine", "second", *words).exit_code == 0
    expected = bench.made[0].expected
    assert expected is not None
    assert (expected.dtype, expected.restored_dtype) == types


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_build_fails_where_no_engine_is_good(bench: Bench, form: tuple[str, ...]) -> None:
    bench.faults["second"] = Fault(counts=5000.0)
    result = build("--engine", "second", *form)
    assert result.exit_code == 1
    assert "differs from fp32 by" in result.output
    assert "a run takes this" not in result.output


def test_build_refuses_what_cannot_be(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="there is no model 'gone'"):
        build(model="gone")
    with pytest.raises(ConfigError, match="there is no 'third'"):
        build("--engine", "third")
    with pytest.raises(ConfigError, match="first cannot compute in bf16"):
        build("--engine", "first", "--precision", "bf16")
    miss(monkeypatch, "first")
    with pytest.raises(MissingExtraError, match="first-extra"):
        build("--engine", "first")
    with pytest.raises(ConfigError, match="size"):
        run("build", str(WINDOW_PACKAGE), "--size", "0", "50")
    assert bench.made == []


@pytest.mark.parametrize(
    "words",
    [
        ("--precision", "fp8"),
        ("--batch", "0"),
        ("--threads", "0"),
        ("--size", "40"),
    ],
)
def test_build_shows_its_usage_where_it_is_used_wrongly(words: tuple[str, ...]) -> None:
    assert run("build", str(WINDOW_PACKAGE), "--size", "40", "50", *words).exit_code == 2
    assert run("build", str(WINDOW_PACKAGE)).exit_code == 2, "without a size"


def test_swap_with_no_run_going_on(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no livecare run of yours goes on") as caught:
        run("swap", "--engine", "second", "--directory", str(tmp_path))
    assert caught.value.exit_code == 2
    with pytest.raises(UsageError, match=r"ring\.directory"):
        run("swap", "--model", "default", "--directory", str(tmp_path / "gone"))


def test_swap_looks_where_runs_put_their_rings_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serve: Serve, asked: list[SwapRequest]
) -> None:
    monkeypatch.setattr(run_place, "default_parents", lambda: (tmp_path / "a", tmp_path / "b"))
    with pytest.raises(UsageError, match="no livecare run of yours goes on"):
        run("swap", "--engine", "second")
    announce(tmp_path / "b", "run", serve(Done("now second")))
    assert run("swap", "--engine", "second").output.splitlines() == ["now second"]
    assert asked == [SwapRequest(None, "second", None)]


def test_swap_says_what_serves_now(tmp_path: Path, serve: Serve, asked: list[SwapRequest]) -> None:
    announce(tmp_path, "run", serve(Done("default: first fp16 on paper")))
    words = ("--model", "default", "--engine", "first", "--precision", "fp16")
    result = run("swap", *words, "--directory", str(tmp_path))
    assert result.exit_code == 0
    assert result.output.splitlines() == ["default: first fp16 on paper"]
    assert asked == [SwapRequest("default", "first", "fp16")]


def test_swap_that_is_refused(tmp_path: Path, serve: Serve) -> None:
    announce(tmp_path, "run", serve(Refused("second: no GPU")))
    result = run("swap", "--engine", "second", "--directory", str(tmp_path))
    assert result.exit_code == 1
    assert result.output.splitlines() == ["livecare: not changed: second: no GPU"]


def test_swap_gives_paths_that_hold_in_another_folder(
    tmp_path: Path, serve: Serve, asked: list[SwapRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    announce(tmp_path / "rings", "run", serve(Done("")))
    (tmp_path / "mine").mkdir()
    (tmp_path / "default").mkdir()  # a name comes before a path
    monkeypatch.chdir(tmp_path)
    for model in ("mine", "./mine", "default", "not/there"):
        run("swap", "--model", model, "--directory", "rings")
    mine = str(tmp_path / "mine")
    assert [each.model for each in asked] == [mine, mine, "default", "not/there"]


def test_swap_of_one_of_several_runs_must_be_told_which(
    tmp_path: Path, serve: Serve, asked: list[SwapRequest]
) -> None:
    announce(tmp_path / "a", "one", serve(Done("one")))
    announce(tmp_path / "a", "two", serve(Done("two")))
    with pytest.raises(UsageError, match="several livecare runs go on"):
        run("swap", "--engine", "second", "--directory", str(tmp_path / "a"))
    assert asked == []


def test_parts_of_one_run_are_one_run(tmp_path: Path, serve: Serve) -> None:
    server = serve(Done("one"))
    for part in ("run", "run.1", "run.2"):
        announce(tmp_path, part, server)
    assert find_control(tmp_path) == server.endpoint


def test_what_is_left_of_runs_that_were_killed_is_no_run(tmp_path: Path, serve: Serve) -> None:
    gone = ControlServer(lambda _: Done(""))
    announce(tmp_path, "killed", gone)
    gone.close()
    with pytest.raises(UsageError, match="no livecare run of yours goes on"):
        find_control(tmp_path)
    server = serve(Done("one"))
    announce(tmp_path, "alive", server)
    assert find_control(tmp_path) == server.endpoint


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nowhere",
        b"\xff\xfe",
        b"tcp://10.0.0.1:5555",
        b"tcp://127.0.0.1:99999",
        b"tcp://127.0.0.1",
        b"ipc:///tmp/x",
    ],
)
def test_a_file_that_names_no_place_on_this_machine_is_no_run(
    tmp_path: Path, content: bytes
) -> None:
    folder = run_place.run_folder(tmp_path, "run")
    folder.mkdir()
    run_place.control_file(folder).write_bytes(content)
    with pytest.raises(UsageError, match="no livecare run of yours goes on"):
        find_control(tmp_path)


def test_swap_waits_for_a_run_that_takes_its_time(tmp_path: Path) -> None:
    inside, answered = threading.Event(), threading.Event()

    def handle(_: SwapRequest) -> Answer:
        inside.set()
        assert answered.wait(60.0)
        return Done("at last")

    server = ControlServer(handle)
    announce(tmp_path, "run", server)
    outputs: list[Result] = []
    words = ("swap", "--engine", "second", "--directory", str(tmp_path))
    asking = threading.Thread(target=lambda: outputs.append(run(*words)))
    asking.start()
    assert inside.wait(60.0)
    assert outputs == []
    answered.set()
    asking.join(60.0)
    server.close()
    assert [each.output.splitlines() for each in outputs] == [["at last"]]
