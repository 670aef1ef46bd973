"""Keys in files: private from the first moment, never overwritten, and refused where they leak."""

import os
import stat
import threading
from pathlib import Path

import pytest
import structlog
import zmq.auth
from typer.testing import CliRunner

from livecare.cli.main import app
from livecare.errors import ConfigError, UsageError
from livecare.keys import AllowLists, Role, create_keys, new_pair, read_pair, read_public
from livecare.keys import files as files_module

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


@posix
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_a_secret_key_is_its_owners_alone_whatever_the_umask(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        public, secret = create_keys("ann", tmp_path / "keys")
    finally:
        os.umask(before)
    assert (mode_of(secret), mode_of(public), mode_of(tmp_path / "keys")) == (0o600, 0o644, 0o700)


@posix
def test_nobody_can_read_a_secret_key_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As zmq.auth.create_certificates lets them: it leaves 0644."""
    seen: list[int] = []
    opened = os.open

    def watched(path: str, flags: int, mode: int = 0o777) -> int:
        descriptor = opened(path, flags, mode)
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr(files_module.os, "open", watched)
    before = os.umask(0)
    try:
        create_keys("ann", tmp_path)
    finally:
        os.umask(before)
    assert seen == [0o600, 0o644]


def test_zeromqs_own_tools_read_them(tmp_path: Path) -> None:
    public, secret = create_keys("ann", tmp_path)
    pair = read_pair(secret)
    assert zmq.auth.load_certificate(public) == (pair.public, None)
    assert zmq.auth.load_certificate(secret) == (pair.public, pair.secret)
    assert zmq.curve_public(pair.secret) == pair.public


@posix
def test_zeromqs_own_files_are_read(tmp_path: Path) -> None:
    public, secret = map(Path, zmq.auth.create_certificates(tmp_path, "ann"))
    with pytest.raises(UsageError, match=r"may read it \(mode 06[0-9]4\): run  chmod 600"):
        read_pair(secret)
    secret.chmod(0o600)
    assert read_pair(secret).public == read_public(public)


@pytest.mark.parametrize("taken", ["ann.key", "ann.key_secret"])
def test_nothing_is_overwritten(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("precious", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        create_keys("ann", tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text(encoding="utf-8") == "precious"


@posix
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "ann.key_secret").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="is there already"):
        create_keys("ann", tmp_path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../ann", "a/b", "a\\b", "C:ann", "ann.", "a b", "ä", "a\n", "x" * 65]
)
def test_names_that_are_no_files_name_everywhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be the name of a key"):
        create_keys(name, tmp_path / "keys")
    assert not (tmp_path / "keys").exists()


@posix
@pytest.mark.parametrize("mode", [0o604, 0o640, 0o644, 0o660, 0o606, 0o601])
def test_a_secret_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    _, secret = create_keys("ann", tmp_path)
    secret.chmod(mode)
    with pytest.raises(UsageError, match="chmod 600"):
        read_pair(secret)


@posix
def test_a_service_managers_credential_may_have_rights_of_a_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = create_keys("ann", tmp_path)
    secret.chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    read_pair(secret)
    secret.chmod(0o444)
    with pytest.raises(UsageError, match="chmod 600"):
        read_pair(secret)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"curve\n",
        b'public-key = "short"',
        b'public-key = "' + b"~" * 40 + b'"',
        b'public-key = "' + b"#" * 40 + b'"',  # more than 32 bytes can be
        b"\x00" * 300,
        b'public-key = "' + b"a" * 40 + b'"' + b"#" * 5000,
    ],
)
def test_what_is_no_key(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "ann.key"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="holds no key of ZeroMQ: make one"):
        read_public(file)


def test_a_public_key_is_not_taken_for_a_secret_one(tmp_path: Path) -> None:
    public, secret = create_keys("ann", tmp_path)
    public.chmod(0o600)
    with pytest.raises(UsageError, match=r"holds a public key only: give the file ann\.key_secret"):
        read_pair(public)
    other, _ = create_keys("ben", tmp_path)
    text = secret.read_text(encoding="utf-8")
    mixed = text.replace(read_public(public).decode(), read_public(other).decode())
    secret.write_text(mixed, encoding="utf-8")
    with pytest.raises(UsageError, match="do not belong together"):
        read_pair(secret)


def test_no_traceback_shows_a_secret() -> None:
    pair = new_pair()
    assert pair.secret.decode() not in f"{pair} {pair!r}"


def test_two_who_make_the_same_key_at_once(tmp_path: Path) -> None:
    done: list[str] = []

    def make() -> None:
        try:
            create_keys("ann", tmp_path)
            done.append("made")
        except UsageError:
            done.append("refused")

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["made"] + ["refused"] * 7
    assert read_pair(tmp_path / "ann.key_secret").public == read_public(tmp_path / "ann.key")


class TestCommands:
    def run(self, *arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, list(arguments))
        return result.exit_code, result.output + str(result.exception or "")

    def test_keys_are_made_and_shown(self, tmp_path: Path) -> None:
        code, output = self.run("keys", "create", "ann", "--out", str(tmp_path))
        assert code == 0, output
        secret = read_pair(tmp_path / "ann.key_secret").secret.decode()
        for file in ("ann.key", "ann.key_secret"):
            assert str(tmp_path / file) in output.replace("\n", "")
            code, shown = self.run("keys", "show", str(tmp_path / file))
            assert code == 0
            assert shown.startswith(read_public(tmp_path / "ann.key").decode())
            assert secret not in shown
        assert secret not in output

    def test_made_twice(self, tmp_path: Path) -> None:
        self.run("keys", "create", "ann", "--out", str(tmp_path))
        code, output = self.run("keys", "create", "ann", "--out", str(tmp_path))
        assert code != 0
        assert "is there already" in output


class TestLists:
    @pytest.fixture
    def folders(self, tmp_path: Path) -> tuple[Path, Path]:
        readers, operators = tmp_path / "readers", tmp_path / "operators"
        readers.mkdir()
        operators.mkdir()
        return readers, operators

    def add(self, folder: Path, name: str) -> bytes:
        public, secret = create_keys(name, folder)
        secret.unlink()
        return read_public(public)

    def test_everybody_has_a_role_or_none(self, folders: tuple[Path, Path]) -> None:
        local = new_pair().public
        lists = AllowLists(*folders, local)
        ann, ben = self.add(folders[0], "ann"), self.add(folders[1], "ben")
        lists.check()
        assert lists.find(ann) == (Role.READ, "ann")
        assert lists.find(ben) == (Role.CONTROL, "ben")
        assert lists.find(local) == (Role.LOCAL, "this user")
        assert lists.find(new_pair().public) is None
        assert lists.find(b"") is None

    def test_a_list_is_read_again_when_it_has_changed(self, folders: tuple[Path, Path]) -> None:
        lists = AllowLists(*folders, b"")
        ann = self.add(folders[0], "ann")
        assert lists.find(ann) == (Role.READ, "ann")
        (folders[0] / "ann.key").unlink()
        assert lists.find(ann) is None
        again = self.add(folders[1], "ann")
        assert lists.find(again) == (Role.CONTROL, "ann")

    def test_a_key_that_is_exchanged_in_place(self, folders: tuple[Path, Path]) -> None:
        lists = AllowLists(*folders, b"")
        ann = self.add(folders[0], "ann")
        assert lists.find(ann) is not None
        (folders[0] / "ann.key").unlink()
        other = self.add(folders[0], "ann")
        assert lists.find(ann) is None
        assert lists.find(other) == (Role.READ, "ann")

    def test_one_key_in_both_may_only_read_and_is_refused_before_a_run(
        self, folders: tuple[Path, Path]
    ) -> None:
        ann = self.add(folders[0], "ann")
        (folders[1] / "chief.key").write_bytes((folders[0] / "ann.key").read_bytes())
        lists = AllowLists(*folders, b"")
        assert lists.find(ann) == (Role.READ, "ann")
        with pytest.raises(ConfigError, match="are the same key"):
            lists.check()

    def test_a_broken_file_locks_nobody_else_out(self, folders: tuple[Path, Path]) -> None:
        ann = self.add(folders[0], "ann")
        (folders[0] / "broken.key").write_text("no key", encoding="utf-8")
        lists = AllowLists(*folders, b"")
        assert lists.find(ann) == (Role.READ, "ann")
        with pytest.raises(ConfigError, match=r"broken\.key holds no key"):
            lists.check()

    @posix
    def test_a_link_to_nowhere_locks_nobody_else_out(self, folders: tuple[Path, Path]) -> None:
        """Emacs leaves such a one beside a file that it has open."""
        ann = self.add(folders[0], "ann")
        lists = AllowLists(*folders, b"")
        (folders[0] / ".#ann.key").symlink_to("ann@microscope.1234:1700000000")
        with structlog.testing.capture_logs() as logged:
            for _ in range(3):
                assert lists.find(ann) == (Role.READ, "ann")
        [why] = [line["why"] for line in logged]
        assert ".#ann.key" in why, "it is named, once"

    def test_a_secret_key_does_not_belong_into_a_list(self, folders: tuple[Path, Path]) -> None:
        create_keys("ann", folders[0])
        with pytest.raises(ConfigError, match=r"ann\.key_secret is a secret key"):
            AllowLists(*folders, b"").check()

    def test_a_folder_that_is_gone_lets_nobody_in(self, folders: tuple[Path, Path]) -> None:
        lists = AllowLists(*folders, b"")
        ann = self.add(folders[0], "ann")
        assert lists.find(ann) is not None
        (folders[0] / "ann.key").rename(folders[1].parent / "ann.key")
        folders[0].rmdir()
        assert lists.find(ann) is None
        with pytest.raises(ConfigError, match="cannot read the folder"):
            lists.check()
