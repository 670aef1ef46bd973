"""TensorFlow's own files, read without it."""

import shutil
import struct
import zipfile
from pathlib import Path

import google_crc32c
import numpy as np
import pytest

from livecare.errors import ModelError
from livecare.importers.csbdeep import BUNDLE_INDEX, by_layer, import_folder, import_saved_model
from livecare.importers.keras_h5 import read_keras_h5
from livecare.importers.network import Network
from livecare.importers.protobuf import read_fields, read_varint
from livecare.importers.sorted_table import CRC_DELTA, MAGIC, read_table
from livecare.importers.tensor_bundle import read_tensor_bundle


@pytest.fixture
def saved_model(recorded_data: Path, tmp_path: Path) -> Path:
    archive = recorded_data / "models" / "csbdeep_care2d" / "TF_SavedModel.zip"
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(tmp_path / "saved")
    return tmp_path / "saved"


def test_every_tensor_is_bit_equal_to_the_h5(saved_model: Path, recorded_data: Path) -> None:
    tensors = read_tensor_bundle(saved_model / BUNDLE_INDEX)
    last = read_keras_h5(recorded_data / "models" / "csbdeep_care2d" / "weights_last.h5")
    bundled = by_layer(tensors)
    bundled["conv2d"] = bundled.pop("conv2d_1")  # the export numbered the head anew
    assert len(tensors) == sum(len(layer) for layer in last.values()) == 22
    assert bundled.keys() == last.keys()
    for name, layer in last.items():
        assert bundled[name].keys() == layer.keys()
        for array, values in layer.items():
            assert bundled[name][array].tobytes() == values.tobytes()


def test_the_saved_model_computes_what_the_folder_does(
    saved_model: Path, recorded_data: Path
) -> None:
    folder = recorded_data / "models" / "csbdeep_care2d"
    frame = np.load(folder / "golden_weights_best.npz")["net_in"][np.newaxis, np.newaxis]
    exported = Network(import_saved_model(saved_model).network).run(frame)
    kept = Network(import_folder(folder, "last").network).run(frame)
    np.testing.assert_array_equal(exported, kept)


def test_cut_and_changed_files_are_refused(saved_model: Path) -> None:
    index = saved_model / BUNDLE_INDEX
    shard = next(index.parent.glob("*.data-*"))
    whole = shard.read_bytes()
    shard.write_bytes(whole[:-1])
    with pytest.raises(ModelError, match="cut or its checksum is wrong"):
        read_tensor_bundle(index)
    shard.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    with pytest.raises(ModelError, match="cut or its checksum is wrong"):
        read_tensor_bundle(index)
    shard.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        read_tensor_bundle(index)


def test_no_byte_of_the_index_can_change_unseen(saved_model: Path, tmp_path: Path) -> None:
    index = saved_model / BUNDLE_INDEX
    whole = index.read_bytes()
    expected = read_tensor_bundle(index)
    copy = tmp_path / "copy"
    shutil.copytree(index.parent, copy)
    changed = copy / index.name
    caught = 0
    places = range(0, len(whole), 7)
    for place in places:
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ 0x11]) + whole[place + 1 :])
        try:
            found = read_tensor_bundle(changed)
        except ModelError:
            caught += 1
        else:  # padding of the footer says nothing
            assert found.keys() == expected.keys()
            assert all(np.array_equal(found[name], expected[name]) for name in expected)
    assert caught > 0.9 * len(places)


def table(block: bytes, kind: int = 0) -> bytes:
    """A table whose index block points to one block of entries."""

    def sealed(content: bytes) -> bytes:
        sum_ = google_crc32c.value(content + bytes([kind]))
        masked = (((sum_ >> 15) | (sum_ << 17)) + CRC_DELTA) & 0xFFFFFFFF
        return content + bytes([kind]) + struct.pack("<I", masked)

    entry = bytes([0, 1, 2, ord("z"), 0, len(block)]) + struct.pack("<II", 0, 1)
    body = sealed(block)
    handles = bytes([0, 0, len(body), len(entry)])
    return body + sealed(entry) + handles.ljust(40, b"\0") + struct.pack("<Q", MAGIC)


def test_keys_that_share_their_beginning() -> None:
    entries = bytes([0, 2, 1]) + b"ab1" + bytes([1, 1, 1]) + b"c2" + struct.pack("<II", 0, 1)
    assert read_table(table(entries)) == {b"ab": b"1", b"ac": b"2"}


def test_tables_that_are_none() -> None:
    with pytest.raises(ModelError, match="compressed"):
        read_table(table(struct.pack("<II", 0, 1), kind=1))
    with pytest.raises(ModelError, match="entry is cut"):
        read_table(table(bytes([9, 1, 1]) + b"ab" + struct.pack("<II", 0, 1)))
    with pytest.raises(ModelError, match="does not end like a table"):
        read_table(b"x" * 100)


def test_the_wire_format() -> None:
    assert read_varint(b"\xac\x02", 0) == (300, 2)
    assert list(read_fields(b"\x08\x96\x01\x12\x01a\x1d\x01\x00\x00\x00")) == [
        (1, 150),
        (2, b"a"),
        (3, 1),
    ]
    for cut in (b"\x08", b"\x12\x05a", b"\xff" * 11, b"\x0b"):
        with pytest.raises(ModelError):
            list(read_fields(cut))
