"""A systemd that was booted for a test, with livecare installed as a facility would install it."""

import os
import shutil
import site
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Self

import livecare

MODULES = "cli.acquire supervisor restorer.process publisher sources scoring sinks.recover"
"""What a run imports: compiled beforehand, as pip does it where it is not told otherwise."""
HERE = Path(__file__).parent
UNITS = HERE.parents[1] / "systemd"
NEEDED = ("unshare", "nsenter", "systemd-nspawn", "systemctl")
PATIENCE_S = 60.0
"""Longest wait for anything, seconds: a test fails by it and never passes by it."""
PROGRAM = """\
#!/bin/sh
export PYTHONPATH=/opt/livecare/source:/opt/livecare/packages LD_LIBRARY_PATH=/opt/livecare/base/lib
exec /opt/livecare/base/bin/python{version} {what} "$@"
"""


def why_not() -> str:
    """Say why no systemd can be booted here; "" if one can be tried."""
    if sys.platform != "linux":
        return "systemd is Linux'"
    if os.geteuid() != 0:
        return "booting a systemd needs root"
    missing = [name for name in NEEDED if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)} (Debian: systemd-container)" if missing else ""


class Booted:
    """A booted systemd; `install` before entering, and everything is gone after leaving."""

    def __init__(self, folder: Path) -> None:
        self._stage = folder / "stage"
        self.add_program("livecare", "-m livecare")
        package = Path(livecare.__file__).parent
        self._binds = [
            f"{sys.base_prefix}:/opt/livecare/base",
            f"{site.getsitepackages()[0]}:/opt/livecare/packages",
            f"{package}:/opt/livecare/source/livecare",
        ]
        self._process: subprocess.Popen[str] | None = None
        self.pid = 0

    def add_program(self, name: str, what: str) -> None:
        """Add a command that runs something with the Python that runs this test."""
        program = self._stage / "opt/livecare/bin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        version = sysconfig.get_python_version()
        program.write_text(PROGRAM.format(version=version, what=what), encoding="utf-8")
        program.chmod(0o755)

    def add_file(self, path: str, content: str) -> None:
        """Add a file."""
        file = self._stage / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")

    def install(self, name: str, config: str, drop_in: str = "") -> None:
        """Install the units, and the configuration of a microscope."""
        install = [str(UNITS / "install"), "--root", str(self._stage), name]
        subprocess.run(install, check=True, timeout=PATIENCE_S)
        self.add_file(f"/etc/livecare/{name}.toml", config)
        self.add_file(f"/etc/systemd/system/livecare@{name}.service.d/test.conf", drop_in)

    def __enter__(self) -> Self:
        imports = ", ".join(f"livecare.{module}" for module in MODULES.split())
        subprocess.run([sys.executable, "-c", f"import {imports}"], check=True, timeout=PATIENCE_S)
        self._process = subprocess.Popen(
            [str(HERE / "boot_systemd.sh"), str(self._stage), *self._binds],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        words = self._process.stdout.readline().split()
        if words[:1] == ["booted"]:
            self.pid = int(words[1])
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process is not None
        self._process.communicate(timeout=PATIENCE_S)

    def complaint(self) -> str:
        """Say why it did not boot; "" if it did."""
        if self.pid:
            return ""
        assert self._process is not None
        return self._process.communicate(timeout=PATIENCE_S)[1].strip()

    def command(self, *words: str) -> list[str]:
        """Return the command that runs a command inside."""
        return ["nsenter", "-t", str(self.pid), "-m", "-p", "-n", "-i", "-u", "-C", *words]

    def run(self, *words: str, may_fail: bool = False) -> str:
        """Run a command inside; return what it printed."""
        done = subprocess.run(
            self.command(*words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert may_fail or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def show(self, unit: str, key: str) -> str:
        return self.run("systemctl", "show", "-P", key, unit)

    def path(self, inside: str) -> Path:
        """Return where a path inside is seen from here."""
        return Path(f"/proc/{self.pid}/root{inside}")
