"""The files of the systemd service, without a systemd that runs."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from livecare.config import read_config
from livecare.link.sockets import place_of
from livecare.sources import PushSettings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd is Linux'")

SYSTEMD = Path(__file__).parents[2] / "systemd"
VENV = "/srv/venvs/livecare"


def settings(unit: str) -> list[str]:
    """Return a unit's lines without comments, and with the one microscope's name for %i."""
    lines = (SYSTEMD / unit).read_text(encoding="utf-8").replace("%i", "livecare").splitlines()
    return [line for line in lines if line and line[0] not in "#;" and "Description" not in line]


def installed(root: Path, *names: str) -> Path:
    program = root / VENV[1:] / "bin/livecare"
    program.parent.mkdir(parents=True)
    program.touch(0o755)
    run("install", "--root", str(root), "--venv", VENV, *names)
    return root / "etc"


def ports_of(config: Path) -> list[int]:
    """Return the ports that a configuration fixes: preview, telemetry, control, push."""
    found = read_config(config)
    publish, settings = found.publish, found.source.settings
    assert isinstance(settings, PushSettings)
    ends = (publish.preview, publish.telemetry, publish.control, settings.endpoint)
    return [place_of(end).port or 0 for end in ends]


def run(script: str, *arguments: str, code: int = 0) -> str:
    done = subprocess.run(
        [str(SYSTEMD / script), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_both_units_are_the_same() -> None:
    assert settings("livecare.service") == settings("livecare@.service")


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_finds_nothing_wrong_and_the_units_are_shut() -> None:
    lines = run("check").splitlines()
    assert len(lines) == 2, lines  # one rating for each unit, no warning
    assert all("Overall exposure level" in line for line in lines)


def test_what_is_installed(tmp_path: Path) -> None:
    folder = installed(tmp_path, "scope1", "livecare")
    for name, config in (("livecare@", "%i"), ("livecare", "livecare")):
        unit = (folder / f"systemd/system/{name}.service").read_text(encoding="utf-8")
        command = f"ExecStart={VENV}/bin/livecare run --config /etc/livecare/{config}.toml\n"
        assert command in unit
    config = read_config(folder / "livecare/scope1.toml")
    assert config.store.path == Path("/var/lib/livecare/scope1/recording.ome.zarr")
    assert (config.store.on_existing, config.log.format) == ("number", "json")
    assert config.ring.directory == Path("/run/livecare/scope1")


def test_a_configuration_that_is_there_is_kept(tmp_path: Path) -> None:
    folder = installed(tmp_path, "scope1")
    mine = folder / "livecare/scope1.toml"
    mine.write_text("# mine\n", encoding="utf-8")
    mine.chmod(0o640)
    run("install", "--root", str(tmp_path), "--venv", VENV, "scope1")
    assert tomllib.loads(mine.read_text(encoding="utf-8")) == {}
    assert mine.stat().st_mode & 0o777 == 0o640, "others may not read it, and shall not"


def test_each_new_configuration_has_ports_of_its_own(tmp_path: Path) -> None:
    folder = installed(tmp_path, "scope1") / "livecare"
    (folder / "other.toml").write_text(
        '[metrics]\nhttp = "127.0.0.1:5767"  # and not 5770\n', encoding="utf-8"
    )
    said = run("install", "--root", str(tmp_path), "--venv", VENV, "scope2", "scope1", "livecare")
    wanted = {"scope1": 5761, "scope2": 5769, "livecare": 5773}
    for name, first in wanted.items():
        assert ports_of(folder / f"{name}.toml") == list(range(first, first + 4))
    for name, unit in (("scope2", "livecare@scope2"), ("livecare", "livecare")):
        file, first = f"{name}.toml", wanted[name]
        ports = f"(frames pushed to port {first + 3}; ports {first}-{first + 3})"
        doctor = f"{VENV}/bin/livecare doctor --config /etc/livecare/{file}"
        assert f"wrote {folder}/{file} {ports}; next, as root: edit it, {doctor}, systemctl" in said
        assert f"systemctl enable --now {unit}\n" in said
    assert f"kept {folder}/scope1.toml\n" in said


def test_configurations_that_share_ports_are_named(tmp_path: Path) -> None:
    folder = installed(tmp_path, "scope1") / "livecare"
    shutil.copy(folder / "scope1.toml", folder / "scope2.toml")
    said = run("install", "--root", str(tmp_path), "--venv", VENV, "scope1")
    assert f"{folder}/scope2.toml names the same ports (5761 5762 5763 5764)" in said
    assert ports_of(folder / "scope1.toml") == [5761, 5762, 5763, 5764], "it is kept all the same"


def test_what_is_removed(tmp_path: Path) -> None:
    folder = installed(tmp_path, "scope1")
    wanted = folder / "systemd/system/multi-user.target.wants"
    wanted.mkdir()
    (wanted / "livecare@scope1.service").symlink_to("/etc/systemd/system/livecare@.service")
    for name in ("livecare.service.d", "livecare@.service.d", "livecare@scope1.service.d"):
        (folder / "systemd/system" / name).mkdir()
        (folder / "systemd/system" / name / "override.conf").touch()
    run("uninstall", "--root", str(tmp_path))
    left = [path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir()]
    assert left == [Path("livecare/scope1.toml")]


@pytest.mark.parametrize("name", ["scope.1", "a/b", "", "--venv", "x" * 21, "scöpe"])
def test_what_is_no_name_is_refused_before_anything_is_written(tmp_path: Path, name: str) -> None:
    installed(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    said = run("install", "--root", str(tmp_path), "--venv", VENV, "scope1", name, code=2)
    assert f"install: '{name}' is" in said
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_installed_without_a_program(tmp_path: Path) -> None:
    said = run("install", "--root", str(tmp_path), "scope1", code=2)
    assert "make the virtual environment first" in said
    assert list(tmp_path.iterdir()) == []
