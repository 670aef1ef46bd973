"""Subscribers find real runs, follow them to their end, and let Ctrl-C through."""

import _thread
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from preview_stage import PreviewStage, preview_file

from livecare import run_place
from livecare.client.endpoints import find_endpoint
from livecare.client.subscribe import subscribe
from livecare.errors import UsageError
from livecare.supervisor.run_folder import RunFolder

PATIENCE_S = 60.0
FRAMES = 120

CONFIG = """
[source.simulated]
size_yx = [32, 48]
rate_hz = 40.0
frames = {frames}
bank_frames = 8
[store]
path = '{folder}/run.ome.zarr'
[ring]
directory = '{folder}'
[restorer]
engine = "identity"
[publish]
max_hz = 1000.0
"""


@pytest.fixture
def stage() -> Iterator[PreviewStage]:
    stage = PreviewStage()
    yield stage
    stage.close()


def test_a_real_run_is_found_and_followed_in_pairs_to_its_end(tmp_path: Path) -> None:
    config = tmp_path / "run.toml"
    config.write_text(CONFIG.format(frames=FRAMES, folder=tmp_path.as_posix()), encoding="utf-8")
    command = [sys.executable, "-m", "livecare", "run", "--config", str(config)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        endpoint = _await_endpoint(tmp_path, run)
        with subscribe(
            endpoint, "both", newest=False, timeout_s=PATIENCE_S, until_end=True
        ) as subscription:
            sequences = []
            for pair in subscription.pairs():
                assert pair.raw.pixels.shape == (32, 48)
                assert (pair.raw.pixels == pair.restored.pixels).all(), "the identity engine"
                assert pair.raw.restoration is None
                assert pair.restored.restoration is not None
                assert pair.restored.restoration.engine == "identity"
                sequences.append(pair.raw.header.sequence)
            assert subscription.ledger is not None
            assert subscription.ledger.acquired == FRAMES
        assert sequences == sorted(set(sequences))
        assert sequences
        run.communicate()
    assert run.returncode == 0


def _await_endpoint(directory: Path, run: "subprocess.Popen[bytes]") -> str:
    pause = threading.Event()
    while run.poll() is None:
        try:
            return find_endpoint(directory)
        except UsageError:
            pause.wait(0.05)
    assert run.stderr is not None
    raise AssertionError(run.stderr.read().decode())


def test_a_folder_as_runs_make_it_is_found(tmp_path: Path, stage: PreviewStage) -> None:
    folder = RunFolder.make("run", tmp_path, 0).path
    run_place.preview_file(folder).write_text(stage.endpoint, encoding="utf-8")
    assert find_endpoint(tmp_path) == stage.endpoint


def test_it_looks_where_runs_put_their_rings_by_default(
    tmp_path: Path, stage: PreviewStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_place, "MEMORY_FOLDER", tmp_path / "none")
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(tmp_path))
    preview_file(tmp_path, "run", stage.endpoint)
    with subscribe(timeout_s=PATIENCE_S) as subscription:
        assert subscription.endpoint == stage.endpoint


@pytest.mark.parametrize("kind", [Path, str])
def test_a_run_whose_rings_lie_elsewhere_is_found_by_their_directory(
    tmp_path: Path, stage: PreviewStage, kind: type[Path] | type[str]
) -> None:
    preview_file(tmp_path, "run", stage.endpoint)
    with subscribe(directory=kind(tmp_path), timeout_s=PATIENCE_S) as subscription:
        assert subscription.endpoint == stage.endpoint


def test_the_cure_names_the_directory(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"ring\.directory.*directory="):
        subscribe(directory=tmp_path)


def test_no_run_is_explained(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"publish\.preview"):
        find_endpoint(tmp_path)


@pytest.mark.parametrize(
    "written", ["", "tcp://127.0.0.1:no", "tcp://192.0.2.1:80", "tcp://127.0.0.1:70000", "\x00"]
)
def test_a_file_without_an_endpoint_of_this_machine_is_passed_over(
    tmp_path: Path, written: str
) -> None:
    preview_file(tmp_path, "run", written)
    with pytest.raises(UsageError, match="no livecare run"):
        find_endpoint(tmp_path)


def test_a_killed_run_is_passed_over_and_several_are_named(
    tmp_path: Path, stage: PreviewStage
) -> None:
    dead = PreviewStage()
    dead.close()
    preview_file(tmp_path, "dead", dead.endpoint)
    preview_file(tmp_path, "live", stage.endpoint)
    assert find_endpoint(tmp_path) == stage.endpoint
    other = PreviewStage()
    preview_file(tmp_path, "other", other.endpoint)
    with pytest.raises(UsageError, match="several") as caught:
        find_endpoint(tmp_path)
    other.close()
    assert stage.endpoint in str(caught.value)
    assert other.endpoint in str(caught.value)


def test_an_interrupt_passes(stage: PreviewStage) -> None:
    """As in a notebook's "stop": the wait ends, and the subscription still works."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's "&" ignores it
    with subscribe(stage.endpoint, timeout_s=PATIENCE_S) as subscription:
        stage.await_subscriptions()
        stage.start()
        interrupter = threading.Timer(0.1, _thread.interrupt_main)
        interrupter.start()
        with pytest.raises(KeyboardInterrupt):
            next(subscription)
        interrupter.join()
        stage.frame(1)
        assert next(subscription).header.sequence == 1
