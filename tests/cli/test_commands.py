"""The command line: its words, and the exit code that each outcome has."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import structlog
import tifffile

from livecare import __version__
from livecare.cli import main
from livecare.config import read_config
from livecare.disk import aligned_block
from livecare.frame import FrameHeader, Ledger, Position, StreamInfo
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store

SIZE = (16, 20)
FRAMES = 3

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Run a command in this process; returns its exit code, output and error output."""

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["livecare", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    yield run
    structlog.reset_defaults()  # logs went to this test's captured output


def record(path: Path, *, finish: bool = True) -> Path:
    store = Store.create(path, StreamInfo("run", "test", SIZE, "uint16"))
    for sequence in range(FRAMES):
        header = FrameHeader(sequence, Position(sequence), SIZE, "uint16", received_ns=0)
        block = aligned_block(2 * SIZE[0] * SIZE[1] + 4)
        np.frombuffer(block, np.uint16)[: SIZE[0] * SIZE[1]] = sequence + 1
        store.raw.append(header, block)
    if finish:
        store.finish(Ledger(FRAMES, FRAMES, 0, FRAMES))
    store.close()
    return path


def test_version_and_help(call: Call) -> None:
    assert call("--version") == (0, f"livecare {__version__}\n", "")
    code, out, _ = call("--help")
    assert code == 0
    for command in ("demo", "run", "verify", "recover", "export", "doctor", "schema", "simulate"):
        assert command in out
    assert "publisher" not in out, "children's commands are not for people"
    assert call("frobnicate")[0] == 2


HELP = """\
import sys
from livecare.cli import main
sys.argv = ["livecare", "--help"]
try:
    main()
except SystemExit:
    print(*{"rich", "pydantic", "numpy", "zmq"} & set(sys.modules), file=sys.stderr)
"""


def test_help_is_quick_since_it_loads_next_to_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    assert "Commands:" in done.stdout
    assert done.stderr.split() == []


def test_python_dash_m() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "livecare", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"livecare {__version__}\n"


def test_the_schema_is_the_one_beside_the_example(call: Call) -> None:
    code, out, _ = call("schema")
    assert code == 0
    beside = Path(__file__).parents[2] / "config" / "livecare.schema.json"
    assert json.loads(out) == json.loads(beside.read_text(encoding="utf-8"))


def test_doctor(call: Call, tmp_path: Path) -> None:
    config = tmp_path / "livecare.toml"
    config.write_text('[restorer]\nengine = "identity"\n', encoding="utf-8")
    code, out, _ = call("doctor", "--config", config)
    assert code == 0
    for word in ("livecare", "cores", "memory", "engine", "default-fast", "[onnxruntime]"):
        assert word in out
    assert "is right" in out
    assert "engine identity, precision auto, model" in out


def test_doctor_of_a_wrong_configuration(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for look_at in ("machine", "disk", "engines", "core"):
        monkeypatch.setattr(f"livecare.supervisor.doctor.look_at_{look_at}", lambda *_: [])
    config = tmp_path / "livecare.toml"
    config.write_text('[restorer]\nengin = "identity"\n', encoding="utf-8")
    code, out, err = call("doctor", "--config", config)
    assert code == 2
    assert "to do: did you mean 'restorer.engine'?" in out
    assert err.startswith("livecare: ")
    assert "did you mean 'restorer.engine'" in err


def test_a_sound_recording(call: Call, tmp_path: Path) -> None:
    store = record(tmp_path / "s.ome.zarr")
    code, out, _ = call("verify", store)
    assert code == 0
    assert "complete" in out
    assert f"raw: {FRAMES} frames" in out
    code, out, _ = call("recover", store)
    assert code == 0
    assert "nothing to mend" in out


def test_an_interrupted_recording(call: Call, tmp_path: Path) -> None:
    store = record(tmp_path / "s.ome.zarr", finish=False)
    code, out, _ = call("verify", store)
    assert code == 3
    assert "livecare recover" in out
    assert f"{store}: NOT CLOSED" in out, "nothing in it is damaged"
    code, out, _ = call("recover", store)
    assert code == 0
    assert "closed as incomplete" in out
    assert re.search(rf"room was reserved for \d+ time points, {FRAMES} were recorded", out)
    code, out, _ = call("verify", store)
    assert code == 0
    assert f"can be made: livecare restore {store} OUT" in out


def damage(store: Path) -> None:
    """Turn one bit of a recording's first raw frame."""
    place = next(StoreReader(store).lines("raw")).place
    content = bytearray((store / place.shard).read_bytes())
    content[place.offset + 7] ^= 1
    (store / place.shard).write_bytes(content)


def test_a_damaged_recording(call: Call, tmp_path: Path) -> None:
    store = record(tmp_path / "s.ome.zarr")
    damage(store)
    code, out, _ = call("verify", store)
    assert code == 3
    assert "DAMAGED" in out
    assert "problem" in out


def test_a_recording_that_is_not_closed_and_damaged(call: Call, tmp_path: Path) -> None:
    store = record(tmp_path / "s.ome.zarr", finish=False)
    damage(store)
    code, out, _ = call("verify", store)
    assert code == 3
    assert f"{store}: DAMAGED" in out


@pytest.mark.parametrize("command", ["verify", "recover", "export"])
def test_what_is_no_folder(call: Call, tmp_path: Path, command: str) -> None:
    (tmp_path / "a.tif").touch()
    rest = [tmp_path / "out.tif"] if command == "export" else []
    for name, words in (("a.tif", "is a file, and no recording"), ("gone", "does not exist")):
        code, _, err = call(command, tmp_path / name, *rest)
        assert code == 2
        assert err.startswith(f"livecare: {tmp_path / name} {words}: give the folder")


@pytest.mark.parametrize("command", ["verify", "recover"])
def test_what_is_no_recording(call: Call, tmp_path: Path, command: str) -> None:
    code, _, err = call(command, tmp_path)
    assert code == 1
    assert err.startswith("livecare: ")
    assert str(tmp_path) in err


def test_export(call: Call, tmp_path: Path) -> None:
    store, out_file = record(tmp_path / "s.ome.zarr"), tmp_path / "raw.ome.tif"
    code, out, _ = call("export", store, out_file, "--lane", "raw")
    assert code == 0
    assert f"{FRAMES} frames" in out
    exported = tifffile.imread(out_file)
    assert exported.reshape(FRAMES, *SIZE)[:, 0, 0].tolist() == [1, 2, 3]
    code, _, err = call("export", store, out_file, "--lane", "raw")
    assert code == 2, "nothing is overwritten"
    assert str(out_file) in err
    assert call("export", store, tmp_path / "x.tif", "--lane", "sideways")[0] == 2
    code, _, err = call("export", store, tmp_path / "x.tif", "--position", "5")
    assert code != 0
    assert "Traceback" not in err


def test_a_specimen(call: Call, tmp_path: Path) -> None:
    out, truth = tmp_path / "s.ome.tif", tmp_path / "t.ome.tif"
    code, said, _ = call(
        "simulate", "specimen", out, "--truth", truth, "--frames", 2, "--size", 32, 48
    )
    assert code == 0
    assert str(out) in said
    assert tifffile.imread(out).shape == (2, 32, 48)
    assert tifffile.imread(truth).dtype == np.float32
    assert call("simulate", "specimen", out, "--frames", 2)[0] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "--config", "nowhere.toml"], ["cannot read", "nowhere.toml"]),
        (["run", "--config", "broken.toml"], ["broken.toml", "not valid TOML"]),
        (["demo", "--out", "taken.ome.zarr", "--engine", "identity"], ["taken.ome.zarr"]),
        (["demo", "--headless", "--engine", "abacus"], ["no 'abacus'", "identity"]),
        (["demo", "--headless", "--size", "4", "4"], ["16 pixels or more"]),
        (
            ["demo", "--headless", "--report", "nowhere/r.json"],
            ["nowhere/r.json", "no such folder"],
        ),
    ],
)
def test_wrong_use(
    call: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.toml").write_text("[restorer\n", encoding="utf-8")
    (tmp_path / "taken.ome.zarr").mkdir()
    code, _, err = call(*arguments)
    assert code == 2
    for word in words:
        assert word in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["broken.toml", "taken.ome.zarr"]


def test_relative_paths_are_taken_from_the_configurations_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("livecare.models.package.user_names", lambda: ("mine",))
    folder = tmp_path / "experiment"
    (folder / "my-model").mkdir(parents=True)
    (folder / "default").mkdir()
    (folder / "mine").mkdir()
    config = folder / "run.toml"
    names = (("default", "default"), ("mine", "mine"))
    for given, expected in (("my-model", str(folder / "my-model")), *names):
        config.write_text(
            f'[store]\npath = "a.ome.zarr"\n[ring]\ndirectory = "rings"\n'
            f'[restorer]\nmodel = "{given}"\n',
            encoding="utf-8",
        )
        found = read_config(config)
        assert found.store.path == folder / "a.ome.zarr"
        assert found.ring.directory == folder / "rings"
        assert found.restorer.model == expected
    config.write_text('[ring]\ndirectory = "/elsewhere"\n', encoding="utf-8")
    assert read_config(config).ring.directory == Path("/elsewhere")
