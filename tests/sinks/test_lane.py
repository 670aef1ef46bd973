"""One lane as a frame sink, written past the page cache and through it."""

from contextlib import closing
from pathlib import Path

import pytest
from contracts.sink import SinkContract, frame_block, noisy_frame

from livecare.disk import supports_direct
from livecare.errors import StoreError
from livecare.frame import Pixels, Position, StreamInfo
from livecare.sinks import store as store_module
from livecare.sinks.lane import Lane
from livecare.sinks.options import StoreOptions
from livecare.sinks.protocol import FrameSink
from livecare.sinks.reader import StoreReader
from livecare.sinks.store import Store


class LaneContract(SinkContract):
    """The contract on the raw lane of a store; subclasses say how the store is written."""

    options = StoreOptions(shard_frames=4)

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.path = tmp_path / "lane.ome.zarr"
        self.stores: dict[int, Store] = {}

    def make(self, info: StreamInfo) -> Lane:
        store = Store.create(self.path, info, self.options)
        self.stores[id(store.raw)] = store
        return store.raw

    def read(self, sink: FrameSink, position: Position) -> Pixels | None:
        del sink
        return StoreReader(self.path).read("raw", position)

    def sync(self, sink: FrameSink) -> None:
        self.stores[id(sink)].sync()

    def close(self, sink: FrameSink) -> None:
        self.stores[id(sink)].close()


class TestThroughThePageCache(LaneContract):
    """As small frames are written."""


class TestPastThePageCache(LaneContract):
    """As large frames are written."""

    options = StoreOptions(shard_frames=4, direct_from_bytes=0)

    @pytest.fixture(autouse=True)
    def _direct(self, tmp_path: Path) -> None:
        if not supports_direct(tmp_path):
            pytest.skip("the file system of the temporary folder has no direct writes")


class TestWhereNothingGoesPastThePageCache(LaneContract):
    options = StoreOptions(shard_frames=4, direct_from_bytes=0)

    @pytest.fixture(autouse=True)
    def _no_direct(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(store_module, "supports_direct", lambda _: False)


class TestZstd(LaneContract):
    options = StoreOptions(shard_frames=4, compression="zstd")


class TestLz4(LaneContract):
    options = StoreOptions(shard_frames=4, compression="lz4", direct_from_bytes=0)


def test_a_closed_lane_takes_nothing(tmp_path: Path) -> None:
    contract = SinkContract()
    with closing(Store.create(tmp_path / "a", contract.info())) as store:
        pass
    with pytest.raises(StoreError, match=r"frame 0: the store .* is closed"):
        store.raw.append(
            contract.header(0, Position(0)), frame_block(noisy_frame((16, 24), "uint16"))
        )
