"""What the doctor says of this machine, and of machines that lack something."""

import json
import socket
import sys
import threading
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zmq
from typer.testing import CliRunner

from livecare.cli.main import app
from livecare.engines import packages
from livecare.supervisor import doctor
from livecare.supervisor.doctor import (
    Finding,
    bridge,
    demo_would_work,
    disk_speed,
    examine,
    machine,
)
from livecare.supervisor.doctor import engines as trials
from livecare.supervisor.doctor.core import compare_versions, look_at_core
from livecare.supervisor.doctor.engines import look_at_engines
from livecare.supervisor.doctor.software import EXTRAS

NOT_OF_A_RUN = {
    *("test", "lint", "audit", "docs"),  # for those who work on livecare
    *("onnxruntime-gpu", "onnxruntime-directml"),  # they bring the package of onnxruntime, too
    *("pycromanager", "pymmcore-plus"),  # programs that livecare.client works in
}


def test_every_extra_of_a_run_is_looked_for() -> None:
    project = Path(__file__).parents[2] / "pyproject.toml"
    extras = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert set(EXTRAS) == extras.keys() - NOT_OF_A_RUN


def test_all_that_is_not_green_has_a_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    findings = examine(None)
    assert {finding.what for finding in findings} >= {
        *("livecare", "cores", "memory", "ring", "clock", "GPU", "disk space", "disk speed"),
        *("engine", "models", "[onnxruntime]", "Micro-Manager", "bridge"),
    }
    assert all(finding.cure for finding in findings if finding.light != "green")
    assert not list(tmp_path.iterdir()), "what was written is removed"


def test_only_what_is_essential_keeps_a_demonstration_from_working() -> None:
    broken = Finding("GPU", "dead", "red", "bury it")
    assert demo_would_work([broken])
    assert not demo_would_work([broken, Finding("engine", "none", "red", "get one", True)])


@pytest.mark.parametrize(
    ("core", "adapters", "light", "words"),
    [
        ("12.5.1.75.0", "75.20261014.post1", "green", "device interface 75"),
        ("11.10.0.74.1", "74.20260226", "green", "device interface 74"),
        ("12.5.1.75.0", "74.20260226", "red", "interface 75, the adapters 74"),
        ("12.5.1.75.0", None, "yellow", "no demo camera"),
        ("12.5", "75.1", "red", "interface ?"),
        (None, "75.1", "yellow", "no core"),
    ],
)
def test_cores_and_adapters_are_compared(
    core: str | None, adapters: str | None, light: str, words: str
) -> None:
    finding = compare_versions(core, adapters)
    assert finding.light == light
    assert words in finding.found
    if light != "green":
        assert "pip install" in finding.cure


def test_the_core_that_is_installed_loads_its_camera() -> None:
    pytest.importorskip("pymmcore", reason="needs a core")
    pytest.importorskip("mm_test_adapters", reason="needs DemoCamera")
    compared, tried = look_at_core()
    assert (compared.light, tried.light) == ("green", "green")
    assert "Device API version" in tried.found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((bridge.HOST, 0))
        return taken.getsockname()[1]


@contextmanager
def server(answer: Callable[[dict[str, object]], bytes | None]) -> Iterator[int]:
    """Answer one message as a bridge does: JSON in latin-1, in one part."""
    context = zmq.Context()
    replier = context.socket(zmq.REP)
    replier.linger = 0
    port = replier.bind_to_random_port(f"tcp://{bridge.HOST}")
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            if replier.poll(50):
                reply = answer(json.loads(replier.recv().decode("iso-8859-1")))
                if reply is None:
                    ended.wait()
                    return
                replier.send(reply)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield port
    finally:
        ended.set()
        thread.join()
        replier.close()
        context.term()


def says(**reply: object) -> Callable[[object], bytes]:
    return lambda _: json.dumps(reply).encode("iso-8859-1")


def test_a_bridge_is_found_with_its_version() -> None:
    heard = []
    with server(lambda asked: heard.append(asked) or says(type="none", version="5.1.0")(0)) as port:
        finding = bridge.look_at_bridge(port)
    assert heard == [{"command": "connect", "debug": False}]
    assert finding.light == "green"
    assert "server 5.1.0" in finding.found


@pytest.mark.parametrize(
    ("answer", "light", "words"),
    [
        pytest.param(says(type="none"), "green", "2.0.0", id="before versions were said"),
        pytest.param(says(type="exception", message="no"), "red", "refused: no", id="refusal"),
        pytest.param(says(kind="none"), "red", "no Micro-Manager", id="another protocol"),
        pytest.param(lambda _: b"[1]", "red", "no Micro-Manager", id="a list"),
        pytest.param(lambda _: b"HTTP/1.1 400", "red", "b'HTTP/1.1 400'", id="no JSON"),
        pytest.param(lambda _: None, "red", "does not answer", id="silence"),
    ],
)
def test_what_a_bridge_may_say(
    answer: Callable[[object], bytes | None],
    light: str,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if answer(None) is None:
        monkeypatch.setattr(bridge, "ANSWER_MS", 100)
    with server(answer) as port:
        finding = bridge.look_at_bridge(port)
    assert finding.light == light
    assert words in finding.found


def test_nobody_on_the_bridge_is_no_fault() -> None:
    finding = bridge.look_at_bridge(free_port())
    assert finding.light == "yellow"
    assert "Run server on port 4827" in finding.cure


def test_the_disk_is_measured_where_the_recording_will_lie(tmp_path: Path) -> None:
    space, speed = disk_speed.look_at_disk(tmp_path / "not" / "yet" / "there.ome.zarr")
    assert str(tmp_path) in space.found
    assert "MB/s" in speed.found
    assert "fps of 2048²" in speed.found
    assert disk_speed.write_rate(tmp_path, 1) > 0
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_is_essential(tmp_path: Path) -> None:
    finding = disk_speed._speed(tmp_path / "gone", 10**9)
    assert (finding.light, finding.essential) == ("red", True)
    assert "cannot be written" in finding.found


def test_a_disk_that_is_full_or_slow_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert disk_speed._space(tmp_path, 10**6).essential
    assert disk_speed._space(tmp_path, 2 * 10**9).light == "yellow"
    monkeypatch.setattr(disk_speed, "SLOW_MB_S", 1e9)
    assert "solid-state" in disk_speed._speed(tmp_path, 10**8).cure


def test_a_graphics_driver_that_is_absent_or_fails() -> None:
    assert machine.look_at_gpu("no-such-tool").light == "yellow"
    failed = machine.look_at_gpu(sys.executable)  # Python knows no --query-gpu
    assert failed.light == "red"
    assert "failed" in failed.found


@pytest.mark.skipif(sys.platform == "win32", reason="makes a shell script")
def test_a_graphics_driver_that_answers_or_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA T4, 15360 MiB, 550.1'\n", encoding="utf-8")
    tool.chmod(0o755)
    assert machine.look_at_gpu(str(tool)) == Finding("GPU", "NVIDIA T4, 15360 MiB, 550.1")
    tool.write_text("#!/bin/sh\nexec sleep 60\n", encoding="utf-8")
    monkeypatch.setattr(machine, "GPU_TIMEOUT_S", 0.2)
    assert "did not answer" in machine.look_at_gpu(str(tool)).found


def test_little_shared_memory_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.look_at_ring(tmp_path / "no such").light == "green"
    monkeypatch.setattr(machine, "SMALL_RING_GB", 1e9)
    assert "--shm-size" in machine.look_at_ring(tmp_path).cure


def test_a_machine_without_an_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(packages, "find_spec", lambda _: None)
    engine = look_at_engines()[0]
    assert (engine.light, engine.essential) == ("red", True)
    assert "livecare[onnxruntime]" in engine.cure
    assert CliRunner().invoke(app, ["doctor"]).exit_code == 1


def test_engines_are_tried_and_the_first_good_one_is_named() -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    found = [finding.found for finding in look_at_engines() if finding.light == "green"]
    assert found[0].startswith("'auto' takes ")
    assert any("onnxruntime fp32 on CPUExecutionProvider" in words for words in found)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("import os; os.abort()", "it ended with -6"),
        ("raise SystemExit('no such library')", "no such library"),
        ("import time; time.sleep(60)", "was ready within"),
    ],
)
def test_engines_that_crash_or_hang_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, words: str
) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is missing")
    broken = tmp_path / "python"
    broken.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{program}"\n', encoding="utf-8")
    broken.chmod(0o755)
    monkeypatch.setattr(trials.sys, "executable", str(broken))
    monkeypatch.setattr(trials, "TRIAL_S", 2.0)
    [engine] = look_at_engines()
    assert (engine.light, engine.essential) == ("red", True)
    assert words in engine.found


@pytest.fixture
def no_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an engine and a core be there, untried: a process for each takes seconds."""
    monkeypatch.setattr(doctor, "look_at_engines", lambda: [Finding("engine", "one that runs")])
    monkeypatch.setattr(doctor, "look_at_core", list)


@pytest.mark.usefixtures("no_trials")
def test_json_for_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "livecare.toml"
    config.write_text('[restorer]\nengine = "identity"\n', encoding="utf-8")
    (tmp_path / "recording.ome.zarr").mkdir()
    done = CliRunner().invoke(app, ["doctor", "--json", "--config", str(config)])
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["demo_would_work"] is True
    findings = {finding["what"]: finding for finding in document["findings"]}
    assert set(findings["disk speed"]) == {"what", "found", "light", "cure", "essential"}
    assert findings["recording"]["light"] == "red"
    assert "overwrite" in findings["recording"]["cure"]


@pytest.mark.usefixtures("no_trials")
def test_a_hardware_configuration_that_is_not_there_is_wrong(tmp_path: Path) -> None:
    config = tmp_path / "livecare.toml"
    config.write_text(
        '[source]\nkind = "micromanager"\n[source.micromanager]\nconfig = "scope.cfg"\n',
        encoding="utf-8",
    )
    wrong = [each for each in examine(config) if each.what == "configuration"]
    assert [each.light for each in wrong] == ["red"]
    assert "scope.cfg, which does not exist" in wrong[0].found
