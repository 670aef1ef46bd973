"""`livecare simulate mm-bridge`: a Micro-Manager in a process of its own, which can be killed."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from bridge_watching import Watch
from typer.testing import CliRunner

from livecare.cli import simulate
from livecare.sources.mm_bridge import MmBridgeSettings, MmBridgeSource

NS_PER_S = 1e9


@contextmanager
def command(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command; give its process and its port."""
    line = [sys.executable, "-m", "livecare", "simulate", "mm-bridge", "--size", "32", "32"]
    process = subprocess.Popen([*line, *options], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = process.stdout.readline()
        port = re.search(r"listening on tcp://127\.0\.0\.1:(\d+); live mode began at \d+", said)
        assert port is not None, said
        yield process, port[1]
    finally:
        process.kill()
        process.communicate()


def test_a_killed_micro_manager_is_noticed_and_its_successor_found() -> None:
    with command("--port", "0") as (process, port):
        source = MmBridgeSource(MmBridgeSettings(endpoint=f"tcp://127.0.0.1:{port}"))
        watch = Watch(source, source.open("run"))
        source.start()
        watch.frames(5)
        process.kill()
        process.wait()
        killed_ns = time.perf_counter_ns()
        watch.until(lambda: source.counts.lost_connections == 1)
        assert (time.perf_counter_ns() - killed_ns) / NS_PER_S <= 1.5
    seen = len(watch.arrivals)
    with command("--port", port):
        back_ns = time.perf_counter_ns()
        watch.frames(3)
        assert (time.perf_counter_ns() - back_ns) / NS_PER_S <= 5.0
    source.close()
    assert [each.new_epoch for each in watch.arrivals[seen:]] == [True, False, False]


def test_it_misbehaves_as_it_is_told_and_says_so_by_ending() -> None:
    options = ("--port", "0", "--misbehave", "die-in-call", "--every", "4", "--channel", "Cy3")
    with command(*options) as (process, port):
        source = MmBridgeSource(MmBridgeSettings(endpoint=f"tcp://127.0.0.1:{port}"))
        watch = Watch(source, source.open("run"))
        source.start()
        watch.until(lambda: source.counts.lost_connections == 1)
        source.close()
        assert process.wait(20) == 0
    assert watch.stream.channels == ("Cy3",)
    assert len(watch.arrivals) <= 3


def test_a_port_that_is_taken_is_said() -> None:
    with command("--port", "0") as (_, port):
        line = [sys.executable, "-m", "livecare", "simulate", "mm-bridge", "--port", port]
        ended = subprocess.run(
            [*line, "--size", "32", "32"], capture_output=True, text=True, check=False
        )
    assert ended.returncode == 2
    assert f"port {port} cannot be used" in ended.stderr


@pytest.mark.parametrize("option", [["--misbehave", "sometimes"], ["--every", "0"]])
def test_wrong_options_are_refused(option: list[str]) -> None:
    assert CliRunner().invoke(simulate.app, ["mm-bridge", *option]).exit_code == 2
