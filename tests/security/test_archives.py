"""Archives and descriptions by somebody who means harm: refused, and nothing is written."""

import io
import os
import random
import stat
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from livecare.errors import ModelError
from livecare.models import unpack as unpack_module
from livecare.models.description import Description
from livecare.models.package import Model
from livecare.models.sample import read_test_input
from livecare.models.stored_array import inside, read_array
from livecare.models.unpack import unpack

sys.path.append(str(Path(__file__).parent.parent / "models"))
from package_files import description, write_package, zip_package

MUTATED = int(os.environ.get("LIVECARE_FUZZ", "100"))


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setattr(unpack_module, "cache_folder", lambda: folder)
    return folder


def zipped(path: Path, *entries: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def everything(folder: Path) -> set[Path]:
    return {each for each in folder.rglob("*") if each.is_file()}


LEAVING = [
    "../evil", "a/../../evil", "/evil", "//evil", "..\\evil", "a\\..\\..\\evil", "C:\\evil",
    "C:evil", "\\\\server\\share\\evil", "\\evil", "evil:stream", "./../evil", "a/./../../evil",
]  # fmt: skip
ODD = [
    "CON", "nul.onnx", "a/COM1.txt", "lpt9", "aux .onnx", "model.onnx.", "model.onnx ", "a./b",
    "new\nline", "\x1b[2Jmodel", "\u202egnp.exe", "a\u2028b", "zero\u200bwidth", "x" * 201,
    "a/" * 101, "tab\there", "\x7f",
]  # fmt: skip


@pytest.mark.parametrize("name", [*LEAVING, *ODD])
def test_names_that_are_refused(tmp_path: Path, cache: Path, name: str) -> None:
    archive = zipped(tmp_path / "bad.zip", ("rdf.yaml", b""), (name, b"x"))
    with pytest.raises(ModelError, match="do not trust it"):
        unpack(archive)
    assert everything(tmp_path) == {archive}
    assert not list(cache.iterdir())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("model.onnx", "model.onnx"),
        ("model.onnx", "MODEL.onnx"),
        ("model.onnx", "model.onnx/"),
        ("é.onnx", "e\u0301.onnx"),
        ("ﬁ.onnx", "fi.onnx"),
        ("straße", "STRASSE"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_that_are_one_file_somewhere(tmp_path: Path, one: str, other: str) -> None:
    with pytest.raises(ModelError, match="is there twice"):
        unpack(zipped(tmp_path / "bad.zip", (one, b"checked"), (other, b"run")))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK])
def test_what_is_no_file(tmp_path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("model.onnx")
    entry.external_attr = (kind | 0o777) << 16
    with pytest.raises(ModelError, match="is a link, or no file"):
        unpack(zipped(tmp_path / "bad.zip", (entry, b"/etc/passwd")))


def test_a_link_and_then_a_file_below_it(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("folder")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    target = str(tmp_path / "elsewhere").encode()
    with pytest.raises(ModelError, match="do not trust"):
        unpack(zipped(tmp_path / "bad.zip", (link, target), ("folder/evil", b"x")))
    assert not (tmp_path / "elsewhere").exists()


def test_a_bomb_that_says_it_is_small(tmp_path: Path) -> None:
    """What is unpacked is never more than was announced."""
    archive = zipped(tmp_path / "bomb.zip", ("rdf.yaml", bytes(10_000_000)))
    content = bytearray(archive.read_bytes())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<L", content, content.find(mark) + at, 10)
    archive.write_bytes(content)
    with pytest.raises(ModelError, match=r"no readable \.zip"):
        unpack(archive)


def test_a_bomb_of_names(tmp_path: Path) -> None:
    """The list of entries is read as a whole, so it is measured before."""
    archive = tmp_path / "names.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for number in range(20_000):
            opened.writestr(f"{number:060}", b"")
    with pytest.raises(ModelError, match=r"lists \d+ bytes of entries"):
        unpack(archive)


def test_a_bomb_of_names_in_64_bits(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "names.zip", ("rdf.yaml", b""))
    content = archive.read_bytes()
    end = content.rfind(b"PK\x05\x06")
    end_64 = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, 1 << 40, 0)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    archive.write_bytes(content[:end] + end_64 + locator + content[end:])
    with pytest.raises(ModelError, match="lists 1099511627776 bytes of entries"):
        unpack(archive)


def test_the_end_of_an_archive_that_is_hidden_in_another_end(tmp_path: Path) -> None:
    archive = tmp_path / "names.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for number in range(20_000):
            opened.writestr(f"{number:060}", b"")
        opened.comment = b"PK\x05\x06" + bytes(18)  # to zipfile, an archive without entries
    with pytest.raises(ModelError, match="has no rdf"):
        Model.load(archive)


def test_mutated_archives_are_refused_or_whole(tmp_path: Path) -> None:
    draw = random.Random(7)
    good = zip_package(write_package(tmp_path / "tiny", description())).read_bytes()
    archive = tmp_path / "mutated.zip"
    taken = 0
    for _ in range(MUTATED):
        spoilt = bytearray(good)
        for _ in range(draw.choice((1, 1, 2, 8))):
            at = draw.randrange(len(spoilt)) if draw.random() < 0.3 else -1 - draw.randrange(400)
            spoilt[at] = draw.choice((0, 1, 0xFF, draw.randrange(256)))
        if draw.random() < 0.2:
            del spoilt[draw.randrange(len(spoilt)) :]
        archive.write_bytes(spoilt)
        try:
            Model.load(archive)
            taken += 1
        except ModelError:
            pass
    outside = {each for each in everything(tmp_path) if "cache" not in each.parts}
    assert outside == {archive, *everything(tmp_path / "tiny"), tmp_path / "tiny.zip"}
    assert taken < MUTATED


BOMB = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        BOMB + "name: *i\n",
        "a: &a [*a]\nname: x\n",
        "a: &a {b: *a}\n",
        "[" * 5000,
        "a: 2001-13-45\n",
        "a: !!python/object/apply:os.system [touch evil]\n",
        "a: !!binary x\n",
        "? [a]\n: b\n",
        "a: 0x\n",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "- " * 2000,
    ],
    ids=["laughs", "itself", "itself below", "deep", "no date", "object", "binary", "list as key",
         "no number", "no text", "many"],
)  # fmt: skip
def test_descriptions_that_are_traps(tmp_path: Path, text: str) -> None:
    (tmp_path / "rdf.yaml").write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelError) as caught:
        Description.read(tmp_path).get(str, "name")
    assert len(str(caught.value)) < 10_000
    assert not Path("evil").exists()


@pytest.mark.parametrize("named", ["../secret.npy", "/etc/passwd", "", "a/../../secret.npy"])
def test_arrays_outside_the_package(tmp_path: Path, named: str) -> None:
    np.save(tmp_path / "secret.npy", np.ones(3))
    package = write_package(tmp_path / "tiny", description())
    with pytest.raises(ModelError, match="outside the package"):
        inside(package, named)
    told = description()
    told["inputs"] = [{"test_tensor": {"source": named}}]
    with pytest.raises(ModelError, match="outside the package"):
        read_test_input(Model.load(write_package(tmp_path / "led-astray", told)))


def npy(header: str) -> bytes:
    text = header.encode("latin-1") + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def test_arrays_that_announce_more_than_they_hold(tmp_path: Path) -> None:
    for number, shape in enumerate(
        ("(1000000000000,)", "(1, 1, 99999, 99999)", "(-1,)", "(2**70,)")
    ):
        file = tmp_path / f"{number}.npy"
        file.write_bytes(
            npy(f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}") + b"x"
        )
        with pytest.raises(ModelError, match="no array of plain numbers"):
            read_array(file)


def test_arrays_of_objects_are_not_opened(tmp_path: Path) -> None:
    for kind in ("|O", "|S9", "<c16", "[('a', '<f4')]"):
        written = f"{{'descr': {kind!r}, 'fortran_order': False, 'shape': (1,)}}"
        (tmp_path / "x.npy").write_bytes(npy(written) + bytes(64))
        with pytest.raises(ModelError, match="no array of plain numbers"):
            read_array(tmp_path / "x.npy")
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.array([{}], object), allow_pickle=True)
    (tmp_path / "x.npy").write_bytes(buffer.getvalue())
    with pytest.raises(ModelError, match="no array of plain numbers"):
        read_array(tmp_path / "x.npy")
