"""What programs give to be let in: keys in pairs, found by themselves on the run's own machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import zmq

from livecare import run_place
from livecare.client import Pusher, subscribe
from livecare.client.endpoints import endpoint_in
from livecare.errors import UsageError
from livecare.keys import Role, Security, create_keys, new_pair, read_public, write_pair
from livecare.link import curve
from livecare.link.curve import KeyedEndpoint, keys_of, with_keys
from livecare.link.gate import Gate

AT = "tcp://127.0.0.1:5765"
PATIENCE_MS = 60_000


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """One's own secret key, and the run's public one."""
    return create_keys("ann", tmp_path)[1], create_keys("run", tmp_path / "run")[0]


def test_keys_go_in_pairs(files: tuple[Path, Path]) -> None:
    own, server = files
    assert with_keys(AT, own, server) == AT
    assert keys_of(with_keys(AT, str(own), str(server))) is not None
    assert keys_of(with_keys(AT, None, None)) is None
    for arguments, missing in (((own, None), "server_key"), ((None, server), "key .your own")):
        with pytest.raises(UsageError, match=f"keys go in pairs: give {missing}"):
            with_keys(AT, *arguments)
    keyed = with_keys(AT, own, server)
    assert keys_of(with_keys(keyed, None, None)) == keys_of(keyed)


@pytest.mark.parametrize("make", [subscribe, lambda at, **keys: Pusher(endpoint=at, **keys)])
def test_a_file_that_is_no_key_is_named(tmp_path: Path, make, files) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    with pytest.raises(UsageError, match=r"nowhere\.key_secret"):
        make(AT, key=tmp_path / "nowhere.key_secret", server_key=files[1])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")
def test_a_runs_own_keys_lie_beside_its_endpoint(tmp_path: Path) -> None:
    file = run_place.control_file(tmp_path)
    file.write_text("tcp://192.0.2.1:5767", encoding="utf-8")
    assert endpoint_in(file) is None, "without keys it is not of this machine"
    local, server = new_pair(), new_pair()
    write_pair(run_place.local_key_file(tmp_path), local)
    run_place.server_key_file(tmp_path).write_bytes(b'public-key = "' + server.public + b'"\n')
    found = endpoint_in(file)
    assert found == "tcp://192.0.2.1:5767"
    assert found is not None
    assert found.keys is not None
    assert (found.keys.own, found.keys.server) == (local, server.public)
    run_place.local_key_file(tmp_path).chmod(0o644)
    assert endpoint_in(file) is None


class Receiver:
    """A livecare that takes what an operator pushes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        public, server = create_keys("run", folder)
        own_public, self.own = create_keys("ann", folder)
        operators = folder / "operators"
        operators.mkdir()
        self.listed = operators / "ann.key"
        self.listed.write_bytes(own_public.read_bytes())
        self.public = public
        security, _ = Security.prepare(server, None, operators)
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._gate = Gate(self._context, "push", Role.CONTROL, security)
        self.socket = self._context.socket(zmq.PULL)
        self.endpoint = self._gate.bind(self.socket, "tcp://127.0.0.1:*")

    def renew(self) -> None:
        self.socket = self._gate.renew(self.socket, lambda: self._context.socket(zmq.PULL))

    def close(self) -> None:
        self.socket.close(0)
        self._gate.close()
        self._context.term()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    receiver = Receiver(tmp_path)
    yield receiver
    receiver.close()


def test_what_once_worked_does_not_stop_an_acquisition(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    pixels = np.zeros((4, 6), np.uint16)
    own = Pusher(
        endpoint=receiver.endpoint, key=receiver.own, server_key=receiver.public, linger_s=0
    )
    own.send(pixels)
    assert receiver.socket.poll(PATIENCE_MS)
    receiver.listed.unlink()
    receiver.renew()
    while not own.refusal:
        own.send(pixels)
    assert "refused this key" in own.refusal
    own.end()
    monkeypatch.setattr(curve, "AGAIN_S", 0.0)  # by then it would try again
    assert "refused this key" in own.refusal
    with pytest.raises(UsageError, match="the acquisition has ended"):
        own.send(pixels)


def test_what_never_worked_is_an_error_at_once(receiver: Receiver) -> None:
    receiver.listed.unlink()
    keys = with_keys(receiver.endpoint, receiver.own, receiver.public)
    assert isinstance(keys, KeyedEndpoint)
    pusher = Pusher(endpoint=keys, block=True, linger_s=0)
    with pytest.raises(UsageError, match="refused this key"):
        all(pusher.send(np.zeros((4, 6), np.uint16)) for _ in iter(int, 1))
    pusher.end()
    assert read_public(receiver.own) != read_public(receiver.public)
