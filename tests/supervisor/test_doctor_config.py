"""What the doctor says of a configuration: every mistake, and what it lacks around it."""

import errno
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from typer.testing import CliRunner

from livecare.cli.main import app
from livecare.supervisor.doctor import Finding, configured, disk_speed, surroundings
from livecare.supervisor.doctor.configured import check_config, what_is_wrong

RIGHT = """[source.simulated]
frames = 10
[restorer]
engine = "identity"
"""


def look(folder: Path, text: str) -> tuple[dict[str, Finding], str]:
    """Return the findings by what was looked at, and what is wrong with the file itself."""
    file = folder / "scope.toml"
    file.write_text(text, encoding="utf-8")
    _, findings = check_config(file)
    assert all(each.cure for each in findings if each.light != "green")
    return {each.what: each for each in findings}, what_is_wrong(findings)


def test_a_right_one(tmp_path: Path) -> None:
    found, wrong = look(tmp_path, RIGHT)
    assert wrong == ""
    assert {each.light for each in found.values()} == {"green"}
    assert found["configuration"].found.endswith("scope.toml is right")
    assert found["restorer"].found.startswith("engine identity, precision auto, model")


def test_every_mistake_is_a_finding_with_its_line_and_cure(tmp_path: Path) -> None:
    file = tmp_path / "scope.toml"
    file.write_text('[store]\npth = 1\n[restorer]\nmax_batch = "8"\n', encoding="utf-8")
    config, findings = check_config(file)
    assert config is None
    assert [(each.what, each.light) for each in findings] == [("configuration", "red")] * 2
    assert findings[0].found == f"{file}:2:1: unknown key 'store.pth'"
    assert findings[0].cure == "did you mean 'store.path'?"
    assert findings[1].found.startswith(f"{file}:4:1: restorer.max_batch is")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[restorer]\nmodel = "gone"\n', ":2: restorer.model: there is no model 'gone'; give"),
        (
            '[source]\nkind = "micromanager"\n[source.micromanager]\nconfig = "scope.cfg"\n',
            ":4: source.micromanager.config: config is",
        ),
        ("[source.simulated]\nsize_yx = [1, 1]\n", ":2: source.simulated.size_yx: scene: "),
        (
            '[source]\nkind = "replay"\n',
            ":1: source.replay (left out there): no path is given; set source.replay.path to",
        ),
        (
            '[source]\nkind = "replay"\n[source.replay]\npath = "gone.tif"\n',
            ":4: source.replay.path: path is ",
        ),
        (
            '[source]\nkind = "folder-watch"\n[source.folder-watch]\n',
            ":3: source.folder-watch: no path is given; set source.folder-watch.path to",
        ),
        (
            '[metrics]\ntextfile = "/no/such/folder/livecare.prom"\n',
            ":2: metrics.textfile: no file can be written in /no/such/folder; make the folder",
        ),
    ],
)
def test_what_it_asks_for_and_is_not_there_is_a_mistake_too(
    tmp_path: Path, text: str, words: str
) -> None:
    _, wrong = look(tmp_path, text)
    assert wrong.startswith(f"{tmp_path / 'scope.toml'}{words}")


@pytest.mark.parametrize("kind", ["folder-watch", "ndtiff-follow"])
def test_a_folder_that_may_yet_come_is_red_and_no_mistake(tmp_path: Path, kind: str) -> None:
    text = f'[source]\nkind = "{kind}"\n[source.{kind}]\npath = "drive/images"\n' + RIGHT
    found, wrong = look(tmp_path, text)
    assert wrong == "", "the file is right, only not now"
    assert found["source"].light == "red"
    assert found["source"].found.startswith(f"{tmp_path / 'scope.toml'}:4: source.{kind}")
    (tmp_path / "drive").mkdir()
    assert look(tmp_path, text)[0]["source"].light == "green"


def test_a_replay_that_can_be_played(tmp_path: Path) -> None:
    text = '[source]\nkind = "replay"\n[source.replay]\npath = "movies"\n' + RIGHT
    (tmp_path / "movies").mkdir()
    assert "holds no recording" in look(tmp_path, text)[1]
    tifffile.imwrite(tmp_path / "movies" / "a.tif", np.zeros((2, 8, 8), "uint16"))
    assert look(tmp_path, text)[0]["source"].light == "green"


def test_all_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    text = '[restorer]\nmodel = "gone"\n[source.simulated]\nsize_yx = [1, 1]\n'
    assert len(look(tmp_path, text)[1].splitlines()) == 2


def test_no_file_at_all(tmp_path: Path) -> None:
    config, [finding] = check_config(tmp_path / "gone.toml")
    assert config is None
    assert "cannot read the configuration" in finding.found


def test_ports_that_are_taken_or_wanted_twice(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        text = f'[publish]\npreview = "tcp://127.0.0.1:{port}"\n' + RIGHT
        found, wrong = look(tmp_path, text)
    assert wrong == "", "the file is right, only not now"
    assert found["publish.preview"].light == "red"
    assert "scope.toml:2): it is taken" in found["publish.preview"].found
    assert "publish.preview" not in look(tmp_path, text)[0], "it is free again"
    text = text.replace("[publish]", f'[publish]\ncontrol = "tcp://127.0.0.1:{port}"')
    found, _ = look(tmp_path, text)
    assert found["publish.control"].found == (
        f"port {port} ({tmp_path / 'scope.toml'}:2) is that of publish.preview, too"
    )


def test_a_recording_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "run.ome.zarr").mkdir()
    text = '[store]\npath = "run.ome.zarr"\n' + RIGHT
    found, _ = look(tmp_path, text)
    assert found["recording"].light == "red"
    assert found["recording"].found.endswith("scope.toml:2)")
    assert 'store.on_existing = "number"' in str(found["recording"].cure)
    for way in ("overwrite = true", 'on_existing = "number"', 'record = "when-asked"'):
        found, _ = look(tmp_path, text.replace("[store]", f"[store]\n{way}"))
        assert found["recording"].light == "green"


def test_places_that_this_user_may_not_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private = tmp_path / "private"

    def guarded(look: Callable[[Path], bool]) -> Callable[[Path], bool]:
        def refuse(path: Path) -> bool:
            if private in path.parents:
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return look(path)

        return refuse

    monkeypatch.setattr(Path, "exists", guarded(os.path.exists))
    monkeypatch.setattr(Path, "is_dir", guarded(os.path.isdir))
    text = (
        '[store]\npath = "private/a/run.ome.zarr"\n[ring]\ndirectory = "private/rings"\n'
        '[source]\nkind = "replay"\n[source.replay]\npath = "private/film.tif"\n'
    )
    found, wrong = look(tmp_path, text)
    [disk] = disk_speed.look_at_disk(private / "a" / "run.ome.zarr")
    for each in (found["recording"], found["ring.directory"], found["source"], disk):
        assert each.light == "red"
        assert each.found.startswith(f"{private}{os.sep}")
        assert "cannot be looked at" in each.found
        assert "sudo" in str(each.cure)
    assert wrong == ""
    assert disk.essential
    _, wrong = look(tmp_path, '[restorer]\nmodel = "private/model"\n')
    assert wrong.startswith(f"{private / 'model'} cannot be looked at")


def test_a_disk_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surroundings.disk, "free_bytes", lambda _: 10**6)
    found, _ = look(tmp_path, RIGHT)
    room = found["room for the recording"]
    assert (room.light, room.found) == ("red", "10 frames take 0.0 GB, 0.0 GB are free")


def test_a_ring_folder_that_is_not_there(tmp_path: Path) -> None:
    text = '[ring]\ndirectory = "rings"\n' + RIGHT
    found, _ = look(tmp_path, text)
    assert found["ring.directory"].light == "yellow"
    assert "does not exist" in found["ring.directory"].found
    (tmp_path / "rings").mkdir()
    assert look(tmp_path, text)[0]["ring.directory"].light == "green"
    (tmp_path / "rings").rmdir()
    (tmp_path / "rings").touch()
    assert look(tmp_path, text)[0]["ring.directory"].light == "red"


def test_a_ring_folder_that_a_service_makes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks may not write there, and need not."""
    monkeypatch.setattr(surroundings.os, "access", lambda *_: False)
    for folder, light in (("livecare/no-such-scope", "green"), ("livecared/scope1", "red")):
        found, _ = look(tmp_path, f'[ring]\ndirectory = "/run/{folder}"\n' + RIGHT)
        assert found["ring.directory"].light == light
        told = "the service makes it when it starts" in found["ring.directory"].found
        assert told == (light == "green")


def test_settings_that_hardly_go_together(tmp_path: Path) -> None:
    text = RIGHT.replace("frames = 10", "frames = 10\nrate_hz = 20.0")
    text += "latency_budget_ms = 20.0\nmax_batch = 32\n[ring]\nslots = 8\n"
    found, wrong = look(tmp_path, text)
    assert wrong == ""
    assert found["latency budget"].light == "yellow"
    assert "less than the 50 ms from one frame to the next" in found["latency budget"].found
    assert found["ring.slots"].light == "yellow"


def test_a_compression_that_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings, "find_spec", lambda _: None)
    found, _ = look(tmp_path, '[store]\ncompression = "lz4"\n' + RIGHT)
    assert found["compression"].light == "red"
    assert "livecare[compression]" in str(found["compression"].cure)


def test_the_command_exits_with_2_where_the_file_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for look_at in ("machine", "disk", "engines", "core"):
        monkeypatch.setattr(f"livecare.supervisor.doctor.look_at_{look_at}", lambda *_: [])
    file = tmp_path / "scope.toml"
    file.write_text("[restorer]\nmax_bach = 1\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["doctor", "--json", "--config", str(file)])
    found = json.loads(done.stdout)["findings"]
    assert found[-1]["what"] == configured.CONFIGURATION
    assert found[-1]["cure"] == "did you mean 'restorer.max_batch'?"
    assert done.exception is not None
    assert getattr(done.exception, "exit_code", None) == 2
    assert str(done.exception).startswith(f"{file}:2:1: unknown key 'restorer.max_bach'")


def test_a_kernel_without_ipv6_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = socket.socket

    def refuse(family: int = -1, *rest: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
        return make(family, *rest)

    monkeypatch.setattr(socket, "socket", refuse)
    found, _ = look(tmp_path, '[publish]\npreview = "tcp://[::1]:5761"\n' + RIGHT)
    assert found["publish.preview"].light == "red"
    assert os.strerror(errno.EAFNOSUPPORT) in found["publish.preview"].found
